//! The table of the long tests: what each shows, the command that runs it, and what it must print to have passed.
//!
//! A command that ends well without having done its work is no pass: a test that was renamed away, a suite that found nothing
//! to run. So each part names lines that only the whole work prints.

/// One part.
pub(super) struct Part {
    pub(super) name: &'static str,
    /// What it shows when it passes.
    pub(super) shows: &'static str,
    /// The shell command that runs it from the repository's root.
    pub(super) command: &'static str,
    /// What it must print, and how often at least.
    says: &'static [(&'static str, usize)],
}

impl Part {
    /// What is missing in what it printed.
    pub(super) fn unsaid(&self, printed: &str) -> Option<String> {
        let missing = self.says.iter().find(|(text, times)| printed.matches(text).count() < *times)?;
        Some(format!("its command succeeded without saying {:?} {} times", missing.0, missing.1))
    }
}

/// The last line of `weir-e2e` where nothing failed.
const NO_SUITE_FAILED: &[(&str, usize)] = &[(" passed; 0 failed; ", 1)];

/// A part that is a suite of the program `weir-e2e`, run on a development build.
macro_rules! suite {
    ($name:literal, $shows:literal) => {
        Part {
            name: $name,
            shows: $shows,
            command: concat!(
                "cargo build --quiet -p weir -p weir-e2e && $WEIR_TARGET/debug/weir-e2e --weir-bin $WEIR_TARGET/debug/weir ",
                $name
            ),
            says: NO_SUITE_FAILED,
        }
    };
}

/// A fuzz target, for ten minutes, from the corpus of the runs before.
macro_rules! fuzz {
    ($folder:literal, $target:literal) => {
        concat!(
            "mkdir -p $WEIR_CORPUS/",
            $target,
            " && (cd broker/",
            $folder,
            " && $WEIR_CARGO_FUZZ run ",
            $target,
            " $WEIR_CORPUS/",
            $target,
            " -- -max_total_time=600 -rss_limit_mb=2048 -timeout=20 -print_final_stats=1)"
        )
    };
}

/// All parts.
pub(super) const PARTS: &[Part] = &[
    suite!("librdkafka", "librdkafka's own tests pass in full mode, but for those on a written list"),
    suite!("librdkafka-kip848", "the same with the consumer groups of KIP-848"),
    suite!("rust-rdkafka", "rust-rdkafka's own tests pass, but for those on a written list"),
    suite!("kafka-go", "kafka-go's own tests pass, but for those on a written list"),
    suite!("trogdor", "Trogdor's messages all come back, and its connections come and go by the thousand"),
    suite!("old-clients", "Java clients of 0.11 and 1.1 produce, consume and join groups"),
    Part {
        name: "power-cuts",
        shows: "200 real power cuts lose nothing that was acknowledged",
        command: "cargo build --quiet -p weir -p weir-e2e && $WEIR_TARGET/debug/power-cut --weir $WEIR_TARGET/debug/weir --rounds 200 --syncs 1000 --seed $RANDOM",
        says: &[("200 power cuts, ", 1), ("none lost", 1)],
    },
    Part {
        name: "crash-seeds",
        shows: "a hundred thousand simulated crashes, at any operation of the log, lose nothing",
        command: "WEIR_SEEDS=${WEIR_SEEDS:-2000} cargo test -p weir-log --test crash_points --test journal --test compaction",
        says: &[
            ("test nothing_acknowledged_is_lost_whenever_the_power_goes ... ok", 1),
            ("test what_was_synced_survives_a_power_cut_at_every_operation ... ok", 1),
            ("test compaction_survives_a_power_cut_at_every_operation ... ok", 1),
        ],
    },
    Part {
        name: "fuzz",
        shows: "frames, messages, batches and codecs take any bytes without a panic and in bounded memory",
        command: concat!(
            "export RUSTC_BOOTSTRAP=1; ",
            fuzz!("wire", "frames"),
            "; ",
            fuzz!("wire", "messages"),
            "; ",
            fuzz!("records", "batches"),
            "; ",
            fuzz!("records", "codecs")
        ),
        says: &[("stat::number_of_executed_units", 4)],
    },
    Part {
        name: "kafka",
        shows: "the client matrix and the tools pass on real Kafka, so that a failure on Weir is Weir's",
        command: "cargo run --quiet -p weir-e2e -- --target kafka",
        says: NO_SUITE_FAILED,
    },
    Part {
        name: "records-mutations",
        shows: "a million damaged batches: no panic, bounded memory",
        command: "WEIR_RECORDS_MUTATIONS=1000000 WEIR_RECORDS_SEED=$RANDOM cargo test -p weir-records",
        says: &[("test properties::damaged_batches_never_panic_and_valid_ones_read_back ... ok", 1)],
    },
];

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    fn rust_sources(folder: &Path, all: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                rust_sources(&path, all);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                all.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn names_of_parts_are_names_of_files() {
        let names: BTreeSet<&str> = PARTS.iter().map(|part| part.name).collect();
        assert_eq!(names.len(), PARTS.len());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')));
    }

    #[test]
    fn a_command_that_did_nothing_has_not_passed() {
        for part in PARTS {
            assert!(part.unsaid("").is_some(), "{} passes without a word", part.name);
        }
        let part = Part { name: "", shows: "", command: "", says: &[("done", 2)] };
        assert!(part.unsaid("done\n").is_some() && part.unsaid("done\ndone\n").is_none());
        let suite = &PARTS[0];
        assert!(suite.unsaid("\n12 passed; 0 failed; 3 not run\n").is_none());
        assert!(suite.unsaid("\n12 passed; 10 failed; 3 not run\n").is_some());
    }

    #[test]
    fn the_tests_that_a_part_names_and_what_they_read_exist() {
        let mut sources = String::new();
        rust_sources(&root().join("broker"), &mut sources);
        for part in PARTS {
            for (text, _) in part.says {
                let Some(test) = text.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... ok"))
                else {
                    continue;
                };
                let name = test.rsplit("::").next().unwrap_or(test);
                assert!(sources.contains(&format!("fn {name}()")), "{}: there is no {test}", part.name);
            }
            let set =
                part.command.split_whitespace().filter_map(|word| word.split_once('=')).map(|(name, _)| name);
            for variable in set.filter(|name| name.starts_with("WEIR_")) {
                assert!(
                    sources.contains(&format!("\"{variable}\"")),
                    "{}: nobody reads {variable}",
                    part.name
                );
            }
        }
    }

    #[test]
    fn every_fuzz_target_is_run() {
        let command = PARTS.iter().find(|part| part.name == "fuzz").unwrap().command;
        let mut targets = 0;
        for layer in fs::read_dir(root().join("broker")).unwrap() {
            let layer = layer.unwrap().path();
            let Ok(folder) = fs::read_dir(layer.join("fuzz/fuzz_targets")) else { continue };
            for target in folder {
                let name = target.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
                let folder = layer.file_name().unwrap().to_string_lossy().into_owned();
                assert!(
                    command.contains(&format!("cd broker/{folder} && $WEIR_CARGO_FUZZ run {name} ")),
                    "{name}"
                );
                targets += 1;
            }
        }
        let says = PARTS.iter().find(|part| part.name == "fuzz").unwrap().says;
        assert_eq!(says[0].1, targets, "how often it must say so");
    }
}
