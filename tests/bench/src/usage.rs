//! What a process has used of the machine, as the kernel counts it.

use std::{fs, time::Duration};

use anyhow::Context as _;

/// Linux counts processor time in ticks of this many a second for every program, whatever it counts in itself.
const TICKS_PER_SEC: u64 = 100;

/// Processor time of a process and its threads so far, in user and kernel mode.
///
/// # Errors
/// If the process is gone.
pub(crate) fn cpu(process: u32) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).context("read the time of a process")?;
    let ticks = ticks(&stat).context("/proc/<pid>/stat has another form")?;
    Ok(Duration::from_millis(ticks * 1_000 / TICKS_PER_SEC))
}

/// The same of its threads whose name begins so, as far as they still run.
///
/// # Errors
/// If the process is gone.
pub(crate) fn cpu_of_threads(process: u32, name: &str) -> anyhow::Result<Duration> {
    let mut all = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task")).context("list the threads of a process")? {
        // A thread that has just ended has nothing to read any more.
        let Ok(stat) = fs::read_to_string(thread?.path().join("stat")) else { continue };
        if stat.split_once('(').is_some_and(|(_, rest)| rest.starts_with(name)) {
            all += ticks(&stat).context("/proc/<pid>/task/<tid>/stat has another form")?;
        }
    }
    Ok(Duration::from_millis(all * 1_000 / TICKS_PER_SEC))
}

/// Fields 14 and 15. The second field is the program's name, which may hold anything but is last closed by `)`.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Memory of a process that is in RAM, in MiB.
///
/// # Errors
/// If the process is gone.
pub(crate) fn resident_mib(process: u32) -> anyhow::Result<f64> {
    let status =
        fs::read_to_string(format!("/proc/{process}/status")).context("read the memory of a process")?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = kib.trim().trim_end_matches(" kB").parse().context("VmRSS is no number")?;
    Ok(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_may_have_any_name() {
        let stat = "17 (a) b (c) S 1 17 17 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 3 0";
        assert_eq!(ticks(stat), Some(300));
    }

    #[test]
    fn a_process_can_be_measured() -> anyhow::Result<()> {
        let own = std::process::id();
        cpu(own)?;
        assert!(resident_mib(own)? > 0.5);
        Ok(())
    }
}
