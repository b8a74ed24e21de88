//! The command line, held together: it parses, it is explained, its examples work.

use super::*;
use clap::CommandFactory;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn a_broker_is_explained_without_the_options_of_the_tools() {
    let help = |words: &[&str]| match command().try_get_matches_from(words) {
        Ok(_) => panic!("{words:?} is a command"),
        Err(help) => help.to_string(),
    };
    for serving in ["local", "broker"] {
        let text = help(&["weir", serving, "--help"]);
        assert!(!text.contains("--bootstrap") && !text.contains("--timeout"), "{text}");
        assert!(text.contains("--log-format"), "{text}");
    }
    for tool in [&["weir", "--help"][..], &["weir", "topic", "list", "--help"]] {
        assert!(help(tool).contains("--bootstrap"), "{tool:?}");
    }
}

/// Calls `visit` with every command and its path.
fn each_command(command: &clap::Command, path: &str, visit: &mut impl FnMut(&str, &clap::Command)) {
    visit(path, command);
    for below in command.get_subcommands() {
        each_command(below, &format!("{path} {}", below.get_name()), visit);
    }
}

#[test]
fn every_command_has_examples_that_parse() {
    let root = Cli::command();
    let mut seen = 0;
    each_command(&root, "weir", &mut |path, command| {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples: Vec<&str> =
            help.lines().map(str::trim).filter(|line| line.starts_with("weir ")).collect();
        assert!(!examples.is_empty(), "{path} has no example");
        for example in examples {
            let plain = example.split("   ").next().unwrap_or_default();
            let plain = plain.split([';', '<', '>']).next().unwrap_or_default();
            let words = plain.split_whitespace().map(|word| word.trim_matches('\''));
            // Quoted formats hold blanks; what they hold is tested elsewhere.
            let words: Vec<&str> = words.take_while(|word| !word.starts_with('%')).collect();
            if words.last() == Some(&"-f") {
                continue;
            }
            if let Err(error) = Cli::try_parse_from(&words) {
                panic!("{path}: {example}: {error}");
            }
            seen += 1;
        }
    });
    assert!(seen > 25, "only {seen} examples were tried");
}

#[test]
fn every_option_is_explained() {
    let mut root = Cli::command();
    root.build();
    each_command(&root, "weir", &mut |path, command| {
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{path}: {} has no help", argument.get_id());
        }
    });
}
