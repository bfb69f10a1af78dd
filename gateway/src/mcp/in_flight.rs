//! Legacy requests in flight, so that `notifications/cancelled` finds them.
//!
//! Every client counts its requests from zero, so a request is known by its session and id together; requests without a
//! session cannot be told apart and cannot be cancelled.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio_util::sync::CancellationToken;

type Id = (u64, Box<str>);

/// The requests in flight on this replica. Of two with one id the younger is known.
#[derive(Clone, Default)]
pub struct InFlight(Arc<Inner>);

#[derive(Default)]
struct Inner {
    known: Mutex<HashMap<Id, Known>>,
    entered: AtomicU64,
}

/// A request that can be cancelled.
struct Known {
    /// Tells it from an earlier request with the same id.
    serial: u64,
    token: CancellationToken,
}

/// Keeps a request known while it lives.
pub struct Entry {
    all: InFlight,
    id: Id,
    serial: u64,
    /// Cancelled when the client says so.
    pub token: CancellationToken,
}

impl InFlight {
    /// Notes a request of a session, by its id as it was written.
    #[must_use]
    pub fn enter(&self, session: u64, id: &str) -> Entry {
        let token = CancellationToken::new();
        let id: Id = (session, id.into());
        let serial = self.0.entered.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(id.clone(), Known { serial, token: token.clone() });
        Entry { all: self.clone(), id, serial, token }
    }

    /// Cancels a request of a session, if it is here.
    pub fn cancel(&self, session: u64, id: &str) {
        if let Some(known) = self.lock().get(&(session, Box::from(id))) {
            known.token.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Known>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut known = self.all.lock();
        if known.get(&self.id).is_some_and(|known| known.serial == self.serial) {
            known.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sessions_own_request_is_cancelled() {
        let all = InFlight::default();
        let (own, other) = (all.enter(1, "7"), all.enter(2, "7"));
        all.cancel(1, "7");
        all.cancel(1, "\"7\"");
        assert!(own.token.is_cancelled() && !other.token.is_cancelled());
        drop((own, other));
        assert!(all.lock().is_empty());
    }

    #[test]
    fn the_end_of_a_request_leaves_a_later_one_with_its_id_known() {
        let all = InFlight::default();
        let (first, second) = (all.enter(1, "7"), all.enter(1, "7"));
        drop(first);
        all.cancel(1, "7");
        assert!(second.token.is_cancelled());
        drop(second);
        assert!(all.lock().is_empty());
    }
}
