//! Legacy requests in flight, so that `notifications/cancelled` finds them.
//!
//! Every client counts its requests from zero, so a request is known by its session and id together; requests without a
//! session cannot be told apart and cannot be cancelled.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio_util::sync::CancellationToken;

type Id = (u64, Box<str>);

/// The requests in flight on this replica.
#[derive(Clone, Default)]
pub struct InFlight(Arc<Mutex<HashMap<Id, CancellationToken>>>);

/// Keeps a request known while it lives.
pub struct Entry {
    all: InFlight,
    id: Id,
    /// Cancelled when the client says so.
    pub token: CancellationToken,
}

impl InFlight {
    /// Notes a request of a session, by its id as it was written.
    #[must_use]
    pub fn enter(&self, session: u64, id: &str) -> Entry {
        let token = CancellationToken::new();
        let id: Id = (session, id.into());
        self.lock().insert(id.clone(), token.clone());
        Entry { all: self.clone(), id, token }
    }

    /// Cancels a request of a session, if it is here.
    pub fn cancel(&self, session: u64, id: &str) {
        if let Some(token) = self.lock().get(&(session, Box::from(id))) {
            token.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.all.lock().remove(&self.id);
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
}
