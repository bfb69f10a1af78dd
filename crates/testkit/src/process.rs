//! Programs that a test starts, stops, freezes and kills.
//!
//! Each runs in its own process group with its output in a file. It ends with its [`Process`], and if that is never
//! dropped, with the test process.

mod reaper;

use std::{
    fmt,
    fs::{self, File},
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use anyhow::Context as _;
pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process_group};
use tempfile::TempDir;

use crate::eventually;

/// A running program.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program with nothing to read; what it writes goes to `<folder>/<name>.log`, after what is there.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(name: &str, command: &mut Command, folder: &Path) -> anyhow::Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0)
            .spawn()
            .with_context(|| format!("start {name} ({:?})", command.get_program()))?;
        let process = Self { name: name.to_owned(), child, log };
        reaper::remember_group(process.child.id())?;
        Ok(process)
    }

    /// The process id, which is the process group's too.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Sends a signal to the process group: `KILL`, `STOP`, `CONT`, `TERM`, `INT`.
    ///
    /// # Errors
    /// If the group is gone.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let group = i32::try_from(self.id()).ok().and_then(Pid::from_raw).context("a process id")?;
        kill_process_group(group, signal).with_context(|| format!("signal {}", self.name))
    }

    /// Asks it to end (`TERM`) and waits for that.
    ///
    /// # Errors
    /// If it is still there at the deadline.
    pub async fn terminate(&mut self, deadline: Duration) -> anyhow::Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        self.signal(Signal::TERM)?;
        self.wait(deadline).await
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If it is still there at the deadline.
    pub async fn wait(&mut self, deadline: Duration) -> anyhow::Result<ExitStatus> {
        let name = self.name.clone();
        eventually(deadline, async || self.child.try_wait()?.with_context(|| format!("{name} still runs")))
            .await
    }

    /// Kills the whole group at once and waits for the program's end.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        // An error says that the group is gone already.
        let _ = self.signal(Signal::KILL);
        self.child.wait()?;
        Ok(())
    }

    /// Waits until `check` succeeds; gives up at once if the program has ended. An error quotes the end of its log.
    ///
    /// # Errors
    /// The end of the program, or the last error of `check` at the deadline.
    pub async fn until<T>(
        &mut self,
        deadline: Duration,
        mut check: impl AsyncFnMut() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let outcome = eventually(deadline, async || {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Err(ended(&self.name, status)));
            }
            check().await.map(Ok)
        })
        .await;
        outcome.and_then(std::convert::identity).with_context(|| {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(30).collect();
            let tail = tail.into_iter().rev().collect::<Vec<_>>().join("\n");
            format!("{} is not ready; the end of {}:\n{tail}\n", self.name, self.log.display())
        })
    }

    /// Whether it runs.
    #[must_use]
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.kill();
        reaper::forget_group(self.id());
    }
}

fn ended(name: &str, status: ExitStatus) -> anyhow::Error {
    match status.signal() {
        Some(signal) => anyhow::anyhow!("{name} was ended by signal {signal}"),
        None => anyhow::anyhow!("{name} ended with {}", status.code().unwrap_or_default()),
    }
}

/// A fresh folder that goes at the end of the test process, even if its owner is never dropped.
///
/// # Errors
/// If it cannot be made.
pub fn folder(purpose: &str) -> anyhow::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix(&format!("sagemcp-{purpose}-")).tempdir()?;
    reaper::remember_folder(folder.path())?;
    Ok(folder)
}

/// A program that ran to its end and failed.
#[derive(Debug)]
pub struct Failed {
    /// The command line.
    pub command: String,
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed with {}: {}", self.command, self.status, self.stderr)
    }
}

impl std::error::Error for Failed {}

/// Runs a program to its end and returns what it printed.
///
/// # Errors
/// [`Failed`] if it fails; another error if it cannot be started or still runs after two minutes.
pub async fn run(command: &mut tokio::process::Command) -> anyhow::Result<Vec<u8>> {
    let described = format!("{:?}", command.as_std());
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(Duration::from_secs(120), output)
        .await
        .with_context(|| format!("{described} still runs after two minutes"))?
        .with_context(|| format!("start {described}"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Failed { command: described, status: output.status, stderr }.into());
    }
    Ok(output.stdout)
}

#[cfg(test)]
mod tests;
