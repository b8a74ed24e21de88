//! YAML as a tree in which every value knows its place in the file.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::{Error, Spanned};

use super::{FILE_BYTES_MAX, Problem};

/// The most documents of a file: ten thousand Topics and their Cluster.
const DOCUMENTS_MAX: usize = 10_001;

/// Values of a document, on average over the file: a Topic with thirty settings has fewer.
const VALUES_MAX: usize = 100;

/// A value and where it stands. A field's place is that of its key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) line: u64,
    pub(crate) column: u64,
    pub(crate) content: Content,
}

/// What stands there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    /// Keys in the order of the file; the parser refuses a key that stands twice.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The value of a key.
    pub(crate) fn child(&self, key: &str) -> Option<&Self> {
        match &self.content {
            Content::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            Content::List(items) => key.parse::<usize>().ok().and_then(|index| items.get(index)),
            _ => None,
        }
    }

    /// The node at a path, or its nearest parent.
    pub(crate) fn nearest(&self, path: &[&str]) -> &Self {
        let mut node = self;
        for key in path {
            match node.child(key) {
                Some(child) => node = child,
                None => break,
            }
        }
        node
    }

    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The same without places.
    pub(crate) fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(flag) => Value::Bool(*flag),
            Content::Number(number) => Value::Number(number.clone()),
            Content::Text(text) => Value::String(text.clone()),
            Content::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Content::Map(entries) => {
                let fields = entries.iter().map(|(key, node)| (key.clone(), node.to_json()));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }

    fn from_spanned(spanned: Spanned<Content>) -> Self {
        let (line, column) = (spanned.referenced.line(), spanned.referenced.column());
        Self { line, column, content: spanned.value }
    }
}

/// The documents of a file, empty ones left out.
pub(super) fn parse(file: &str, text: &str) -> Result<Vec<Node>, Problem> {
    let whole = |message: String| Problem {
        file: file.to_owned(),
        line: 0,
        column: 0,
        field: String::new(),
        message,
    };
    if text.len() > FILE_BYTES_MAX {
        return Err(whole(format!(
            "the file has {} bytes, more than {FILE_BYTES_MAX}; split it",
            text.len()
        )));
    }
    let documents: Vec<Spanned<Content>> =
        serde_saphyr::from_multiple_with_options(text, options()).map_err(|error| problem(file, &error))?;
    let documents: Vec<Node> = documents
        .into_iter()
        .map(Node::from_spanned)
        .filter(|document| document.content != Content::Null)
        .collect();
    match documents.is_empty() {
        true => {
            Err(whole("the file has no document; it needs a Cluster, and a Topic for each topic".to_owned()))
        }
        false => Ok(documents),
    }
}

/// The parser's limits, wide enough for [`DOCUMENTS_MAX`] resources; those on nesting and aliases stay its own.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_documents: DOCUMENTS_MAX,
            max_nodes: DOCUMENTS_MAX * VALUES_MAX,
            max_events: DOCUMENTS_MAX * VALUES_MAX * 2,
        },
    }
}

fn problem(file: &str, error: &Error) -> Problem {
    let error = error.without_snippet();
    let (line, column) = error.location().map_or((0, 0), |place| (place.line(), place.column()));
    let (field, message) = match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            (key.clone(), "stands here a second time; keep one of the two".to_owned())
        }
        Error::Budget { .. } => {
            let message = format!("this is too much for one file ({}); split it", cause(error));
            (String::new(), message)
        }
        other => {
            let cause = cause(other);
            let fix = fix(&cause).map(|fix| format!("; {fix}")).unwrap_or_default();
            (String::new(), format!("this is not YAML: {cause}{fix}"))
        }
    };
    Problem { file: file.to_owned(), line, column, field, message }
}

/// The parser's message without its own idea of the place, which the problem states already.
fn cause(error: &Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let start = line.find(" at line ").or_else(|| line.find(": line ")).unwrap_or(line.len());
    line[..start].trim_start_matches("error: ").to_owned()
}

/// What to do about the parser's commonest messages, found by words of theirs.
fn fix(cause: &str) -> Option<&'static str> {
    const FIXES: [(&str, &str); 6] = [
        ("tab", "indent with spaces"),
        ("unclosed quote", "end the text with the quote that it starts with"),
        ("unclosed bracket", "close it"),
        ("simple key expected", "write NAME: VALUE, with a colon and a space"),
        (
            "mapping values are not allowed",
            "align the line with its siblings, or quote a text that holds ': '",
        ),
        ("unknown anchor", "quote a text that starts with *"),
    ];
    FIXES.iter().find(|(words, _)| cause.contains(words)).map(|(_, fix)| *fix)
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Content, E> {
        Ok(Content::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Content, E> {
        Ok(Content::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Content, E> {
        Ok(Content::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Content, E> {
        Ok(Number::from_f64(number).map_or_else(|| Content::Text(number.to_string()), Content::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Content, E> {
        Ok(Content::Text(text))
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_none<E>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        Content::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Content, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Spanned<Content>>()? {
            list.push(Node::from_spanned(item));
        }
        Ok(Content::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Content, A::Error> {
        let mut map = Vec::new();
        while let Some((key, value)) = entries.next_entry::<Spanned<String>, Content>()? {
            let (line, column) = (key.referenced.line(), key.referenced.column());
            map.push((key.value, Node { line, column, content: value }));
        }
        Ok(Content::Map(map))
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}
