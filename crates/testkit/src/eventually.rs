//! Waiting for a condition, in place of sleeping for a while and hoping.

use std::time::Duration;

use anyhow::Context as _;

/// How long to wait between two looks.
const INTERVAL: Duration = Duration::from_millis(50);

/// Looks until `check` succeeds and returns what it found; no longer than `deadline`, which also ends a look that hangs.
///
/// # Errors
/// The last error of `check`, once the time is over.
pub async fn eventually<T>(
    deadline: Duration,
    mut check: impl AsyncFnMut() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let end = tokio::time::Instant::now() + deadline;
    let mut last = anyhow::anyhow!("the first look did not end");
    loop {
        match tokio::time::timeout_at(end, check()).await {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(error)) => last = error,
            Err(_) => return Err(last).with_context(|| format!("not within {deadline:?}")),
        }
        tokio::time::sleep_until(end.min(tokio::time::Instant::now() + INTERVAL)).await;
        if tokio::time::Instant::now() >= end {
            return Err(last).with_context(|| format!("not within {deadline:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::ensure;

    use super::*;

    #[tokio::test]
    async fn it_looks_until_the_condition_holds() -> anyhow::Result<()> {
        let mut looks = 0;
        let found = eventually(Duration::from_secs(10), async || {
            looks += 1;
            ensure!(looks > 3, "look {looks} is too early");
            Ok(looks)
        })
        .await?;
        assert_eq!(found, 4);
        Ok(())
    }

    #[tokio::test]
    async fn at_the_deadline_it_says_what_was_missing() {
        let outcome: anyhow::Result<()> =
            eventually(Duration::from_millis(200), async || anyhow::bail!("no tea")).await;
        assert_eq!(format!("{:#}", outcome.unwrap_err()), "not within 200ms: no tea");
    }

    #[tokio::test]
    async fn a_look_that_hangs_ends_at_the_deadline() {
        let outcome: anyhow::Result<()> =
            eventually(Duration::from_millis(200), async || std::future::pending().await).await;
        assert_eq!(format!("{:#}", outcome.unwrap_err()), "not within 200ms: the first look did not end");
    }
}
