//! Child processes: each in its own process group, its output in files, ended with everything it started.
//!
//! Only groups that were started here are ever signalled. A child also ends when this process does, however that happens.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::report::say;

/// How often a waiting loop looks again.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A command that ends with its parent (`setpriv` is part of every Debian).
pub fn command(program: impl AsRef<Path>) -> Command {
    let program = program.as_ref();
    if Path::new("/usr/bin/setpriv").exists() {
        let mut command = Command::new("/usr/bin/setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

/// A running child with its output in a file.
#[derive(Debug)]
pub struct Process {
    child: Child,
    group: Pid,
    log: PathBuf,
    ended: bool,
}

impl Process {
    /// Starts a command; standard output and error go to `log`, whatever it held before is gone.
    pub fn start(command: Command, log: &Path) -> Result<Self> {
        let out = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        Self::start_into(command, out, log)
    }

    /// Starts a command again; its output is added to `log`.
    pub fn restart(command: Command, log: &Path) -> Result<Self> {
        let out = File::options().create(true).append(true).open(log);
        let out = out.with_context(|| format!("cannot write {}", log.display()))?;
        Self::start_into(command, out, log)
    }

    fn start_into(mut command: Command, out: File, log: &Path) -> Result<Self> {
        command.stdin(Stdio::null()).stderr(out.try_clone()?).stdout(out);
        Self::spawn(command, log)
    }

    fn spawn(mut command: Command, log: &Path) -> Result<Self> {
        command.process_group(0);
        let child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let group = group.context("the child has no process id")?;
        Ok(Self { child, group, log: log.to_path_buf(), ended: false })
    }

    /// The file with what the process printed.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The process id, which is also its group's.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The exit status, if it has ended.
    pub fn status(&mut self) -> Result<Option<ExitStatus>> {
        let status = self.child.try_wait().context("cannot wait for a child")?;
        self.ended |= status.is_some();
        Ok(status)
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.status(), Ok(None))
    }

    /// Sends a signal to the whole group.
    pub fn signal(&self, signal: Signal) {
        if !self.ended {
            // The group may be gone between the look and the signal: that is what was wanted.
            let _gone = kill_process_group(self.group, signal);
        }
    }

    /// Waits for the end, `None` if it takes longer than `limit`.
    pub fn wait(&mut self, limit: Duration) -> Result<Option<ExitStatus>> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.status()? {
                return Ok(Some(status));
            }
            if start.elapsed() >= limit {
                return Ok(None);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Ends the group at once, as a power cut would.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        let _reaped = self.child.wait();
        self.ended = true;
    }

    /// Asks the group to end, and insists after `limit`. Says whether it went by itself.
    pub fn stop(&mut self, limit: Duration) -> Result<bool> {
        self.signal(Signal::TERM);
        let ended = self.wait(limit)?.is_some();
        self.kill();
        Ok(ended)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What a finished command left.
#[derive(Debug)]
pub struct Finished {
    /// Its exit code; `None` if it was ended for taking too long, 128 + n for signal n.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Finished {
    /// The output if the command succeeded, otherwise why not.
    pub fn success(self) -> Result<String> {
        match self.code {
            Some(0) => Ok(self.stdout),
            Some(code) => bail!("exit code {code}: {}", last_words(&self.stderr, &self.stdout)),
            None => bail!("no end within its time: {}", last_words(&self.stderr, &self.stdout)),
        }
    }
}

/// The last telling line of a failed command.
fn last_words(stderr: &str, stdout: &str) -> String {
    let telling = |text: &str| {
        let mut lines = text.lines().map(str::trim);
        lines.rfind(|line| !line.is_empty() && !line.starts_with("at ")).map(str::to_owned)
    };
    telling(stderr).or_else(|| telling(stdout)).unwrap_or_else(|| "(no output)".to_owned())
}

/// Runs a command to its end with standard input from `input`; output is kept as `<log>.out` and `<log>.err`.
pub fn run(mut command: Command, log: &Path, input: &str, limit: Duration) -> Result<Finished> {
    let named = |end: &str| PathBuf::from(format!("{}.{end}", log.display()));
    let (out, err, feed) = (named("out"), named("err"), named("in"));
    fs::write(&feed, input)?;
    command.stdin(File::open(&feed)?).stdout(File::create(&out)?).stderr(File::create(&err)?);
    fs::write(log, format!("{command:?}\n"))?;
    let mut process = Process::spawn(command, log)?;
    let code = process.wait(limit)?.map(exit_code);
    process.kill();
    fs::remove_file(&feed)?;
    Ok(Finished { code, stdout: read_lossy(&out)?, stderr: read_lossy(&err)? })
}

/// The exit code of a status, as a shell says it.
pub fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

/// How often a download is tried, and the pause between two tries.
const FETCH_TRIES: usize = 3;
const FETCH_PAUSE: Duration = Duration::from_secs(10);

/// Runs a step of an installation that downloads, again if it fails: one lost connection is no verdict on a broker.
pub fn fetch(mut command: Command) -> Result<String> {
    for _ in 1..FETCH_TRIES {
        match run_step(&mut command) {
            Ok(printed) => return Ok(printed),
            Err(error) => say(&format!("{error:#}\nonce more in {} s", FETCH_PAUSE.as_secs())),
        }
        std::thread::sleep(FETCH_PAUSE);
    }
    run_step(&mut command)
}

/// Runs a step of an installation and says what it printed if it fails.
pub fn must(mut command: Command) -> Result<String> {
    run_step(&mut command)
}

fn run_step(command: &mut Command) -> Result<String> {
    let shown = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {shown}"))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("{shown} failed with {}:\n{}\n{}", output.status, tail(&stdout, 30), tail(&stderr, 30));
    }
    Ok(stdout)
}

/// The last `count` lines of a text.
pub fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// A file as text, whatever bytes it holds.
pub fn read_lossy(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads the lines that a running process adds to its log.
#[derive(Debug)]
pub struct Tail {
    file: File,
    pending: Vec<u8>,
}

impl Tail {
    /// Starts at the present end of the file if `from_end`, else at its beginning.
    pub fn open(path: &Path, from_end: bool) -> Result<Self> {
        let mut file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        if from_end {
            file.seek(SeekFrom::End(0))?;
        }
        Ok(Self { file, pending: Vec::new() })
    }

    /// The lines that came since the last call, without a last one that is not yet whole.
    pub fn lines(&mut self) -> Result<Vec<String>> {
        self.file.read_to_end(&mut self.pending)?;
        let mut lines = Vec::new();
        while let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            lines.push(String::from_utf8_lossy(&line[..end]).into_owned());
        }
        Ok(lines)
    }

    /// Waits for a line that `wanted` accepts; every line before it is dropped.
    pub fn wait_for(&mut self, limit: Duration, mut wanted: impl FnMut(&str) -> bool) -> Result<String> {
        let start = Instant::now();
        loop {
            if let Some(line) = self.lines()?.into_iter().find(|line| wanted(line)) {
                return Ok(line);
            }
            if start.elapsed() >= limit {
                bail!("the awaited line did not come within {limit:?}");
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}
