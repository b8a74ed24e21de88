//! How a record is written: by a template, as one JSON object a line, or as one YAML document.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rdkafka::message::{Headers, Message};
use serde::Serialize;

use crate::exit::Failure;
use crate::output::Format;
use crate::parse;

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value,
    ValueLength,
    Key,
    KeyLength,
    Topic,
    Partition,
    Offset,
    Time,
    TimeMillis,
    Headers,
}

/// How records are written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template(Shape);

#[derive(Debug, PartialEq, Eq)]
enum Shape {
    Pieces(Vec<Piece>),
    /// An object a line.
    Json,
    /// A document a record.
    Yaml,
}

impl Template {
    /// The template of the command line; without one the value and a line's end.
    pub(super) fn choose(format: Option<&str>, output: Format) -> Result<Self, Failure> {
        match (format, output) {
            (format, Format::Table) => Self::parse(format.unwrap_or("%v\\n")),
            (Some(_), _) => Err(Failure::usage("--format and --output exclude each other")),
            (None, Format::Json) => Ok(Self(Shape::Json)),
            (None, Format::Yaml) => Ok(Self(Shape::Yaml)),
        }
    }

    fn parse(format: &str) -> Result<Self, Failure> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let format = parse::unescape(format)
            .map_err(|problem| Failure::usage(format!("--format '{format}': {problem}")))?;
        let mut characters = format.chars();
        while let Some(character) = characters.next() {
            if character != '%' {
                text.push(character);
                continue;
            }
            let piece = match characters.next() {
                Some('%') => {
                    text.push('%');
                    continue;
                }
                Some('v' | 's') => Piece::Value,
                Some('V' | 'S') => Piece::ValueLength,
                Some('k') => Piece::Key,
                Some('K') => Piece::KeyLength,
                Some('t') => Piece::Topic,
                Some('p') => Piece::Partition,
                Some('o') => Piece::Offset,
                Some('T') => Piece::Time,
                Some('M') => Piece::TimeMillis,
                Some('h') => Piece::Headers,
                other => {
                    let found = other.map(String::from).unwrap_or_default();
                    return Err(Failure::usage(format!("--format has no %{found}"))
                        .hint("there are %v %k %t %p %o %T %M %h %V %K and %% for a percent sign"));
                }
            };
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(piece);
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Ok(Self(Shape::Pieces(pieces)))
    }

    /// Writes one record.
    pub(super) fn write(&self, out: &mut impl Write, message: &impl Message) -> io::Result<()> {
        match &self.0 {
            Shape::Json => {
                serde_json::to_writer(&mut *out, &JsonRecord::new(message))?;
                out.write_all(b"\n")
            }
            Shape::Yaml => {
                let text = serde_saphyr::to_string(&JsonRecord::new(message)).map_err(io::Error::other)?;
                out.write_all(b"---\n")?;
                out.write_all(text.as_bytes())
            }
            Shape::Pieces(pieces) => pieces.iter().try_for_each(|piece| piece.write(out, message)),
        }
    }
}

impl Piece {
    fn write(&self, out: &mut impl Write, message: &impl Message) -> io::Result<()> {
        let length =
            |bytes: Option<&[u8]>| bytes.map_or(-1, |bytes| i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        let millis = message.timestamp().to_millis();
        match self {
            Self::Text(text) => out.write_all(text.as_bytes()),
            Self::Value => out.write_all(message.payload().unwrap_or(b"NULL")),
            Self::ValueLength => write!(out, "{}", length(message.payload())),
            Self::Key => out.write_all(message.key().unwrap_or(b"NULL")),
            Self::KeyLength => write!(out, "{}", length(message.key())),
            Self::Topic => out.write_all(message.topic().as_bytes()),
            Self::Partition => write!(out, "{}", message.partition()),
            Self::Offset => write!(out, "{}", message.offset()),
            Self::Time => match millis {
                Some(millis) => out.write_all(parse::show_timestamp(millis).as_bytes()),
                None => out.write_all(b"-"),
            },
            Self::TimeMillis => write!(out, "{}", millis.unwrap_or(-1)),
            Self::Headers => write_headers(out, message),
        }
    }
}

fn write_headers(out: &mut impl Write, message: &impl Message) -> io::Result<()> {
    let Some(headers) = message.headers() else { return Ok(()) };
    for (index, header) in headers.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        out.write_all(header.key.as_bytes())?;
        out.write_all(b"=")?;
        out.write_all(header.value.unwrap_or(b"NULL"))?;
    }
    Ok(())
}

