use std::io::Write as _;

use super::*;

const SOON: Duration = Duration::from_secs(10);

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn alive(pid: &str) -> bool {
    Path::new("/proc").join(pid.trim()).join("exe").exists()
}

#[tokio::test]
async fn a_dropped_process_takes_its_children_along() -> anyhow::Result<()> {
    let folder = folder("process")?;
    let mut process = Process::start("parent", &mut shell("sleep 600 & echo $!; wait"), folder.path())?;
    let log = folder.path().join("parent.log");
    let child = process
        .until(SOON, async || {
            let written = fs::read_to_string(&log)?;
            written.lines().next().map(str::to_owned).context("no child yet")
        })
        .await?;
    assert!(alive(&child));
    drop(process);
    eventually(SOON, async || {
        anyhow::ensure!(!alive(&child), "the child {child} still runs");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn waiting_ends_at_once_when_the_program_does_and_quotes_its_log() -> anyhow::Result<()> {
    let folder = folder("process")?;
    let mut process = Process::start("brief", &mut shell("echo no such port >&2; exit 3"), folder.path())?;
    let outcome: anyhow::Result<()> =
        process.until(Duration::from_secs(600), async || anyhow::bail!("not ready")).await;
    let message = format!("{:#}", outcome.unwrap_err());
    assert!(message.contains("no such port") && message.contains("brief ended with 3"), "{message}");
    Ok(())
}

#[tokio::test]
async fn the_reaper_ends_what_is_left_when_its_input_ends() -> anyhow::Result<()> {
    let folder = folder("process")?;
    let doomed = folder.path().join("doomed");
    fs::create_dir(&doomed)?;
    let sleep = || Command::new("sleep").arg("600").process_group(0).spawn();
    let (mut left, mut forgotten) = (sleep()?, sleep()?);
    let mut reaper =
        Command::new("sh").args(["-c", include_str!("reap.sh")]).stdin(Stdio::piped()).spawn()?;
    let mut input = reaper.stdin.take().context("a pipe")?;
    writeln!(input, "group {}\ngroup {}\nforget {1}", left.id(), forgotten.id())?;
    writeln!(input, "folder {}", doomed.display())?;
    assert!(left.try_wait()?.is_none());
    drop(input);
    let status = eventually(SOON, async || left.try_wait()?.context("still runs")).await?;
    assert_eq!(status.signal(), Some(Signal::KILL.as_raw()));
    assert!(reaper.wait()?.success());
    assert!(!doomed.exists());
    assert!(forgotten.try_wait()?.is_none());
    forgotten.kill()?;
    forgotten.wait()?;
    Ok(())
}
