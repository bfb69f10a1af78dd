//! When a key ends, when the next is minted, and when the one before stops working.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use crate::api_key::validate::{Rotation, ValidatedKey};

/// How long the previous key works on if the rotation that replaced it was since taken out of the spec.
const DEFAULT_OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// The moments in a key's life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::api_key) struct Times {
    /// When the current key came to be.
    pub(in crate::api_key) since: Option<Timestamp>,
    /// When it stops working.
    pub(in crate::api_key) expires: Option<Timestamp>,
    /// When the next is minted.
    pub(in crate::api_key) next_rotation: Option<Timestamp>,
    /// When the previous one stops working.
    pub(in crate::api_key) overlap_ends: Option<Timestamp>,
}

impl Times {
    /// The moments of a key that came to be at `since`.
    pub(in crate::api_key) fn of(key: &ValidatedKey, since: Timestamp) -> Self {
        let overlap = key.rotation.map_or(DEFAULT_OVERLAP, |Rotation { overlap, .. }| overlap);
        Self {
            since: Some(since),
            expires: key.expires_at.or_else(|| key.ttl.map(|ttl| later(since, ttl))),
            next_rotation: key.rotation.map(|Rotation { every, .. }| later(since, every)),
            overlap_ends: Some(later(since, overlap)),
        }
    }

    /// How long until the next moment at which something must be done.
    pub(in crate::api_key) fn next_event(&self, now: Timestamp) -> Option<Duration> {
        [self.expires, self.next_rotation, self.overlap_ends]
            .into_iter()
            .flatten()
            .filter(|at| *at > now)
            .min()
            .and_then(|at| at.duration_since(now).try_into().ok())
    }

    /// Whether the current key has stopped working.
    pub(in crate::api_key) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }
}

/// A time and a span of at most a century, which no time of ours can overflow by.
fn later(time: Timestamp, span: Duration) -> Timestamp {
    time.saturating_add(span).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api_key::validate::validate, fixtures::api_key};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_next_event_is_the_nearest_one_that_is_still_to_come() {
        let spec =
            "{scope: tenant_user, tenantRef: {name: acme}, ttl: 10d, rotation: {every: 5d, overlap: 1d}}";
        let key = validate(&api_key(spec), "system").unwrap();
        let times = Times::of(&key, at("2026-01-01T00:00:00Z"));
        let hours = |now: &str| times.next_event(at(now)).map(|wait| wait.as_secs() / 3600);
        assert_eq!(hours("2026-01-01T00:00:00Z"), Some(24), "the overlap ends");
        assert_eq!(hours("2026-01-02T00:00:00Z"), Some(96), "the next key is minted");
        assert_eq!(hours("2026-01-10T23:00:00Z"), Some(1), "the key expires");
        assert_eq!(hours("2026-01-11T00:00:00Z"), None);
        assert!(times.is_expired(at("2026-01-11T00:00:00Z")));
    }
}
