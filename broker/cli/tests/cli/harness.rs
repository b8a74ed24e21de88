//! Starts brokers and runs commands. Every wait has an end, and what a broker said stands in the failure.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The binary with an environment of its own.
pub(crate) fn weir() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Outcome {
    /// What it printed; it must have ended well.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// What it complained about; it must have ended with this exit code.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        self.err
    }
}

/// A process that is killed when the test ends, however it ends.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self { child: command.spawn().unwrap() }
    }

    pub(crate) fn out(&mut self) -> ChildStdout {
        self.child.stdout.take().unwrap()
    }

    pub(crate) fn err(&mut self) -> ChildStderr {
        self.child.stderr.take().unwrap()
    }

    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the process does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a stream as they come.
pub(crate) struct Lines(Receiver<String>);

impl Lines {
    pub(crate) fn of(stream: impl Read + Send + 'static) -> Self {
        let (send, receive) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines() {
                if line.is_ok_and(|line| send.send(line).is_err()) {
                    break;
                }
            }
        });
        Self(receive)
    }

    /// The next line.
    #[track_caller]
    pub(crate) fn next(&self) -> String {
        match self.0.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("no line came"),
            Err(RecvTimeoutError::Disconnected) => panic!("the stream ended"),
        }
    }

    /// Every line until the end.
    pub(crate) fn rest(&self) -> Vec<String> {
        self.0.iter().collect()
    }
}

/// A `weir local` that serves.
pub(crate) struct Local {
    process: Process,
    greeting: Vec<String>,
    pub(crate) bootstrap: String,
}

impl Local {
    /// Starts one on the directory, on a free port.
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &["--port", "0"])
    }

    /// Starts one with these arguments besides `--data`.
    pub(crate) fn start_with(data: &Path, arguments: &[&str]) -> Self {
        Self::start_by(&mut weir(), data, arguments)
    }

    /// Starts one by a command that takes the binary's arguments.
    pub(crate) fn start_by(weir: &mut Command, data: &Path, arguments: &[&str]) -> Self {
        let log = data.with_extension("log");
        let errors = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        let mut process = Process::start(
            weir.arg("local").arg("--data").arg(data).args(arguments).stdout(Stdio::piped()).stderr(errors),
        );
        let lines = Lines::of(process.out());
        let mut greeting = Vec::new();
        while greeting.last().is_none_or(|line: &String| !line.starts_with("Ctrl-C")) {
            match lines.0.recv_timeout(PATIENCE) {
                Ok(line) => greeting.push(line),
                Err(_) => panic!("weir local does not start: {}", std::fs::read_to_string(&log).unwrap()),
            }
        }
        let bootstrap = greeting[0].rsplit(' ').next().unwrap().to_owned();
        Self { process, greeting, bootstrap }
    }

    pub(crate) fn greeting(&self) -> String {
        self.greeting.join("\n")
    }

    /// Runs a command against it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with(arguments, b"")
    }

    /// Runs a command with this standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Outcome {
        let mut child = weir()
            .args(arguments)
            .env("WEIR_BOOTSTRAP", &self.bootstrap)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A command that fails early does not read its input.
        let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
        let outcome = child.wait_with_output().unwrap().into();
        let _ = writer.join();
        outcome
    }

    /// Starts a command that goes on.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Process {
        Process::start(
            weir()
                .args(arguments)
                .env("WEIR_BOOTSTRAP", &self.bootstrap)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.process.kill();
    }

    /// Ends it as Ctrl-C does.
    pub(crate) fn stop(mut self) -> ExitStatus {
        self.process.signal(Signal::INT);
        self.process.wait()
    }
}

/// A directory and a broker on it.
pub(crate) fn local() -> (TempDir, Local) {
    let directory = tempfile::tempdir().unwrap();
    let local = Local::start(&directory.path().join("data"));
    (directory, local)
}

/// Runs a command without a broker.
pub(crate) fn run(arguments: &[&str]) -> Outcome {
    weir().args(arguments).stdin(Stdio::null()).output().unwrap().into()
}
