//! When to try again: per object, exponential and with jitter.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::ids::ObjectKey;
use rand::RngExt;

/// The delay after the first failure.
const FIRST: Duration = Duration::from_secs(1);
/// The longest delay.
const LONGEST: Duration = Duration::from_secs(300);

/// How often each object of a kind has failed in a row.
#[derive(Default)]
pub(crate) struct Backoff(Mutex<HashMap<ObjectKey, u32>>);

impl Backoff {
    /// Notes a failure and tells how long to wait.
    pub(crate) fn failed(&self, key: &ObjectKey) -> Duration {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(key.clone()).or_insert(0);
        let delay = exponential(*count);
        *count = count.saturating_add(1);
        jittered(delay)
    }

    /// Forgets an object's failures.
    pub(crate) fn succeeded(&self, key: &ObjectKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

fn exponential(failures: u32) -> Duration {
    FIRST.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST)
}

/// Between 80 and 100 % of a delay, so that objects that failed together do not return together.
fn jittered(delay: Duration) -> Duration {
    delay.mul_f64(rand::rng().random_range(0.8..=1.0))
}

/// When an object whose rows are as they should be is looked at again, to put back what was changed by hand: 5 to
/// 15 minutes.
pub(crate) fn until_drift_check() -> Duration {
    Duration::from_secs(rand::rng().random_range(300..=900))
}

#[cfg(test)]
mod tests {
    use domain::ids::Origin;

    use super::*;

    #[test]
    fn delays_double_from_a_second_to_five_minutes() {
        let secs: Vec<u64> = (0..12).map(|n| exponential(n).as_secs()).collect();
        assert_eq!(secs, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert_eq!(exponential(u32::MAX), LONGEST);
    }

    #[test]
    fn a_success_starts_over() {
        let backoff = Backoff::default();
        let key = ObjectKey { origin: Origin::new("o"), namespace: "n".into(), name: "x".into() };
        for _ in 0..5 {
            backoff.failed(&key);
        }
        assert!(backoff.failed(&key) > Duration::from_secs(20));
        backoff.succeeded(&key);
        assert!(backoff.failed(&key) <= FIRST);
    }
}
