//! The broker under test, as its own process.

use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

/// Recovery of what a round writes takes well under a second; a minute means that it hangs.
const START_TIME_MAX: Duration = Duration::from_secs(60);

/// A running broker; dropping it kills it.
#[derive(Debug)]
pub struct Broker {
    child: Child,
    address: SocketAddr,
}

impl Broker {
    /// Starts `weir local` on the data directory and waits until it takes connections.
    pub fn start(binary: &Path, data: &Path, log: &Path) -> Result<Self> {
        Self::start_with(binary, data, log, &[])
    }

    /// The same, with further arguments of `weir local`.
    pub fn start_with(binary: &Path, data: &Path, log: &Path, arguments: &[&str]) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log_file = File::options().create(true).append(true).open(log)?;
        let child = Command::new(binary)
            .args(["local", "--port", &port.to_string(), "--data"])
            .arg(data)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log_file.try_clone()?)
            .stderr(log_file)
            .spawn()
            .with_context(|| format!("starting {}", binary.display()))?;
        let mut broker = Self { child, address: SocketAddr::from(([127, 0, 0, 1], port)) };
        broker.wait_until_up(log)?;
        Ok(broker)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill().context("killing the broker")?;
        self.child.wait().context("waiting for the broker's end")?;
        Ok(())
    }

    /// Asks it to end, as Ctrl-C does, and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).context("no process has this id")?;
        kill_process(pid, Signal::INT).context("stopping the broker")?;
        let status = self.child.wait().context("waiting for the broker's end")?;
        ensure!(status.success(), "the broker ended with {status}");
        Ok(())
    }

    fn wait_until_up(&mut self, log: &Path) -> Result<()> {
        let started = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("the broker ended with {status}; its log is {}", log.display());
            }
            if started.elapsed() > START_TIME_MAX {
                bail!("the broker took no connection for {START_TIME_MAX:?}; its log is {}", log.display());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
