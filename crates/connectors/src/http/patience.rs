//! How long one call may wait in all, over the attempts of all its requests.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The longest that a call waits between attempts, whatever the vendor asks for.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// What is left of a call's patience, in milliseconds. Requests that are sent at once share it.
#[derive(Debug)]
pub(crate) struct Patience(AtomicU64);

impl Patience {
    /// The patience of a new call.
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(millis(MAX_WAIT)))
    }

    /// What is left.
    pub(super) fn left(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    /// Takes a wait off, if that much is left.
    pub(super) fn take(&self, wait: Duration) -> bool {
        let take = |left: u64| left.checked_sub(millis(wait));
        self.0.try_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

/// Milliseconds, rounded up.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_add_up() {
        let patience = Patience::new();
        let second = Duration::from_secs(1);
        assert!(patience.take(second * 20));
        assert!(!patience.take(second * 11));
        assert_eq!(patience.left(), second * 10);
        assert!(patience.take(second * 10));
        assert!(!patience.take(Duration::from_nanos(1)));
        assert!(patience.take(Duration::ZERO));
    }
}
