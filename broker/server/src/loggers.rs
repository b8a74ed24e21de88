//! Loggers: the parts of the broker that log, each with a level that changes while it runs (Kafka's `broker-loggers`).
//!
//! A logger is a target of `tracing`; its level holds for every target whose name begins with its own, unless a longer name
//! has a level too, and `root` is for all that no name is for. What was set is gone with the process, as in Kafka. The
//! filter itself belongs to who started the process and is reached through [`LogFilter`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// The logger of everything that no other is for.
pub(crate) const ROOT: &str = "root";

/// All loggers but [`ROOT`]: the crates that log, and their modules. `weir` is the parent of all.
const NAMES: &[&str] = &[
    "weir",
    "weir_log",
    "weir_log::checkpoints",
    "weir_log::directory",
    "weir_log::flush",
    "weir_log::index",
    "weir_log::partition",
    "weir_log::read",
    "weir_log::recovery",
    "weir_log::segment",
    "weir_log::shared",
    "weir_log::snapshots",
    "weir_log::unsynced",
    "weir_server",
    "weir_server::api",
    "weir_server::broker",
    "weir_server::config",
    "weir_server::controller",
    "weir_server::files",
    "weir_server::groups",
    "weir_server::metrics",
    "weir_server::net",
    "weir_server::partitions",
];

/// What a logger lets through, with Kafka's names. Nothing here logs at FATAL, so this is the same as off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Level {
    Off,
    Fatal,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// The levels that may be set, in the order in which a refusal names them.
pub(crate) const VALID: &[(&str, Level)] = &[
    ("DEBUG", Level::Debug),
    ("ERROR", Level::Error),
    ("FATAL", Level::Fatal),
    ("INFO", Level::Info),
    ("TRACE", Level::Trace),
    ("WARN", Level::Warn),
];

impl Level {
    /// Kafka's name.
    pub(crate) fn name(self) -> &'static str {
        VALID.iter().find(|(_, level)| *level == self).map_or("OFF", |(name, _)| name)
    }

    /// By Kafka's name, which is in capitals.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        VALID.iter().find(|(valid, _)| *valid == name).map(|(_, level)| *level)
    }

    fn directive(self) -> &'static str {
        match self {
            Self::Off | Self::Fatal => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    /// By the names and numbers of `tracing`'s filters.
    fn of_directive(text: &str) -> Option<Self> {
        Some(match text.trim().to_ascii_lowercase().as_str() {
            "off" | "0" => Self::Off,
            "error" | "1" => Self::Error,
            "warn" | "2" => Self::Warn,
            "info" | "3" => Self::Info,
            "debug" | "4" => Self::Debug,
            "trace" | "5" => Self::Trace,
            _ => return None,
        })
    }
}

/// The process's filter of logs.
pub trait LogFilter: Send + Sync {
    /// Puts these directives, `tracing-subscriber`'s, in the place of those in force.
    ///
    /// # Errors
    /// The reason, if they can't be in force.
    fn replace(&self, directives: &str) -> Result<(), String>;
}

/// The loggers of this process.
pub struct Loggers {
    /// The directives that the process started with.
    start: Vec<String>,
    set: Mutex<BTreeMap<&'static str, Level>>,
    filter: Option<Box<dyn LogFilter>>,
}

impl fmt::Debug for Loggers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loggers").field("start", &self.start).field("set", &self.set).finish_non_exhaustive()
    }
}

/// The target and level of a directive that has nothing else; `None` stands for every target.
fn plain(directive: &str) -> Option<(Option<&str>, Level)> {
    match directive.split_once('=') {
        None => Level::of_directive(directive)
            .map(|level| (None, level))
            .or_else(|| (!directive.contains('[')).then_some((Some(directive), Level::Trace))),
        Some((target, _)) if target.contains('[') => None,
        Some((target, level)) => Level::of_directive(level).map(|level| (Some(target), level)),
    }
}

impl Loggers {
    /// Loggers behind a filter that was started with these directives.
    pub fn new(directives: &str, filter: impl LogFilter + 'static) -> Self {
        Self { filter: Some(Box::new(filter)), ..Self::unchangeable(directives) }
    }

    /// Loggers whose levels can be seen only.
    pub fn unchangeable(directives: &str) -> Self {
        let start = directives.split(',').map(str::trim).filter(|part| !part.is_empty());
        Self { start: start.map(str::to_owned).collect(), set: Mutex::default(), filter: None }
    }

    fn set(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, Level>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its own name, if there is such a logger.
    pub(crate) fn known(name: &str) -> Option<&'static str> {
        std::iter::once(&ROOT).chain(NAMES).find(|known| **known == name).copied()
    }

    /// Every logger with its level in force.
    pub(crate) fn levels(&self) -> Vec<(&'static str, Level)> {
        let set = self.set();
        let in_force = self.in_force(&set);
        std::iter::once(&ROOT).chain(NAMES).map(|name| (*name, level_of(name, &in_force))).collect()
    }

