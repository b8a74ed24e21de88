//! Bodies made from the schemas themselves, not from the generated code: random ones, and ones that hold as many elements of
//! one array as fit.

use std::path::Path;

use crate::random::Random;
use schema::{Api, Field, Message, Struct, Type, Versions};

#[path = "../../../../xtask/src/codegen/schema.rs"]
#[allow(dead_code, reason = "the generator uses the rest")]
pub(crate) mod schema;

/// All schemas by key.
pub(crate) fn schemas() -> Vec<Api> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let mut apis: Vec<Api> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "weir"))
        .map(|path| schema::parse(&std::fs::read_to_string(path).unwrap()).unwrap())
        .collect();
    apis.sort_by_key(|api| api.key);
    apis
}

/// A body with random values in canonical form: tagged fields rise and never hold their default.
pub(crate) fn random_body(message: &Message, version: i16, seed: u64) -> Vec<u8> {
    let mut filler =
        Filler { layout: Layout { message, version }, random: Random(seed), unknown_tags: false };
    filler.structure(&message.structs[0])
}

/// The same as `random_body` of that seed, with tagged fields in each struct that no version knows.
pub(crate) fn body_with_unknown_tags(message: &Message, version: i16, seed: u64) -> Vec<u8> {
    let mut filler = Filler { layout: Layout { message, version }, random: Random(seed), unknown_tags: true };
    filler.structure(&message.structs[0])
}

/// One version of one message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout<'a> {
    pub(crate) message: &'a Message,
    pub(crate) version: i16,
}

impl<'a> Layout<'a> {
    pub(crate) fn has(&self, versions: Option<Versions>) -> bool {
        versions.is_some_and(|versions| versions.contains(self.version))
    }

    pub(crate) fn is_flexible(&self) -> bool {
        self.has(self.message.flexible)
    }

    pub(crate) fn held(&self, name: &str) -> &'a Struct {
        self.message.structs.iter().find(|held| held.name == name).unwrap()
    }

    pub(crate) fn plain_fields(&self, held: &'a Struct) -> Vec<&'a Field> {
        held.fields.iter().filter(|field| field.tag.is_none() && self.has(Some(field.versions))).collect()
    }

    /// The tagged fields of this version by rising tag.
    pub(crate) fn tagged_fields(&self, held: &'a Struct) -> Vec<(u32, &'a Field)> {
        let mut fields: Vec<(u32, &Field)> = held
            .fields
            .iter()
            .filter_map(|field| field.tag.map(|(tag, versions)| (tag, versions, field)))
            .filter(|(_, versions, _)| self.has(Some(*versions)))
            .map(|(tag, _, field)| (tag, field))
            .collect();
        fields.sort_by_key(|(tag, _)| *tag);
        fields
    }

    /// A length field; `None` is null. Strings have a shorter one before compact types.
    fn length(&self, ty: &Type, len: Option<usize>) -> Vec<u8> {
        let signed = len.map_or(-1, |len| i32::try_from(len).unwrap());
        match ty {
            _ if self.is_flexible() => uvarint(u32::try_from(signed + 1).unwrap()),
            Type::String => i16::try_from(signed).unwrap().to_be_bytes().to_vec(),
            _ => signed.to_be_bytes().to_vec(),
        }
    }

    fn null(&self, ty: &Type) -> Vec<u8> {
        if matches!(ty, Type::Struct(_)) { vec![0xff] } else { self.length(ty, None) }
    }

    /// A field's default, as it stands in the bytes.
    fn default_value(&self, field: &Field) -> Vec<u8> {
        let default = field.default.as_deref();
        let may_be_null = self.has(field.nullable);
        if may_be_null && (default == Some("null") || field.ty == Type::Records) {
            return self.null(&field.ty);
        }
        let number = || default.unwrap_or("0").parse::<i64>().unwrap().to_be_bytes();
        match &field.ty {
            Type::Bool => vec![u8::from(default == Some("true"))],
            Type::Int8 => number()[7..].to_vec(),
            Type::Int16 => number()[6..].to_vec(),
            Type::Int32 => number()[4..].to_vec(),
            Type::Int64 => number().to_vec(),
            Type::Uuid => vec![0; 16],
            Type::Struct(name) => {
                let held = self.held(name);
                let mut out = if field.nullable.is_some() { vec![1] } else { Vec::new() };
                out.extend(self.plain_fields(held).iter().flat_map(|field| self.default_value(field)));
                out.extend(self.is_flexible().then_some(0));
                out
            }
            ty => {
                let text = default.unwrap_or_default();
                [self.length(ty, Some(text.len())), text.as_bytes().to_vec()].concat()
            }
        }
    }
}

