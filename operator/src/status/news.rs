//! What of a status people are told in an Event, and when.
//!
//! Manifests come in any order, so an object whose Tenant is applied a moment later is no trouble: what it awaits stands
//! in its conditions at once, and becomes a Warning when it has lasted.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crds::v1alpha1::status::{READY, State, holds};
use domain::ids::ObjectKey;
use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::Condition,
    jiff::{SignedDuration, Timestamp},
};
use store::model::Kind;
use tokio::time::Instant;

use crate::{
    context::Context,
    error::{TENANT_NOT_FOUND, TENANT_NOT_READY},
    kind::{Managed, Pass},
};

/// How long after its creation an object may wait for its Tenant before people are told.
const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// Objects about which a Warning is held back. Lost with the process: the conditions say the same.
#[derive(Default)]
pub(crate) struct HeldBack(Mutex<HashSet<(Kind, ObjectKey)>>);

impl HeldBack {
    /// Forgets an object; tells whether a Warning was held back.
    pub(crate) fn forget(&self, kind: Kind, key: &ObjectKey) -> bool {
        self.lock().remove(&(kind, key.clone()))
    }

    fn insert(&self, kind: Kind, key: &ObjectKey) {
        self.lock().insert((kind, key.clone()));
    }

    fn contains(&self, kind: Kind, key: &ObjectKey) -> bool {
        self.lock().contains(&(kind, key.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<(Kind, ObjectKey)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells of an object's new status what is news.
pub(super) async fn tell<K: Managed>(ctx: &Context, pass: &Pass<K>, status: &K::Status) {
    let before = pass.object.status().map(K::common).unwrap_or_default().conditions;
    let Some(ready) = K::common(status).conditions.iter().find(|it| it.type_ == READY) else { return };
    let changed = has_changed(before, ready);
    let awaits = [TENANT_NOT_FOUND, TENANT_NOT_READY].contains(&ready.reason.as_str());
    let held = ctx.held_back.contains(K::KIND, &pass.key);
    let created = pass.object.meta().creation_timestamp.as_ref().map(|time| time.0);
    if awaits
        && (changed || held)
        && !holds(before, READY)
        && let Some(left) = grace_left(created, ctx.options.clock.now())
    {
        ctx.held_back.insert(K::KIND, &pass.key);
        K::watched(ctx).queue.add_at(pass.key.clone(), Instant::now() + left);
        return;
    }
    ctx.held_back.forget(K::KIND, &pass.key);
    if changed || (held && awaits) {
        ctx.events.tell(pass.object.as_ref(), ready).await;
    }
}

/// Whether the value or the reason of `Ready` is new.
fn has_changed(before: &[Condition], ready: &Condition) -> bool {
    // Waiting for the gateways is the ordinary course of things and no news.
    let ordinary = ready.status == State::Unknown.as_str() || ready.reason == crate::runtime::LOADING;
    let old = before.iter().find(|condition| condition.type_ == READY);
    !ordinary && old.is_none_or(|old| (&old.status, &old.reason) != (&ready.status, &ready.reason))
}

/// What is left of the time in which an object may wait for its Tenant.
fn grace_left(created: Option<Timestamp>, now: Timestamp) -> Option<Duration> {
    let age = now.duration_since(created?);
    Duration::try_from(GRACE.checked_sub(age)?)
        .ok()
        .filter(|left| !left.is_zero())
        .map(|left| left.min(GRACE.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grace_ends_thirty_seconds_after_the_creation() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(grace_left(Some(at(100)), at(105)), Some(Duration::from_secs(25)));
        assert_eq!(grace_left(Some(at(100)), at(130)), None);
        assert_eq!(grace_left(Some(at(100)), at(500)), None);
        assert_eq!(
            grace_left(Some(at(100)), at(40)),
            Some(Duration::from_secs(30)),
            "a clock behind the API's"
        );
        assert_eq!(grace_left(None, at(0)), None);
    }
}
