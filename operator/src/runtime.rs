//! What gateways report: which revision every replica serves, and which tools connectors were found to have.
//!
//! An object whose rows are not served everywhere yet is registered here, and gets a pass when that changes. Replicas
//! that come and go change nothing for the others.

mod poll;

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crds::v1alpha1::status::{SERVED, State, Verdict};
use domain::ids::{ConnectorId, ObjectKey, Revision};
use store::model::{Kind, Replica};
use tokio::sync::Notify;

pub(crate) use poll::{look_at_replicas, poll};

use crate::status::verdicts::{always_served, no, unknown};
use crate::{context::Context, error::Finding};

/// The reason of `Served` while gateways have not come to the newest rows.
pub(crate) const LOADING: &str = "Loading";

/// What gateways serve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Serving {
    /// There is no ready replica.
    #[default]
    Nobody,
    /// Every ready replica has come to this revision.
    UpTo(Revision),
}

impl Serving {
    /// What the ready replicas of an installation serve.
    pub(crate) fn of<'a>(replicas: impl Iterator<Item = &'a Replica>) -> Self {
        replicas
            .filter(|replica| replica.ready)
            .map(|replica| replica.revision)
            .min()
            .map_or(Self::Nobody, Self::UpTo)
    }

    fn verdict(self, revision: Revision) -> Verdict {
        match self {
            Self::Nobody => unknown(SERVED, "NoGateway", "no gateway replica is ready"),
            Self::UpTo(served) if served >= revision => always_served(),
            Self::UpTo(_) => {
                no(SERVED, &Finding::new(LOADING, format!("gateways are loading revision {revision}")))
            }
        }
    }
}

/// What gateways report, and who waits for it.
#[derive(Default)]
pub(crate) struct RuntimeView {
    state: Mutex<Waiting>,
    /// Somebody began to wait.
    awaited: Notify,
}

#[derive(Default)]
struct Waiting {
    serving: Serving,
    /// Objects that are not served everywhere, with the rows they wait for and what their status says.
    objects: HashMap<(Kind, ObjectKey), (Revision, State)>,
    connectors: HashMap<ConnectorId, ObjectKey>,
}

impl RuntimeView {
    /// Judges a revision, and sees to it that the object gets a pass when the judgement changes.
    pub(crate) fn judge(&self, kind: Kind, key: &ObjectKey, revision: Revision) -> Verdict {
        let mut waiting = self.lock();
        let verdict = waiting.serving.verdict(revision);
        if verdict.state == State::True {
            waiting.objects.remove(&(kind, key.clone()));
        } else {
            waiting.objects.insert((kind, key.clone()), (revision, verdict.state));
            self.awaited.notify_one();
        }
        verdict
    }

    /// Forgets an object.
    pub(crate) fn forget(&self, kind: Kind, key: &ObjectKey) {
        self.lock().objects.remove(&(kind, key.clone()));
    }

    /// Notes which object a connector is.
    pub(crate) fn connector_is(&self, id: &ConnectorId, key: &ObjectKey) {
        self.lock().connectors.insert(id.clone(), key.clone());
    }

    /// The object that a connector is.
    fn connector(&self, id: &ConnectorId) -> Option<ObjectKey> {
        self.lock().connectors.get(id).cloned()
    }

    fn anybody_waits(&self) -> bool {
        !self.lock().objects.is_empty()
    }

    /// Takes in what gateways serve; returns the objects whose judgement changed.
    fn served(&self, serving: Serving) -> Vec<(Kind, ObjectKey)> {
        let mut waiting = self.lock();
        waiting.serving = serving;
        let changed = |(_, (revision, state)): &(&(Kind, ObjectKey), &(Revision, State))| {
            serving.verdict(*revision).state != *state
        };
        waiting.objects.iter().filter(changed).map(|(object, _)| object.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks for passes over objects.
fn trigger(ctx: &Context, objects: Vec<(Kind, ObjectKey)>) {
    for (kind, key) in objects {
        ctx.trigger(kind, key);
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::Origin;

    use super::*;

    fn replica(revision: i64, ready: bool) -> Replica {
        let (replica, origin) = (format!("r{revision}"), Origin::new("o"));
        Replica { replica, origin, revision: Revision(revision), ready, at_ms: 0 }
    }

    #[test]
    fn the_slowest_ready_replica_counts() {
        let replicas = [replica(7, true), replica(5, true), replica(1, false)];
        assert_eq!(Serving::of(replicas.iter()), Serving::UpTo(Revision(5)));
        assert_eq!(Serving::of([replica(1, false)].iter()), Serving::Nobody);
    }

    #[test]
    fn only_objects_whose_answer_changed_get_a_pass() {
        let view = RuntimeView::default();
        let key =
            |name: &str| ObjectKey { origin: Origin::new("o"), namespace: "n".into(), name: name.into() };
        assert_eq!(view.judge(Kind::Tenant, &key("a"), Revision(3)).reason, "NoGateway");
        assert_eq!(view.judge(Kind::Tenant, &key("b"), Revision(9)).reason, "NoGateway");
        assert_eq!(view.served(Serving::UpTo(Revision(3))).len(), 2);
        assert_eq!(view.judge(Kind::Tenant, &key("a"), Revision(3)).state, State::True);
        assert_eq!(view.judge(Kind::Tenant, &key("b"), Revision(9)).reason, LOADING);
        assert!(view.served(Serving::UpTo(Revision(4))).is_empty());
        assert_eq!(view.served(Serving::UpTo(Revision(9))), [(Kind::Tenant, key("b"))]);
        assert!(view.anybody_waits());
    }
}