    /// Sets levels, or with `None` takes what was set back, all at once.
    ///
    /// # Errors
    /// The reason; nothing has changed then.
    pub(crate) fn change(&self, changes: &[(&'static str, Option<Level>)]) -> Result<(), String> {
        let Some(filter) = &self.filter else {
            return Err("the filter of this process's logs can't be changed".to_owned());
        };
        let mut set = self.set();
        let mut next = set.clone();
        for (name, level) in changes {
            match level {
                Some(level) => next.insert(name, *level),
                None => next.remove(name),
            };
        }
        filter.replace(&self.directives(&next))?;
        *set = next;
        Ok(())
    }

    /// Targets and levels, `None` for every target; what was set stands in the place of what the process began with.
    fn in_force<'a>(&'a self, set: &BTreeMap<&'static str, Level>) -> BTreeMap<Option<&'a str>, Level> {
        let mut levels: BTreeMap<Option<&str>, Level> =
            self.start.iter().filter_map(|directive| plain(directive)).collect();
        levels.extend(set.iter().map(|(name, level)| (target(name), *level)));
        levels
    }

    fn directives(&self, set: &BTreeMap<&'static str, Level>) -> String {
        let special = self.start.iter().filter(|directive| plain(directive).is_none()).cloned();
        let plain = self.in_force(set).into_iter().map(|(target, level)| match target {
            None => level.directive().to_owned(),
            Some(target) => format!("{target}={}", level.directive()),
        });
        special.chain(plain).collect::<Vec<_>>().join(",")
    }
}

fn target(name: &'static str) -> Option<&'static str> {
    (name != ROOT).then_some(name)
}

/// The level of the longest name that this one begins with; without any, only errors come through.
fn level_of(name: &'static str, levels: &BTreeMap<Option<&str>, Level>) -> Level {
    let of_all = levels.get(&None).copied().unwrap_or(Level::Error);
    let of_names = levels.iter().filter_map(|(target, level)| Some(((*target)?, *level)));
    let matching =
        of_names.filter(|(target, _)| self::target(name).is_some_and(|name| name.starts_with(target)));
    matching.max_by_key(|(target, _)| target.len()).map_or(of_all, |(_, level)| level)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Recorder(Arc<Mutex<String>>);

    impl LogFilter for Recorder {
        fn replace(&self, directives: &str) -> Result<(), String> {
            directives.clone_into(&mut self.0.lock().unwrap());
            Ok(())
        }
    }

    fn level(loggers: &Loggers, name: &str) -> &'static str {
        loggers.levels().into_iter().find(|(known, _)| *known == name).unwrap().1.name()
    }

    #[test]
    fn levels_follow_the_start_what_was_set_and_what_was_taken_back() {
        let filter = Recorder::default();
        let loggers = Loggers::new("info, weir_log=debug,[span{field=1}]=trace", filter.clone());
        assert_eq!(level(&loggers, "root"), "INFO");
        assert_eq!(level(&loggers, "weir_log::flush"), "DEBUG");
        assert_eq!(level(&loggers, "weir_server"), "INFO");
        loggers.change(&[("root", Some(Level::Warn)), ("weir_log::flush", Some(Level::Fatal))]).unwrap();
        assert_eq!(
            *filter.0.lock().unwrap(),
            "[span{field=1}]=trace,warn,weir_log=debug,weir_log::flush=off"
        );
        assert_eq!(level(&loggers, "weir_log::flush"), "FATAL");
        assert_eq!(level(&loggers, "weir_log::index"), "DEBUG");
        assert_eq!(level(&loggers, "weir_server::net"), "WARN");
        loggers.change(&[("weir_log::flush", None), ("weir_server", Some(Level::Trace))]).unwrap();
        assert_eq!(*filter.0.lock().unwrap(), "[span{field=1}]=trace,warn,weir_log=debug,weir_server=trace");
        assert_eq!(level(&loggers, "weir_server::net"), "TRACE");
    }

    #[test]
    fn a_filter_that_refuses_changes_nothing() {
        let loggers = Loggers::unchangeable("info");
        assert!(loggers.change(&[("root", Some(Level::Debug))]).is_err());
        assert_eq!(level(&loggers, "root"), "INFO");
        assert_eq!(level(&Loggers::unchangeable(""), "weir"), "ERROR", "as the filter does it");
    }

    fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }

    #[test]
    fn every_module_that_logs_has_a_logger() {
        let broker = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut found = BTreeSet::from(["weir".to_owned(), "weir_log".to_owned(), "weir_server".to_owned()]);
        for layer in fs::read_dir(broker).unwrap() {
            let source = layer.unwrap().path().join("src");
            let mut files = Vec::new();
            if source.is_dir() && !source.starts_with(broker.join("cli")) {
                sources(&source, &mut files);
            }
            for file in files {
                let text = fs::read_to_string(&file).unwrap();
                let macros =
                    ["error", "warn", "info", "debug", "trace"].map(|level| format!("tracing::{level}!("));
                if macros.iter().any(|name| text.contains(name)) {
                    let layer = source.parent().unwrap().file_name().unwrap().to_str().unwrap();
                    let first = file.strip_prefix(&source).unwrap().iter().next().unwrap().to_str().unwrap();
                    found.insert(format!("weir_{layer}::{}", first.trim_end_matches(".rs")));
                }
            }
        }
        assert_eq!(NAMES.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), found);
    }
}