fn uvarint(mut value: u32) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7f) as u8);
    out
}

fn tagged(tag: u32, value: &[u8]) -> Vec<u8> {
    [uvarint(tag), uvarint(u32::try_from(value.len()).unwrap()), value.to_vec()].concat()
}

/// Random values.
struct Filler<'a> {
    layout: Layout<'a>,
    random: Random,
    unknown_tags: bool,
}

impl<'a> Filler<'a> {
    fn structure(&mut self, held: &'a Struct) -> Vec<u8> {
        let layout = self.layout;
        let mut out: Vec<u8> =
            layout.plain_fields(held).into_iter().flat_map(|field| self.field(field)).collect();
        if !layout.is_flexible() {
            return out;
        }
        let mut fields = Vec::new();
        for (tag, field) in layout.tagged_fields(held) {
            let value = self.field(field);
            // Drawn in any case, so that unknown tags inside the value do not change what follows.
            let is_kept = self.random.below(4) > 0;
            if is_kept && value != layout.default_value(field) {
                fields.push(tagged(tag, &value));
            }
        }
        if self.unknown_tags {
            fields.push(tagged(9_000, b"from a later version"));
            fields.push(tagged(u32::MAX, &[]));
        }
        out.extend(uvarint(u32::try_from(fields.len()).unwrap()));
        out.extend(fields.concat());
        out
    }

    fn field(&mut self, field: &'a Field) -> Vec<u8> {
        if self.layout.has(field.nullable) && self.random.below(4) == 0 {
            return self.layout.null(&field.ty);
        }
        let mut out = Vec::new();
        if self.layout.has(field.nullable) && matches!(field.ty, Type::Struct(_)) {
            out.push(1);
        }
        out.extend(self.value(&field.ty));
        out
    }

    fn value(&mut self, ty: &'a Type) -> Vec<u8> {
        let number = self.number();
        match ty {
            Type::Bool => vec![number[7] & 1],
            Type::Int8 => number[7..].to_vec(),
            Type::Int16 => number[6..].to_vec(),
            Type::Int32 => number[4..].to_vec(),
            Type::Int64 => number.to_vec(),
            Type::Uuid => [number, self.number()].concat(),
            Type::Struct(name) => self.structure(self.layout.held(name)),
            Type::Array(element) => {
                let count = self.random.below(4);
                let mut out = self.layout.length(ty, Some(count));
                (0..count).for_each(|_| out.extend(self.value(element)));
                out
            }
            Type::String => {
                let text = self.text();
                [self.layout.length(ty, Some(text.len())), text.into_bytes()].concat()
            }
            Type::Bytes | Type::Records => {
                let len = self.len();
                let bytes: Vec<u8> = (0..len).map(|_| self.number()[7]).collect();
                [self.layout.length(ty, Some(len)), bytes].concat()
            }
        }
    }

    /// Small ones, the ends of a type, and anything.
    fn number(&mut self) -> [u8; 8] {
        match self.random.below(4) {
            0 => (self.random.below(5) as u64).wrapping_sub(2).to_be_bytes(),
            1 => [0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0x7f, 0x7f],
            _ => self.random.bits().to_be_bytes(),
        }
    }

    fn len(&mut self) -> usize {
        match self.random.below(20) {
            0 => 120 + self.random.below(600),
            _ => self.random.below(12),
        }
    }

    fn text(&mut self) -> String {
        (0..self.len()).map(|_| ['a', 'Z', '-', '.', '0', 'ü', '漢', '🌊'][self.random.below(8)]).collect()
    }
}

/// Bodies of up to `bytes` in which one array holds as many of its smallest elements as fit, and everything else is as
/// small as it can be: one body for each array of the version.
pub(crate) fn dense_bodies(message: &Message, version: i16, bytes: usize) -> Vec<(String, Vec<u8>)> {
    dense(message, version, bytes, Claims::True)
}

