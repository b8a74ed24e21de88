//! Configuration files: Java-like properties, or a flat YAML mapping.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Lines `NAME=VALUE` or `NAME: VALUE`; `#` and `!` start a comment, a backslash at the end continues a line.
pub(super) fn lines(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut config = BTreeMap::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let mut line = line.trim().to_owned();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        while line.ends_with('\\') {
            line.pop();
            let Some((_, next)) = lines.next() else { break };
            line.push_str(next.trim());
        }
        let Some((name, value)) = line.split_once(['=', ':']) else {
            return Err(format!("line {}: '{line}' has no '='; write NAME=VALUE", index + 1));
        };
        if config.insert(name.trim().to_owned(), value.trim().to_owned()).is_some() {
            return Err(format!(
                "line {}: {} stands here a second time; keep one of the two",
                index + 1,
                name.trim()
            ));
        }
    }
    Ok(config)
}

/// A value as YAML writes it; all are text to a broker.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Flag(bool),
    Whole(i64),
    Real(f64),
    Text(String),
}

/// A YAML mapping from names to plain values.
pub(super) fn yaml(text: &str) -> Result<BTreeMap<String, String>, String> {
    let read: BTreeMap<String, Scalar> = serde_saphyr::from_str(text).map_err(|error| {
        let place = error.location().map_or_else(String::new, |place| format!("line {}: ", place.line()));
        match error.without_snippet() {
            serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => {
                format!("{place}{key} stands here a second time; keep one of the two")
            }
            _ => format!("{place}this is not a list of NAME: VALUE lines"),
        }
    })?;
    let plain = |value| match value {
        Scalar::Flag(flag) => flag.to_string(),
        Scalar::Whole(number) => number.to_string(),
        Scalar::Real(number) => number.to_string(),
        Scalar::Text(text) => text,
    };
    Ok(read.into_iter().map(|(name, value)| (name, plain(value))).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn properties_are_read() {
        let text = "# comment\n! too\n\na=1\n b = two words \nc: x=y\nd=1,\\\n  2\ne=\n";
        assert_eq!(
            lines(text).unwrap(),
            map(&[("a", "1"), ("b", "two words"), ("c", "x=y"), ("d", "1,2"), ("e", "")])
        );
        assert_eq!(lines("a\n").unwrap_err(), "line 1: 'a' has no '='; write NAME=VALUE");
        assert_eq!(
            lines("a=1\n\na=2").unwrap_err(),
            "line 3: a stands here a second time; keep one of the two"
        );
    }

    #[test]
    fn yaml_is_read() {
        assert_eq!(
            yaml("node.id: 1\nlog.dirs: /data\nauto.create.topics.enable: false\n").unwrap(),
            map(&[("node.id", "1"), ("log.dirs", "/data"), ("auto.create.topics.enable", "false")])
        );
        assert_eq!(
            yaml("a: 1\na: 2\n").unwrap_err(),
            "line 2: a stands here a second time; keep one of the two"
        );
        assert!(yaml("a: [1]\n").unwrap_err().contains("this is not a list of NAME: VALUE lines"));
    }
}
