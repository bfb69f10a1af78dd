//! One small shell beside each test process, which ends what the process started when the process is gone.
//!
//! Servers that all tests of a process share live in statics, which are never dropped, and a test process may be
//! killed. The kernel's own means for this needs `unsafe` between fork and exec; the end of a pipe does not.

use std::{
    io::Write as _,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
};

use anyhow::Context as _;

static REAPER: OnceLock<Mutex<Option<Reaper>>> = OnceLock::new();

struct Reaper {
    input: ChildStdin,
    // Kept so that it is not waited for: it outlives this process.
    _shell: Child,
}

/// Has the process group killed at the end.
pub(super) fn remember_group(pid: u32) -> anyhow::Result<()> {
    tell(&format!("group {pid}"))
}

/// The process group is gone; its number may be another's by and by.
pub(super) fn forget_group(pid: u32) {
    // A reaper that cannot be told kills a group that is gone: harmless, and no reason to fail a drop.
    let _ = tell(&format!("forget {pid}"));
}

/// Has the folder removed at the end.
pub(super) fn remember_folder(path: &Path) -> anyhow::Result<()> {
    tell(&format!("folder {}", path.display()))
}

fn tell(line: &str) -> anyhow::Result<()> {
    let mut slot = REAPER.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if slot.is_none() {
        *slot = Some(start()?);
    }
    let reaper = slot.as_mut().context("the reaper is there")?;
    writeln!(reaper.input, "{line}").context("tell the reaper")
}

fn start() -> anyhow::Result<Reaper> {
    let mut shell = Command::new("sh")
        .args(["-c", include_str!("reap.sh")])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Of its own group: Ctrl-C in the terminal must not end it before its work.
        .process_group(0)
        .spawn()
        .context("start sh")?;
    let input = shell.stdin.take().context("sh was started with a pipe")?;
    Ok(Reaper { input, _shell: shell })
}
