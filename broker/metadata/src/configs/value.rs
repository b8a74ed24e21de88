//! Text to value, as Kafka reads it, and back as Kafka shows it.

use std::fmt;

use super::key::{ConfigKey, ConfigType, Valid};

/// The longest value that is kept. Kafka has no limit but that of a request; nothing sensible is longer.
pub const VALUE_BYTES_MAX: usize = 64 * 1024;

/// Why a config is refused. The text names the config, the value and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No config has this name.
    #[error("there is no {scope} config '{name}'{}", suggestion(.nearest))]
    Unknown {
        /// "topic", "broker" or "group".
        scope: &'static str,
        /// The name.
        name: String,
        /// The most similar name, if one is.
        nearest: Option<&'static str>,
    },
    /// The value is not one that the config takes.
    #[error("{name} can't be '{value}': it must be {allowed}")]
    Value {
        /// The config.
        name: &'static str,
        /// The value, shortened when it is long.
        value: String,
        /// What it takes.
        allowed: String,
    },
    /// Two configs contradict each other, or one needs what Weir has not.
    #[error("{0}")]
    Conflict(String),
}

fn suggestion(nearest: &Option<&'static str>) -> String {
    nearest.map(|name| format!("; did you mean '{name}'?")).unwrap_or_default()
}

/// A value of its type.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A boolean.
    Boolean(bool),
    /// A number of any width.
    Number(i64),
    /// A floating-point number.
    Double(f64),
    /// Text.
    Text(String),
    /// Texts.
    List(Vec<String>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Double(value) => f.write_str(&double_text(*value)),
            Self::Text(text) => f.write_str(text),
            Self::List(values) => f.write_str(&values.join(",")),
        }
    }
}

