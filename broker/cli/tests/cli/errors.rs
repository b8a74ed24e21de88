//! Commands without a broker: exit codes, messages, help, completions.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::harness::{Lines, Outcome, Process, run, weir};

#[test]
fn no_broker_is_said_at_once() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for arguments in [
        &["topic", "list"][..],
        &["produce", "test"],
        &["consume", "test"],
        &["group", "list"],
        &["cluster", "describe"],
        &["bench", "produce"],
    ] {
        let mut all = vec!["-b", &free];
        all.extend(arguments);
        let said = run(&all).fails(3);
        assert!(
            said.contains(&format!("no broker answers at {free}")) && said.contains("weir local"),
            "{said}"
        );
    }
}

#[test]
fn a_port_that_speaks_something_else_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = std::io::Read::read(&mut stream, &mut [0; 1024]);
    });
    let said = run(&["-b", &address, "topic", "list"]).fails(3);
    assert!(said.contains("no Kafka response"), "{said}");
    server.join().unwrap();
}

#[test]
fn a_broker_that_never_answers_runs_into_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let said = run(&["-b", &address, "--timeout", "200ms", "topic", "list"]).fails(3);
    assert!(said.contains("no answer in time"), "{said}");
}

#[test]
fn wrong_words_end_with_two() {
    for arguments in [
        &["topic"][..],
        &["topic", "create"],
        &["nonsense"],
        &["topic", "create", "a", "-c", "novalue"],
        &["consume", "a", "--offset", "sometime"],
        &["consume", "a", "--group", ""],
        &["consume", "a", "-f", r"%v\q"],
        &["produce", "a", "-k", r"\q"],
        &["consume", "a", "--from-beginning", "--offset", "3"],
        &["group", "reset-offsets", "g"],
        &["topic", "list", "--timeout", "soon"],
        &["topic", "list", "-b", "host:port"],
        &["topic", "list", "-b", ""],
        &["topic", "list", "--timeout", "0"],
        &["consume", "a", "--offset", "-9223372036854775808"],
        &["bench", "produce", "--rate", "2000000000"],
        &["bench", "produce", "--size", "65MiB"],
    ] {
        run(arguments).fails(2);
    }
}

#[test]
fn what_promises_encryption_is_refused() {
    for setting in ["security.protocol=SSL", "sasl.mechanism=PLAIN", "ssl.ca.location=/ca.pem"] {
        let said = run(&["topic", "list", "-X", setting]).fails(2);
        assert!(said.contains("plaintext only"), "{said}");
    }
    assert!(run(&["--help"]).ok().contains("don't speak TLS or SASL yet"));
}

#[test]
fn a_wrong_filter_of_logs_is_said() {
    let mut command = weir();
    command.args(["topic", "list"]).env("WEIR_LOG", "a=b=c");
    let outcome: Outcome = command.output().unwrap().into();
    assert!(outcome.fails(2).contains("WEIR_LOG=a=b=c is no filter"));
}

#[test]
fn bash_takes_its_completions() {
    let script = "source /dev/stdin; complete -p weir; COMP_WORDS=(weir topic cre); COMP_CWORD=2; _weir weir cre topic; \
                  echo \"${COMPREPLY[@]}\"";
    let completions = run(&["completions", "bash"]).ok();
    let mut bash = Process::start(
        Command::new("bash").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()),
    );
    bash.stdin().write_all(completions.as_bytes()).unwrap();
    let said = Lines::of(bash.out()).rest().join("\n");
    assert!(bash.wait().success(), "{said}");
    assert!(said.contains("complete") && said.ends_with("create"), "{said}");
}

#[test]
fn help_has_examples_and_exit_codes() {
    let help = run(&["--help"]).ok();
    assert!(help.contains("Exit codes:") && help.contains("Examples:"), "{help}");
    assert!(run(&["consume", "--help"]).ok().contains("%v value"));
    assert_eq!(run(&["help", "consume"]).ok(), run(&["consume", "--help"]).ok());
    assert!(run(&["--version"]).ok().starts_with("weir "));
}

#[test]
fn completions_are_written_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(run(&["completions", shell]).ok().contains("reset-offsets"), "{shell}");
    }
}

#[test]
fn what_an_option_says_is_no_client_setting() {
    for (arguments, option) in [
        (&["produce", "test", "-X", "bootstrap.servers=127.0.0.1:1"][..], "-b"),
        (&["topic", "list", "-X", "metadata.broker.list=127.0.0.1:1"], "-b"),
        (&["produce", "test", "-X", "acks=0"], "--acks"),
        (&["produce", "test", "-X", "delivery.timeout.ms=5"], "--timeout"),
        (&["consume", "test", "-X", "group.id=readers"], "--group"),
        (&["consume", "test", "-X", "auto.offset.reset=latest"], "--from-beginning"),
        (&["bench", "produce", "-X", "linger.ms=5"], "--linger"),
    ] {
        let said = run(arguments).fails(2);
        assert!(said.contains(&format!("the tools take this from {option}\n")), "{arguments:?}: {said}");
    }
}

#[test]
fn numbers_say_what_is_allowed() {
    for (arguments, wanted) in [
        (&["consume", "a", "-n", "abc"][..], "write a whole number from 0 to 18446744073709551615"),
        (&["topic", "create", "a", "-p", "-1"], "write a whole number from 1 to 2147483647"),
        (&["topic", "create", "a", "-r", "x"], "write a whole number from 1 to 32767"),
        (&["local", "--port", "65536"], "write a whole number from 0 to 65535"),
    ] {
        let said = run(arguments).fails(2);
        assert!(said.contains(wanted) && !said.contains("-- -1"), "{arguments:?}: {said}");
    }
}

#[test]
fn usage_names_only_what_must_be_written() {
    let said = |arguments: &[&str], name: &str, value: &str| {
        let outcome: Outcome = weir().args(arguments).env(name, value).output().unwrap().into();
        outcome.fails(2)
    };
    for (name, value) in [("WEIR_BOOTSTRAP", "127.0.0.1:1"), ("WEIR_LOG_FORMAT", "json")] {
        let text = said(&["topic", "create"], name, value);
        assert!(text.contains("Usage: weir topic create <TOPIC>\n"), "{text}");
    }
    let text = said(&["topic", "list"], "WEIR_LOG_FORMAT", "xml");
    assert!(text.contains("invalid value 'xml'"), "{text}");
}
