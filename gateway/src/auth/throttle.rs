//! Slows down whoever guesses keys: a bounded count of failed attempts by key id and by client address.
//!
//! Right keys are never slowed: the throttle is asked only where verifying is dear, and told only of failures.

use std::{net::IpAddr, num::NonZeroUsize, sync::Mutex};

use lru::LruCache;

use super::AuthError;

/// Failed attempts that may come at once.
const BURST: f64 = 20.0;
/// Failed attempts a second forgiven after that.
const FORGIVEN_PER_SEC: f64 = 0.5;
/// Suspects remembered; beyond that the one longest unseen is forgotten.
const SUSPECTS: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

/// What failed attempts are counted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Suspect {
    /// The client's address; the /64 network of an IPv6 one, which is what one customer has.
    Address(IpAddr),
    /// A key's public id.
    KeyId(Box<str>),
}

impl Suspect {
    pub(super) fn of_key(id: &str) -> Self {
        Self::KeyId(id.into())
    }

    fn normal(&self) -> Self {
        match self {
            Self::Address(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
                let mut segments = address.segments();
                segments[4..].fill(0);
                Self::Address(IpAddr::V6(segments.into()))
            }
            other => other.clone(),
        }
    }
}

struct Count {
    failures: f64,
    at_ms: i64,
}

impl Count {
    fn decayed(&self, now_ms: i64) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "seconds since the last failure need no 53 bits")]
        let secs = (now_ms - self.at_ms).max(0) as f64 / 1000.0;
        (self.failures - secs * FORGIVEN_PER_SEC).max(0.0)
    }
}

/// The counts.
pub(super) struct Throttle(Mutex<LruCache<Suspect, Count>>);

impl Default for Throttle {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(SUSPECTS)))
    }
}

impl Throttle {
    /// Whether an attempt may be made at all.
    pub(super) fn check(&self, suspects: &[Suspect], now_ms: i64) -> Result<(), AuthError> {
        let mut counts = self.lock();
        let worst = suspects
            .iter()
            .filter_map(|suspect| counts.get(&suspect.normal()).map(|count| count.decayed(now_ms)))
            .fold(0.0, f64::max);
        verdict(worst)
    }

    /// Counts a failed attempt; an error when there were too many before it.
    pub(super) fn failed(&self, suspects: &[Suspect], now_ms: i64) -> Result<(), AuthError> {
        let mut counts = self.lock();
        let mut worst: f64 = 0.0;
        for suspect in suspects {
            let count = counts.get_or_insert_mut(suspect.normal(), || Count { failures: 0.0, at_ms: now_ms });
            let before = count.decayed(now_ms);
            worst = worst.max(before);
            *count = Count { failures: (before + 1.0).min(BURST + 1.0), at_ms: now_ms };
        }
        verdict(worst)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<Suspect, Count>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn verdict(failures: f64) -> Result<(), AuthError> {
    if failures < BURST {
        return Ok(());
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and a few seconds")]
    let retry_after_secs = ((failures - BURST + 1.0) / FORGIVEN_PER_SEC).ceil().max(1.0) as u32;
    Err(AuthError::Throttled { retry_after_secs })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_forgiven_with_time() {
        let throttle = Throttle::default();
        let suspects = [Suspect::Address([10, 0, 0, 1].into()), Suspect::of_key("abc")];
        for _ in 0..20 {
            throttle.failed(&suspects, 1_000).unwrap();
        }
        assert!(matches!(throttle.failed(&suspects, 1_000), Err(AuthError::Throttled { .. })));
        assert!(throttle.check(&suspects, 1_000).is_err());
        assert!(throttle.check(&[Suspect::of_key("other")], 1_000).is_ok());
        assert!(throttle.check(&suspects, 10_000).is_ok());
    }

    #[test]
    fn an_ipv6_customer_is_one_suspect() {
        let throttle = Throttle::default();
        for host in 0..20 {
            let address: IpAddr = format!("2001:db8::{host:x}").parse().unwrap();
            throttle.failed(&[Suspect::Address(address)], 0).unwrap();
        }
        let neighbour: IpAddr = "2001:db8::ffff".parse().unwrap();
        assert!(throttle.check(&[Suspect::Address(neighbour)], 0).is_err());
    }
}
