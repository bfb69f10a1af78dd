//! The time, passed in, so that tests can set it.

use std::{fmt, sync::Arc};

use k8s_openapi::jiff::{SignedDuration, Timestamp};

/// Tells the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that asks a function.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }

    /// Now in whole seconds, which is what objects hold, so that a time read back equals the one written.
    #[must_use]
    pub fn now_in_seconds(&self) -> Timestamp {
        let now = self.now();
        now.checked_sub(SignedDuration::from_nanos(now.subsec_nanosecond().into())).unwrap_or(now)
    }

    /// Now, in ms since the epoch.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.now().as_millisecond()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(Timestamp::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_survive_being_written_and_read() {
        let clock = Clock::new(|| Timestamp::new(1_700_000_000, 999_999_999).unwrap());
        assert_eq!(clock.now_in_seconds(), Timestamp::from_second(1_700_000_000).unwrap());
        assert_eq!(clock.now_ms(), 1_700_000_000_999);
    }
}
