//! The notation of `broker/wire/schemas`, read into a tree. Its README describes it.

use anyhow::{Context, Result, bail, ensure};

/// A range of versions; `to` is `None` for "and all later ones".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Versions {
    pub(crate) from: i16,
    pub(crate) to: Option<i16>,
}

impl Versions {
    pub(crate) const ALL: Self = Self { from: 0, to: None };

    pub(crate) fn contains(self, version: i16) -> bool {
        version >= self.from && self.to.is_none_or(|to| version <= to)
    }

    fn parse(text: &str) -> Result<Option<Self>> {
        if text == "none" {
            return Ok(None);
        }
        let (from, to) = match (text.strip_suffix('+'), text.split_once('-')) {
            (Some(from), _) => (from, None),
            (None, Some((from, to))) => (from, Some(to.parse().with_context(|| format!("version '{to}'"))?)),
            (None, None) => (text, Some(text.parse().with_context(|| format!("version '{text}'"))?)),
        };
        Ok(Some(Self { from: from.parse().with_context(|| format!("version '{from}'"))?, to }))
    }
}

/// The type of a field, or of an array's elements.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Type {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    Uuid,
    String,
    Bytes,
    Records,
    Array(Box<Type>),
    Struct(String),
}

impl Type {
    fn parse(text: &str) -> Self {
        match text {
            "bool" => Self::Bool,
            "int8" => Self::Int8,
            "int16" => Self::Int16,
            "int32" => Self::Int32,
            "int64" => Self::Int64,
            "uuid" => Self::Uuid,
            "string" => Self::String,
            "bytes" => Self::Bytes,
            "records" => Self::Records,
            _ => match text.strip_prefix("[]") {
                Some(element) => Self::Array(Box::new(Self::parse(element))),
                None => Self::Struct(text.to_owned()),
            },
        }
    }

    /// The struct that this type holds, itself or in an array.
    pub(crate) fn struct_name(&self) -> Option<&str> {
        match self {
            Self::Struct(name) => Some(name),
            Self::Array(element) => element.struct_name(),
            _ => None,
        }
    }
}

/// One field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) versions: Versions,
    pub(crate) nullable: Option<Versions>,
    pub(crate) tag: Option<(u32, Versions)>,
    pub(crate) default: Option<String>,
    pub(crate) ignorable: bool,
}

/// A struct: its name and fields.
#[derive(Clone, Debug)]
pub(crate) struct Struct {
    pub(crate) name: String,
    pub(crate) fields: Vec<Field>,
}

/// A request or a response.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) name: String,
    pub(crate) from: i16,
    pub(crate) to: i16,
    pub(crate) flexible: Option<Versions>,
    /// The message itself first, then what it holds.
    pub(crate) structs: Vec<Struct>,
}

impl Message {
    pub(crate) fn module(&self) -> String {
        let mut module = String::new();
        for character in self.name.chars() {
            if character.is_uppercase() && !module.is_empty() {
                module.push('_');
            }
            module.extend(character.to_lowercase());
        }
        module
    }
}

/// One API.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) key: i16,
    pub(crate) name: String,
    pub(crate) request: Message,
    pub(crate) response: Message,
}

/// Reads one file.
pub(crate) fn parse(text: &str) -> Result<Api> {
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.split('#').next().unwrap_or_default().trim_end()))
        .filter(|(_, line)| !line.trim().is_empty())
        .collect::<Vec<_>>()
        .into_iter()
        .peekable();
    let (_, first) = lines.next().context("the file is empty")?;
    let words: Vec<&str> = first.split_whitespace().collect();
    let ["api", key, name] = words.as_slice() else { bail!("line 1: expected 'api KEY NAME'") };
    let mut messages = Vec::new();
    for (kind, suffix) in [("request", "Request"), ("response", "Response")] {
        let (number, line) = lines.next().with_context(|| format!("no {kind}"))?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let [word, versions, "flexible", flexible] = words.as_slice() else {
            bail!("line {number}: expected '{kind} FROM-TO flexible RANGE'")
        };
        ensure!(*word == kind, "line {number}: expected '{kind}'");
        let range = Versions::parse(versions)?.with_context(|| format!("line {number}: versions"))?;
        let mut body = Vec::new();
        while let Some(line) = lines.next_if(|(_, line)| line.starts_with(' ')) {
            body.push(line);
        }
        let mut message = Message {
            name: format!("{name}{suffix}"),
            from: range.from,
            to: range.to.with_context(|| format!("line {number}: a message has a highest version"))?,
            flexible: Versions::parse(flexible)?,
            structs: Vec::new(),
        };
        parse_body(&mut message, &body)?;
        messages.push(message);
    }
    let response = messages.pop().context("no response")?;
    let request = messages.pop().context("no request")?;
    Ok(Api { key: key.parse()?, name: (*name).to_owned(), request, response })
}

