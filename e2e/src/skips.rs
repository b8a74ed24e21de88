//! The written list of what may be left out, each entry with its reason (`skips.toml`).
//!
//! A judge that leaves a case out without being on the list has failed.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// One allowed omission.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// The judge: a client of the matrix, or the name of a suite of tests.
    pub judge: String,
    /// The cases that it may leave out.
    pub cases: Vec<String>,
    /// Why that is right.
    pub reason: String,
    /// On which target only; on every one if absent.
    #[serde(default)]
    pub target: Option<String>,
}

/// All allowed omissions.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skips {
    #[serde(default)]
    skip: Vec<Skip>,
}

impl Skips {
    /// Reads the list; an entry without a reason is refused.
    pub fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("in {}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        toml::from_str::<Self>(text)?.and(Vec::new())
    }

    /// This list with more entries; one without a reason is refused.
    pub fn and(mut self, more: Vec<Skip>) -> Result<Self> {
        self.skip.extend(more);
        for skip in &self.skip {
            ensure!(!skip.reason.trim().is_empty(), "{} {:?} has no reason", skip.judge, skip.cases);
        }
        Ok(self)
    }

    /// All cases that a judge may leave out on this target.
    pub fn cases(&self, target: &str, judge: &str) -> Vec<String> {
        let fits =
            |skip: &&Skip| skip.judge == judge && skip.target.as_deref().is_none_or(|only| only == target);
        self.skip.iter().filter(fits).flat_map(|skip| skip.cases.clone()).collect()
    }

    /// Why this case may be left out, if it may.
    pub fn reason(&self, target: &str, judge: &str, case: &str) -> Option<&str> {
        let fits = |skip: &&Skip| {
            skip.judge == judge
                && skip.target.as_deref().is_none_or(|only| only == target)
                && skip.cases.iter().any(|listed| listed == case)
        };
        self.skip.iter().find(fits).map(|skip| skip.reason.as_str())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::ValueEnum;

    use super::*;
    use crate::clients::{CLIENTS, OLD_CLIENTS};
    use crate::target::Kind;
    use crate::{kafka_python, suite_dialogues, suite_kafka_go, suite_own, suite_rust_rdkafka};

    /// The judges whose cases are told only by themselves.
    const SUITES: &[&str] = &[
        suite_dialogues::JUDGE,
        suite_kafka_go::JUDGE,
        kafka_python::JUDGE,
        suite_own::RSKAFKA,
        suite_rust_rdkafka::JUDGE,
    ];

    #[test]
    fn an_entry_needs_a_reason_and_may_name_a_target() {
        assert!(Skips::parse("[[skip]]\njudge='a'\ncases=['x']\nreason=' '").is_err());
        let text = "[[skip]]\njudge='a'\ncases=['x']\nreason='why'\ntarget='kafka'";
        let skips = Skips::parse(text).unwrap();
        assert_eq!(skips.reason("kafka", "a", "x"), Some("why"));
        assert_eq!(skips.reason("weir", "a", "x"), None);
        assert_eq!(skips.reason("kafka", "a", "y"), None);
    }

    #[test]
    fn the_committed_list_names_judges_and_cases_that_exist() {
        let list = Skips::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("skips.toml")).unwrap();
        for skip in &list.skip {
            if SUITES.contains(&skip.judge.as_str()) {
                // Whether their cases exist is judged when they run.
                continue;
            }
            let client = CLIENTS.iter().chain(OLD_CLIENTS).find(|client| client.name == skip.judge);
            let cases = client.unwrap_or_else(|| panic!("there is no judge {}", skip.judge)).cases(false);
            for case in &skip.cases {
                assert!(cases.contains(&case.as_str()), "{} is not asked for {case}", skip.judge);
            }
            let target = skip.target.as_deref();
            assert!(target.is_none_or(|name| Kind::value_variants().iter().any(|kind| kind.name() == name)));
        }
    }
}
