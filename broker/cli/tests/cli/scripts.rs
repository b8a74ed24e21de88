//! What a script relies on: documents that parse, from every command that ends.

use serde_json::Value;

use crate::harness::local;

#[test]
fn every_command_writes_documents() {
    let (_directory, local) = local();
    let steps: &[(&[&str], &str)] = &[
        (&["topic", "create", "a", "--dry-run"], ""),
        (&["topic", "create", "a", "-p", "2"], ""),
        (&["topic", "create", "a", "--if-not-exists"], ""),
        (&["topic", "list"], ""),
        (&["topic", "alter", "a", "-p", "3"], ""),
        (&["topic", "describe", "a"], ""),
        (&["produce", "a"], "x\ny: z\n"),
        (&["consume", "a", "--from-beginning", "--exit", "-g", "readers"], ""),
        (&["group", "list"], ""),
        (&["group", "describe", "readers"], ""),
        (&["group", "reset-offsets", "readers", "--to", "earliest", "--dry-run"], ""),
        (&["group", "reset-offsets", "readers", "--to", "earliest"], ""),
        (&["group", "delete", "readers"], ""),
        (&["cluster", "describe"], ""),
        (&["cluster", "configs", "--all"], ""),
        (&["cluster", "configs", "--set", "log.retention.ms=9000000"], ""),
        (&["bench", "produce", "-n", "10", "-t", "b"], ""),
        (&["bench", "consume", "-t", "b"], ""),
        (&["bench", "end-to-end", "-n", "10", "-t", "b"], ""),
        (&["topic", "delete", "a", "b"], ""),
        (&["topic", "delete", "a", "--if-exists"], ""),
        (&["topic", "list"], ""),
        (&["group", "list"], ""),
    ];
    for format in ["json", "yaml"] {
        for (words, input) in steps {
            let written = local.run_with(&[words, &["-o", format][..]].concat(), input.as_bytes()).ok();
            let documents: Vec<Value> = match format {
                "json" => serde_json::Deserializer::from_str(&written)
                    .into_iter()
                    .collect::<Result<_, _>>()
                    .unwrap_or_else(|error| panic!("{words:?}: {error}: {written}")),
                _ => serde_saphyr::from_multiple(&written)
                    .unwrap_or_else(|error| panic!("{words:?}: {error}: {written}")),
            };
            let wanted = if words[0] == "consume" { 2 } else { 1 };
            assert_eq!(documents.len(), wanted, "{words:?} -o {format}: {written}");
        }
    }
}

#[test]
fn documents_say_what_was_done() {
    let (_directory, local) = local();
    let read = |words: &[&str], input: &[u8]| -> Value {
        serde_json::from_str(&local.run_with(&[words, &["-o", "json"]].concat(), input).ok()).unwrap()
    };
    assert_eq!(read(&["topic", "create", "a", "--dry-run"], b"")["possible"], true);
    assert_eq!(read(&["produce", "a"], b"1\n2\n")["records"], 2);
    assert_eq!(read(&["topic", "delete", "a"], b"")["deleted"][0], "a");
    assert_eq!(read(&["topic", "delete", "a", "--if-exists"], b"")["deleted"], serde_json::json!([]));
}
