//! `weir local` on a directory that can't be written, by a system that means it: permissions hold nobody back who is root.

use std::path::Path;
use std::process::Command;

use crate::harness::{Local, Outcome, weir};

/// Mounts a directory over itself, read-only and for this process alone, then becomes the command.
const READ_ONLY: &str =
    r#"dir=$1; shift; mount --bind "$dir" "$dir" && mount -o remount,bind,ro "$dir" && exec "$@""#;

/// Runs `weir local` where `dir` and all below it are read-only.
fn local_below(dir: &Path, data: &Path) -> Outcome {
    let program = weir();
    let mut unshare = Command::new("unshare");
    unshare.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    // Who is not root is root in a namespace of his own, and may mount there.
    let namespaces: &[&str] =
        if rustix::process::geteuid().is_root() { &["--mount"] } else { &["--map-root-user", "--mount"] };
    unshare.args(namespaces).args(["sh", "-c", READ_ONLY, "sh"]).arg(dir);
    unshare.arg(program.get_program()).args(["local", "--port", "0", "--data"]).arg(data);
    unshare.output().expect("unshare is part of util-linux").into()
}

#[test]
fn a_read_only_directory_is_refused_with_what_to_do_and_is_as_good_as_before() {
    let directory = tempfile::tempdir().unwrap();
    let used = directory.path().join("used");
    let local = Local::start(&used);
    local.run_with(&["produce", "t"], b"kept\n").ok();
    assert!(local.stop().success());
    let empty = directory.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    for data in [&used, &empty, &directory.path().join("not/there")] {
        let outcome = local_below(directory.path(), data);
        assert_eq!(outcome.out, "", "nothing says that it serves");
        let said = outcome.fails(1);
        for part in [data.to_str().unwrap(), "mounted read-only", "choose another directory", "os error 30"] {
            assert!(said.contains(part), "{part} is not in: {said}");
        }
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let local = Local::start(&used);
    assert_eq!(local.run(&["consume", "t", "--from-beginning", "--exit"]).ok(), "kept\n");
    assert!(local.stop().success());
}