/// A number as Java writes it: with a point always, and with an exponent where it is far from 1.
fn double_text(value: f64) -> String {
    const PLAIN: std::ops::Range<f64> = 1e-3..1e7;
    if value == 0.0 || PLAIN.contains(&value.abs()) {
        return format!("{value:?}");
    }
    let text = format!("{value:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

/// The elements of a list value.
pub fn list_elements(text: &str) -> Vec<String> {
    match text.trim() {
        "" => Vec::new(),
        text => text.split(',').map(|element| element.trim().to_owned()).collect(),
    }
}

impl ConfigKey {
    /// Reads and checks a value.
    ///
    /// # Errors
    /// When the text is no value of the config.
    pub fn parse(&self, text: &str) -> Result<Value, ConfigError> {
        let refused =
            |allowed: String| ConfigError::Value { name: self.name, value: shortened(text), allowed };
        if text.len() > VALUE_BYTES_MAX {
            return Err(refused(format!("at most {VALUE_BYTES_MAX} bytes long")));
        }
        let value = self.parse_type(text.trim()).ok_or_else(|| refused(self.allowed()))?;
        if allows(self.valid, &value) { Ok(value) } else { Err(refused(self.allowed())) }
    }

    fn parse_type(&self, text: &str) -> Option<Value> {
        match self.kind {
            ConfigType::Boolean if text.eq_ignore_ascii_case("true") => Some(Value::Boolean(true)),
            ConfigType::Boolean if text.eq_ignore_ascii_case("false") => Some(Value::Boolean(false)),
            ConfigType::Boolean => None,
            ConfigType::Short => text.parse::<i16>().ok().map(|number| Value::Number(number.into())),
            ConfigType::Int => text.parse::<i32>().ok().map(|number| Value::Number(number.into())),
            ConfigType::Long => text.parse::<i64>().ok().map(Value::Number),
            ConfigType::Double => {
                text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::Double)
            }
            ConfigType::String => Some(Value::Text(text.to_owned())),
            ConfigType::List => Some(Value::List(list_elements(text))),
        }
    }

    fn allowed(&self) -> String {
        let kind = match self.kind {
            ConfigType::Boolean => return "true or false".to_owned(),
            ConfigType::Short => "a 16-bit number",
            ConfigType::Int => "a 32-bit number",
            ConfigType::Long => "a 64-bit number",
            ConfigType::Double => "a number",
            ConfigType::String | ConfigType::List => return self.valid.to_string(),
        };
        match self.valid {
            Valid::Any => kind.to_owned(),
            valid => format!("{kind}, {valid}"),
        }
    }
}

fn allows(valid: Valid, value: &Value) -> bool {
    match (valid, value) {
        (Valid::AtLeast(least), Value::Number(number)) => *number >= least,
        (Valid::Between(least, most), Value::Number(number)) => (least..=most).contains(number),
        (Valid::BetweenOrUnset(least, most), Value::Number(number)) => {
            *number == -1 || (least..=most).contains(number)
        }
        (Valid::Ratio, Value::Double(number)) => (0.0..=1.0).contains(number),
        (Valid::OneOf(values), Value::Text(text)) => values.contains(&text.as_str()),
        (Valid::OneOfIgnoringCase(values), Value::Text(text)) => {
            values.iter().any(|value| value.eq_ignore_ascii_case(text))
        }
        (Valid::Subset(values), Value::List(elements)) => {
            elements.iter().all(|element| values.contains(&element.as_str())) && no_two_alike(elements)
        }
        (Valid::ThrottledReplicas, Value::List(elements)) => {
            matches!(elements.as_slice(), [star] if star == "*")
                || elements.iter().all(|pair| is_replica(pair))
        }
        (Valid::Any, _) => true,
        _ => false,
    }
}

fn no_two_alike(elements: &[String]) -> bool {
    let mut sorted: Vec<_> = elements.iter().collect();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

fn is_replica(pair: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    pair.split_once(':').is_some_and(|(partition, broker)| number(partition) && number(broker))
}

fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 120;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_kafka_reads_them() {
        let int = ConfigKey::int("n", "1", Valid::BetweenOrUnset(1, 9), "");
        assert_eq!(int.parse(" 9 "), Ok(Value::Number(9)));
        assert_eq!(int.parse("-1"), Ok(Value::Number(-1)));
        for wrong in ["0", "10", "", "x", "2147483648", "1.0"] {
            let error = int.parse(wrong).map_err(|error| error.to_string());
            assert_eq!(
                error,
                Err(format!("n can't be '{wrong}': it must be a 32-bit number, from 1 to 9, or -1"))
            );
        }
        let boolean = ConfigKey::boolean("b", "true", "");
        assert_eq!(boolean.parse("TRUE"), Ok(Value::Boolean(true)));
        assert!(boolean.parse("yes").is_err());
        let list = ConfigKey::list("l", "", Valid::Subset(&["a", "b"]), "");
        assert_eq!(list.parse("a , b").map(|value| value.to_string()), Ok("a,b".to_owned()));
        assert_eq!(list.parse(""), Ok(Value::List(Vec::new())));
        assert!(list.parse("a,a").is_err());
        assert!(list.parse("a,").is_err());
        let ratio = ConfigKey::double("r", "0.5", Valid::Ratio, "");
        assert!(ratio.parse("1").is_ok());
        assert!(ratio.parse("NaN").is_err());
        assert!(ratio.parse("1.1").is_err());
    }

    #[test]
    fn throttled_replicas_are_pairs_or_a_star() {
        let key = ConfigKey::list("t", "", Valid::ThrottledReplicas, "");
        for legal in ["", "*", "0:1", "0:1,2:3"] {
            assert!(key.parse(legal).is_ok(), "{legal}");
        }
        for illegal in ["0", "0:", ":1", "*,0:1", "a:1", "0:1,"] {
            assert!(key.parse(illegal).is_err(), "{illegal}");
        }
    }

    #[test]
    fn a_long_value_is_refused_and_shown_short() {
        let key = ConfigKey::string("s", "", Valid::Any, "");
        let error = key.parse(&"ü".repeat(VALUE_BYTES_MAX)).map_err(|error| error.to_string().len());
        assert!(error.is_err_and(|len| len < 400));
    }
}
