//! How long one call may wait and take in all, over the attempts of all its requests.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The longest that a call waits between attempts, whatever the vendor asks for.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// How long a call may take before it begins no further attempt and no further page.
const MAX_TIME: Duration = Duration::from_secs(60);

/// What is left of a call's patience. Requests that are sent at once share it.
#[derive(Debug)]
pub(crate) struct Patience {
    /// The waiting that is left, in milliseconds.
    waits: AtomicU64,
    began: Instant,
}

impl Patience {
    /// The patience of a new call.
    pub(crate) fn new() -> Self {
        Self { waits: AtomicU64::new(millis(MAX_WAIT)), began: Instant::now() }
    }

    /// How long the call may yet wait; `None` where it has taken its time and begins nothing more.
    pub(super) fn left(&self) -> Option<Duration> {
        self.left_at(Instant::now())
    }

    /// Whether the call has taken its time.
    pub(crate) fn is_over(&self) -> bool {
        self.left().is_none()
    }

    fn left_at(&self, now: Instant) -> Option<Duration> {
        let waits = Duration::from_millis(self.waits.load(Ordering::Relaxed));
        let time = MAX_TIME.checked_sub(now.saturating_duration_since(self.began))?;
        Some(waits.min(time))
    }

    /// Takes a wait off, if that much is left.
    pub(super) fn take(&self, wait: Duration) -> bool {
        let take = |left: u64| left.checked_sub(millis(wait));
        self.waits.try_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
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
        assert_eq!(patience.left(), Some(second * 10));
        assert!(patience.take(second * 10));
        assert!(!patience.take(Duration::from_nanos(1)));
        assert!(patience.take(Duration::ZERO));
    }

    #[test]
    fn a_call_that_has_taken_its_time_begins_nothing_more() {
        let patience = Patience::new();
        let after = |seconds| patience.left_at(patience.began + Duration::from_secs(seconds));
        assert_eq!(after(0), Some(MAX_WAIT));
        assert_eq!(after(50), Some(Duration::from_secs(10)));
        assert_eq!(after(61), None);
        assert!(!patience.is_over());
    }
}