/// Fields hang below what holds them by two spaces of indentation.
fn parse_body(message: &mut Message, lines: &[(usize, &str)]) -> Result<()> {
    message.structs.push(Struct { name: message.name.clone(), fields: Vec::new() });
    // The indices of the structs that the coming field may belong to, by depth.
    let mut open = vec![0];
    for (number, line) in lines {
        let depth = (line.len() - line.trim_start().len()) / 2;
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["struct", name, ..] = words.as_slice() {
            message.structs.push(Struct { name: (*name).to_owned(), fields: Vec::new() });
            open = vec![0, message.structs.len() - 1];
            continue;
        }
        ensure!(depth >= 1 && depth <= open.len(), "line {number}: indented too far");
        open.truncate(depth);
        let field = parse_field(&words).with_context(|| format!("line {number}"))?;
        let holder = open[depth - 1];
        // A struct's own lines may follow; one that has no lines is described elsewhere.
        if let Some(name) = field.ty.struct_name() {
            let has_lines = lines.iter().find(|(other, _)| other > number).is_some_and(|(_, next)| {
                next.len() - next.trim_start().len() > depth * 2 && !next.trim_start().starts_with("struct ")
            });
            if has_lines {
                message.structs.push(Struct { name: name.to_owned(), fields: Vec::new() });
                open.push(message.structs.len() - 1);
            }
        }
        message.structs[holder].fields.push(field);
    }
    check_structs(message)
}

/// Every struct is described once, has each name and tag once, and does not hold itself: that bounds how deep a message
/// nests.
fn check_structs(message: &Message) -> Result<()> {
    for (index, held) in message.structs.iter().enumerate() {
        let name = &held.name;
        ensure!(
            message.structs[..index].iter().all(|other| other.name != *name),
            "the struct {name} stands twice"
        );
        for (index, field) in held.fields.iter().enumerate() {
            let before = &held.fields[..index];
            ensure!(
                before.iter().all(|other| other.name != field.name),
                "{name}.{} stands twice",
                field.name
            );
            let tag = field.tag.map(|(tag, _)| tag);
            ensure!(
                tag.is_none() || before.iter().all(|other| other.tag.map(|(tag, _)| tag) != tag),
                "the tag of {name}.{} stands twice",
                field.name
            );
        }
        check_nesting(message, name, &mut Vec::new())?;
    }
    Ok(())
}

fn check_nesting<'a>(message: &'a Message, name: &'a str, outer: &mut Vec<&'a str>) -> Result<()> {
    ensure!(!outer.contains(&name), "the struct {name} holds itself");
    let held = message.structs.iter().find(|held| held.name == name);
    let held = held.with_context(|| format!("the struct {name} is not described"))?;
    outer.push(name);
    for inner in held.fields.iter().filter_map(|field| field.ty.struct_name()) {
        check_nesting(message, inner, outer)?;
    }
    outer.pop();
    Ok(())
}

fn parse_field(words: &[&str]) -> Result<Field> {
    let (name, words) = words.split_first().context("an empty line")?;
    let name = name.strip_suffix(':').context("expected 'name: type'")?;
    let (ty, words) = words.split_first().context("a field has a type")?;
    let mut field = Field {
        name: name.to_owned(),
        ty: Type::parse(ty),
        versions: Versions::ALL,
        nullable: None,
        tag: None,
        default: None,
        ignorable: false,
    };
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let mut argument = || words.next().with_context(|| format!("'{word}' needs a value"));
        match word {
            "null" => field.nullable = Versions::parse(argument()?)?,
            "tag" => {
                let tag = argument()?.parse()?;
                field.tag = Some((tag, Versions::parse(argument()?)?.context("a tag has versions")?));
            }
            "default" => field.default = Some(argument()?.to_owned()),
            "ignorable" => field.ignorable = true,
            range => field.versions = Versions::parse(range)?.context("a field has versions")?,
        }
    }
    Ok(field)
}
