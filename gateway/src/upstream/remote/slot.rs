//! The place of one greeted server: for the connector, or for one caller's credential.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::exchange::{Exchanges, Identity, Peer};
use super::failure::{self, Rejected, WireError};
use super::greeting;
use crate::upstream::era::Era;
use crate::upstream::failure::Failure;

/// Holds at most one peer.
#[derive(Debug, Default)]
pub(super) struct Slot(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    peer: Option<Arc<Peer>>,
    /// How the server spoke last.
    era: Option<Era>,
    failures: u32,
    /// After a failed greeting: why, and until when it is not repeated.
    waiting: Option<(Instant, Failure)>,
}

impl Slot {
    /// The greeted server. Whoever comes first greets it while the others wait for the lock; if that caller goes away, the
    /// next one begins anew.
    ///
    /// # Errors
    /// Why there is none; during a wait after a failure, at once.
    pub(super) async fn peer(
        &self,
        exchanges: &Exchanges,
        identity: &Identity,
    ) -> Result<Arc<Peer>, Failure> {
        let mut state = self.0.lock().await;
        if let Some(peer) = &state.peer {
            return Ok(Arc::clone(peer));
        }
        if let Some((until, failure)) = &state.waiting
            && Instant::now() < *until
        {
            return Err(failure.clone());
        }
        let options = &exchanges.options;
        let greeted =
            timeout(options.greeting_timeout, greeting::greet(exchanges, identity, state.era)).await;
        let error = match greeted {
            Ok(Ok(peer)) => {
                let peer = Arc::new(peer);
                *state = State { peer: Some(Arc::clone(&peer)), era: Some(peer.era), ..State::default() };
                exchanges.changes.note_all();
                return Ok(peer);
            }
            Ok(Err(error)) => error,
            Err(_) => failure::timed_out(exchanges.wire.host(), options.greeting_timeout).into(),
        };
        let asked: Option<Duration> = match &error {
            WireError::Rejected(Rejected { retry_after, .. }) => *retry_after,
            WireError::Failed(_) => None,
        };
        let doubled = options.backoff_min.saturating_mul(1 << state.failures.min(16));
        let wait = asked.unwrap_or(doubled).min(options.backoff_max);
        let failure = error.into_failure();
        tracing::warn!(
            reason = failure.reason,
            wait_secs = wait.as_secs(),
            "a remote server: {}",
            failure.message
        );
        state.failures = state.failures.saturating_add(1);
        state.waiting = Some((Instant::now() + wait, failure.clone()));
        Err(failure)
    }

    /// Forgets a peer that the server no longer knows.
    pub(super) async fn forget(&self, stale: &Arc<Peer>) {
        let mut state = self.0.lock().await;
        if state.peer.as_ref().is_some_and(|peer| Arc::ptr_eq(peer, stale)) {
            state.peer = None;
        }
    }

    /// Takes the peer out, if nobody is greeting just now.
    pub(super) fn take(&self) -> Option<Arc<Peer>> {
        self.0.try_lock().ok().and_then(|mut state| state.peer.take())
    }
}
