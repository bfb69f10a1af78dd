//! How long a caller waits: a limit that starts anew with every sign of progress, and one that does not.

use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Waits for `work`.
///
/// # Errors
/// The limit that was reached.
pub(super) async fn within<T>(
    work: impl Future<Output = T>,
    progress: &Notify,
    limit: Duration,
    hard: Duration,
) -> Result<T, Duration> {
    let mut work = std::pin::pin!(work);
    let end = Instant::now() + hard;
    let mut deadline = end.min(Instant::now() + limit);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return Ok(done),
            () = progress.notified() => deadline = end.min(Instant::now() + limit),
            () = sleep_until(deadline) => return Err(if deadline == end { hard } else { limit }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes progress all the time, for ever.
    async fn busy(progress: &Notify) {
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            progress.notify_one();
        }
    }

    #[tokio::test]
    async fn progress_extends_the_wait_up_to_the_hard_limit() {
        let (limit, hard) = (Duration::from_millis(800), Duration::from_millis(1_200));
        let progress = Notify::new();
        assert_eq!(within(busy(&progress), &progress, limit, hard).await, Err(hard));
        let silence = std::future::pending::<()>();
        let limit = Duration::from_millis(10);
        assert_eq!(within(silence, &progress, limit, hard).await, Err(limit));
    }
}
