//! What a config is: name, type, default, allowed values, when it may change.

use std::fmt;

/// Kafka's types, with the numbers that `DescribeConfigs` uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i8)]
pub enum ConfigType {
    /// `true` or `false`.
    Boolean = 1,
    /// Text.
    String = 2,
    /// A 32-bit number.
    Int = 3,
    /// A 16-bit number.
    Short = 4,
    /// A 64-bit number.
    Long = 5,
    /// A floating-point number.
    Double = 6,
    /// Texts with commas between them.
    List = 7,
}

impl ConfigType {
    /// The number on the wire.
    pub const fn code(self) -> i8 {
        self as i8
    }
}

/// When a broker config may change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UpdateMode {
    /// Only by a restart with another configuration.
    ReadOnly,
    /// While running, for one broker or as the default of all.
    Dynamic,
}

/// Which values of its type a config takes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Valid {
    /// All.
    Any,
    /// Numbers from here on.
    AtLeast(i64),
    /// Numbers from the first to the second.
    Between(i64, i64),
    /// Numbers from the first to the second, or -1.
    BetweenOrUnset(i64, i64),
    /// From 0 to 1.
    Ratio,
    /// One of these, to the letter.
    OneOf(&'static [&'static str]),
    /// One of these in any case.
    OneOfIgnoringCase(&'static [&'static str]),
    /// Any of these, none twice.
    Subset(&'static [&'static str]),
    /// `*`, or pairs `partition:broker`.
    ThrottledReplicas,
}

impl fmt::Display for Valid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any value of its type"),
            Self::AtLeast(least) => write!(f, "at least {least}"),
            Self::Between(least, most) => write!(f, "from {least} to {most}"),
            Self::BetweenOrUnset(least, most) => write!(f, "from {least} to {most}, or -1"),
            Self::Ratio => f.write_str("from 0 to 1"),
            Self::OneOf(values) | Self::OneOfIgnoringCase(values) => {
                write!(f, "one of {}", values.join(", "))
            }
            Self::Subset(values) => write!(f, "a list of {}, none of them twice", values.join(", ")),
            Self::ThrottledReplicas => f.write_str("'*', or pairs partition:broker with commas between them"),
        }
    }
}

/// One config of a table.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ConfigKey {
    /// Kafka's name.
    pub name: &'static str,
    /// Its type.
    pub kind: ConfigType,
    /// Kafka's default as text, `None` for null.
    pub default: Option<&'static str>,
    /// Which values it takes.
    pub valid: Valid,
    /// When it may change. Topic configs are all dynamic.
    pub mode: UpdateMode,
    /// What it does, for people.
    pub doc: &'static str,
}

impl ConfigKey {
    const fn new(
        name: &'static str,
        kind: ConfigType,
        default: &'static str,
        valid: Valid,
        doc: &'static str,
    ) -> Self {
        Self { name, kind, default: Some(default), valid, mode: UpdateMode::ReadOnly, doc }
    }

    pub(super) const fn boolean(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self::new(name, ConfigType::Boolean, default, Valid::Any, doc)
    }

    pub(super) const fn int(
        name: &'static str,
        default: &'static str,
        valid: Valid,
        doc: &'static str,
    ) -> Self {
        Self::new(name, ConfigType::Int, default, valid, doc)
    }

    pub(super) const fn short(
        name: &'static str,
        default: &'static str,
        valid: Valid,
        doc: &'static str,
    ) -> Self {
        Self::new(name, ConfigType::Short, default, valid, doc)
    }

    pub(super) const fn long(
        name: &'static str,
        default: &'static str,
        valid: Valid,
        doc: &'static str,
    ) -> Self {
        Self::new(name, ConfigType::Long, default, valid, doc)
    }

    pub(super) const fn double(
        name: &'static str,
        default: &'static str,
        valid: Valid,
        doc: &'static str,
    ) -> Self {
        Self::new(name, ConfigType::Double, default, valid, doc)
    }

    pub(super) const fn string(
        name: &'static str,
        default: &'static str,
        valid: Valid,
        doc: &'static str,
    ) -> Self {
        Self::new(name, ConfigType::String, default, valid, doc)
    }

    pub(super) const fn list(
        name: &'static str,
        default: &'static str,
        valid: Valid,
        doc: &'static str,
    ) -> Self {
        Self::new(name, ConfigType::List, default, valid, doc)
    }

    /// The same without a default.
    pub(super) const fn or_null(mut self) -> Self {
        self.default = None;
        self
    }

    /// The same, changeable while running.
    pub(super) const fn dynamic(mut self) -> Self {
        self.mode = UpdateMode::Dynamic;
        self
    }
}

/// A config of a topic, and the broker configs that stand in for it, the most specific first, each with the factor that
/// turns its number into the topic config's unit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TopicKey {
    /// The config.
    pub key: ConfigKey,
    /// Its broker synonyms.
    pub synonyms: &'static [(&'static str, i64)],
}

impl TopicKey {
    /// The same with broker synonyms.
    pub(super) const fn with(key: ConfigKey, synonyms: &'static [(&'static str, i64)]) -> Self {
        Self { key: key.dynamic(), synonyms }
    }
}
