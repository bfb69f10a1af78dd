//! One child process and everything it starts: a process group that ends as a whole.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::SecretString;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::environment;
use super::places::Place;
use super::spec::StdioSpec;
use super::workdir::WorkDir;
use crate::upstream::failure::Failure;

/// How long a killed child is waited for.
const COLLECT: Duration = Duration::from_secs(5);

/// A running child. Dropping it kills its group; only [`Process::end`] is gentle.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Option<Pid>,
    _work_dir: WorkDir,
    /// Free again when the group is gone.
    _place: Option<Arc<Place>>,
}

/// The child's three streams.
#[derive(Debug)]
pub(super) struct Streams {
    pub(super) stdin: ChildStdin,
    pub(super) stdout: ChildStdout,
    pub(super) stderr: ChildStderr,
}

impl Process {
    /// Starts the program of a spec in a place, if the processes are counted.
    ///
    /// # Errors
    /// `CommandNotFound`, `CommandNotExecutable`, `InvalidEnvironment` or `SpawnFailed`, naming the command.
    pub(super) fn start(
        spec: &StdioSpec,
        credential: Option<&SecretString>,
        work_root: &std::path::Path,
        place: Option<Arc<Place>>,
    ) -> Result<(Self, Streams), Failure> {
        let env = environment::compose(std::env::vars_os(), spec, credential)?;
        let work_dir = WorkDir::create(work_root).map_err(|error| {
            let message = format!("no working directory can be made in {}: {error}", work_root.display());
            Failure::new("SpawnFailed", message)
        })?;
        let mut child = Command::new(&spec.command)
            .args(&spec.args)
            .env_clear()
            .envs(env)
            .current_dir(work_dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| spawn_failure(&spec.command, &error))?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let streams = Streams {
            stdin: child.stdin.take().expect("stdin is piped"),
            stdout: child.stdout.take().expect("stdout is piped"),
            stderr: child.stderr.take().expect("stderr is piped"),
        };
        Ok((Self { child, group, _work_dir: work_dir, _place: place }, streams))
    }

    /// Waits for the child to end. Cancel-safe.
    pub(super) async fn exited(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Ends the group: waits for the child, whose standard input the caller has closed, then SIGTERM, then SIGKILL, with
    /// `grace` before each. What the child leaves behind is killed in any case.
    pub(super) async fn end(mut self, grace: Duration) {
        if timeout(grace, self.child.wait()).await.is_err() {
            self.signal(Signal::TERM);
            if timeout(grace, self.child.wait()).await.is_err() {
                tracing::warn!("a hosted server ignores SIGTERM and is killed");
            }
        }
        self.kill().await;
    }

    /// Kills the group and collects the child.
    pub(super) async fn kill(mut self) {
        self.signal(Signal::KILL);
        // A process in an uninterruptible system call dies later; the runtime collects it then.
        if timeout(COLLECT, self.child.wait()).await.is_err() {
            tracing::warn!("a hosted server is not gone yet after SIGKILL");
        }
        self.group = None;
    }

    /// To the whole group. That it no longer exists is what we want.
    ///
    /// The number stays ours while anything lives in the group. After the last one it could only be taken by a new process
    /// that gets the same number and makes itself a group leader before this line runs.
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

fn spawn_failure(command: &str, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => Failure::new(
            "CommandNotFound",
            format!("the command {command:?} was not found; install it or give its absolute path"),
        ),
        io::ErrorKind::PermissionDenied => Failure::new(
            "CommandNotExecutable",
            format!("the command {command:?} may not be executed; check its mode and the mount it lies on"),
        ),
        _ => Failure::new("SpawnFailed", format!("the command {command:?} cannot be started: {error}")),
    }
}

/// `status 1` or `signal 9`, as a part of a sentence.
pub(super) fn describe_exit(status: &io::Result<ExitStatus>) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("exited with status {code}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => "exited".to_owned(),
        },
        Err(error) => format!("cannot be watched any more: {error}"),
    }
}