/// The same, and each array around that one claims as many elements as the body could hold, where one follows.
pub(crate) fn bodies_of_claims(message: &Message, version: i16, bytes: usize) -> Vec<(String, Vec<u8>)> {
    dense(message, version, bytes, Claims::Highest { bytes: bytes - bytes / 16 })
}

fn dense(message: &Message, version: i16, bytes: usize, claims: Claims) -> Vec<(String, Vec<u8>)> {
    let layout = Layout { message, version };
    let mut bodies = Vec::new();
    for held in &message.structs {
        for field in &held.fields {
            if let Type::Array(element) = &field.ty {
                let target = Some((held.name.as_str(), field.name.as_str()));
                let element = Dense { layout, target: None, count: 0, claims }.value(element).len();
                let count = bytes / element.max(1);
                let body = Dense { layout, target, count, claims }.structure(&message.structs[0]);
                if body.len() > bytes / 2 {
                    bodies.push((format!("{}.{}", held.name, field.name), body));
                }
            }
        }
    }
    bodies
}

/// What the counts around the dense array say.
#[derive(Clone, Copy)]
enum Claims {
    True,
    /// As many elements as fit into so many bytes.
    Highest {
        bytes: usize,
    },
}

/// The smallest values, but for one array.
#[derive(Clone, Copy)]
struct Dense<'a> {
    layout: Layout<'a>,
    /// The struct and the field of the array.
    target: Option<(&'a str, &'a str)>,
    count: usize,
    claims: Claims,
}

impl<'a> Dense<'a> {
    fn structure(&self, held: &'a Struct) -> Vec<u8> {
        let mut out: Vec<u8> =
            self.layout.plain_fields(held).iter().flat_map(|field| self.field(held, field)).collect();
        if self.layout.is_flexible() {
            let fields: Vec<Vec<u8>> = self
                .layout
                .tagged_fields(held)
                .into_iter()
                .filter(|(_, field)| self.leads_to_target(held, field))
                .map(|(tag, field)| tagged(tag, &self.field(held, field)))
                .collect();
            out.extend(uvarint(u32::try_from(fields.len()).unwrap()));
            out.extend(fields.concat());
        }
        out
    }

    fn field(&self, held: &'a Struct, field: &'a Field) -> Vec<u8> {
        let may_be_null = self.layout.has(field.nullable);
        if self.target == Some((&held.name, &field.name)) {
            let Type::Array(element) = &field.ty else { unreachable!("the target is an array") };
            let element = Self { target: None, ..*self }.value(element);
            return [self.layout.length(&field.ty, Some(self.count)), element.repeat(self.count)].concat();
        }
        if !self.leads_to_target(held, field) {
            return if may_be_null { self.layout.null(&field.ty) } else { self.value(&field.ty) };
        }
        let (prefix, element) = match &field.ty {
            Type::Array(element) => {
                let count = match self.claims {
                    Claims::True => 1,
                    Claims::Highest { bytes } => {
                        bytes / Self { target: None, ..*self }.value(element).len().max(1)
                    }
                };
                (self.layout.length(&field.ty, Some(count)), &**element)
            }
            ty => (if may_be_null { vec![1] } else { Vec::new() }, ty),
        };
        [prefix, self.value(element)].concat()
    }

    fn value(&self, ty: &'a Type) -> Vec<u8> {
        match ty {
            Type::Bool | Type::Int8 => vec![0],
            Type::Int16 => vec![0; 2],
            Type::Int32 => vec![0; 4],
            Type::Int64 => vec![0; 8],
            Type::Uuid => vec![0; 16],
            Type::Struct(name) => self.structure(self.layout.held(name)),
            ty => self.layout.length(ty, Some(0)),
        }
    }

    fn leads_to_target(&self, held: &'a Struct, field: &'a Field) -> bool {
        let Some((target, name)) = self.target else { return false };
        if (held.name.as_str(), field.name.as_str()) == (target, name) {
            return true;
        }
        field.ty.struct_name().map(|inner| self.layout.held(inner)).is_some_and(|inner| {
            inner.fields.iter().any(|field| {
                let versions = field.tag.map_or(field.versions, |(_, versions)| versions);
                self.layout.has(Some(versions)) && self.leads_to_target(inner, field)
            })
        })
    }
}