/// Bytes as text, or as base64 where they are not UTF-8.
#[derive(Serialize)]
#[serde(untagged)]
enum Bytes<'a> {
    Text(&'a str),
    Base64 { base64: String },
}

impl<'a> Bytes<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(_) => Self::Base64 { base64: STANDARD.encode(bytes) },
        }
    }
}

#[derive(Serialize)]
struct JsonHeader<'a> {
    name: &'a str,
    value: Option<Bytes<'a>>,
}

#[derive(Serialize)]
struct JsonRecord<'a> {
    topic: &'a str,
    partition: i32,
    offset: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<i64>,
    key: Option<Bytes<'a>>,
    value: Option<Bytes<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headers: Vec<JsonHeader<'a>>,
}

impl<'a> JsonRecord<'a> {
    fn new(message: &'a impl Message) -> Self {
        let headers = message
            .headers()
            .into_iter()
            .flat_map(|headers| (0..headers.count()).map(|index| headers.get(index)).collect::<Vec<_>>());
        Self {
            topic: message.topic(),
            partition: message.partition(),
            offset: message.offset(),
            timestamp: message.timestamp().to_millis(),
            key: message.key().map(Bytes::new),
            value: message.payload().map(Bytes::new),
            headers: headers
                .map(|header| JsonHeader { name: header.key, value: header.value.map(Bytes::new) })
                .collect(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use expect_test::expect;
    use rdkafka::Timestamp;
    use rdkafka::message::{Header, OwnedHeaders, OwnedMessage};

    use super::*;

    fn message(value: Option<&[u8]>) -> OwnedMessage {
        let headers = OwnedHeaders::new()
            .insert(Header { key: "a", value: Some("1") })
            .insert(Header { key: "a", value: None::<&str> });
        OwnedMessage::new(
            value.map(<[u8]>::to_vec),
            Some(b"key".to_vec()),
            "orders".to_owned(),
            Timestamp::CreateTime(1_795_355_100_123),
            3,
            42,
            Some(headers),
        )
    }

    fn written(template: &Template, message: &OwnedMessage) -> String {
        let mut out = Vec::new();
        template.write(&mut out, message).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn templates_write_every_part() {
        let template = Template::parse(r"%t-%p@%o %T %M %k(%K)=%v(%V) [%h] 100%%\n").unwrap();
        expect![[r#"
            orders-3@42 2026-11-22T13:45:00.123Z 1795355100123 key(3)=hello(5) [a=1,a=NULL] 100%
        "#]]
        .assert_eq(&written(&template, &message(Some(b"hello"))));
        expect!["NULL -1"].assert_eq(&written(&Template::parse("%v %V").unwrap(), &message(None)));
    }

    #[test]
    fn json_keeps_what_is_not_text() {
        let json = Template::choose(None, Format::Json).unwrap();
        expect![[r#"
            {"topic":"orders","partition":3,"offset":42,"timestamp":1795355100123,"key":"key","value":{"base64":"/wA="},"headers":[{"name":"a","value":"1"},{"name":"a","value":null}]}
        "#]]
        .assert_eq(&written(&json, &message(Some(&[0xff, 0]))));
    }

    #[test]
    fn yaml_is_a_document_for_each_record() {
        let yaml = Template::choose(None, Format::Yaml).unwrap();
        let both = written(&yaml, &message(Some(b"a: b"))) + &written(&yaml, &message(None));
        let read: Vec<serde_json::Value> = serde_saphyr::from_multiple(&both).unwrap();
        assert_eq!(read.len(), 2, "{both}");
        assert_eq!(read[0]["value"], "a: b");
        assert_eq!(read[0]["headers"][0]["name"], "a");
        assert_eq!(read[1]["value"], serde_json::Value::Null);
    }

    #[test]
    fn an_unknown_letter_is_named() {
        expect![[r#"
            --format has no %x
              there are %v %k %t %p %o %T %M %h %V %K and %% for a percent sign"#]]
        .assert_eq(&Template::parse("%x").unwrap_err().to_string());
        assert!(Template::parse("%").is_err());
        let said = Template::parse(r"%v\q").unwrap_err().to_string();
        assert!(said.contains(r"there is no \q"), "{said}");
        assert!(Template::choose(Some("%v"), Format::Json).is_err());
    }
}
