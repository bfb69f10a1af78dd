//! Tells the store that this replica lives and what it serves: every few seconds, and at once after each new revision.

use std::{sync::Arc, time::Duration};

use domain::ids::Revision;
use store::{Store, model::Heartbeat};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{Live, feed::Identity};
use crate::clock::Clock;

/// How often at least.
const BEAT: Duration = Duration::from_secs(3);
/// Longest wait for the store.
const PATIENCE: Duration = Duration::from_secs(5);

/// The task's parts.
pub struct Heart {
    /// Where heartbeats go.
    pub store: Arc<dyn Store>,
    /// What is served.
    pub live: Arc<Live>,
    /// Who this is.
    pub identity: Identity,
    /// The time.
    pub clock: Clock,
    /// Cancelled when this replica begins to drain: from then on it says that it is not ready.
    pub draining: CancellationToken,
}

impl Heart {
    /// Runs until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        let mut revisions = self.live.revisions();
        let first = stop.run_until_cancelled(revisions.changed()).await;
        while first.is_some() && !stop.is_cancelled() {
            let revision = *revisions.borrow_and_update();
            self.beat(revision).await;
            tokio::select! {
                () = stop.cancelled() => {}
                changed = revisions.changed() => if changed.is_err() { return },
                () = sleep(BEAT) => {}
            }
        }
    }

    async fn beat(&self, revision: Revision) {
        let beat = Heartbeat {
            replica: self.identity.replica.clone(),
            origin: self.identity.origin.clone(),
            revision,
            ready: !self.draining.is_cancelled(),
            at_ms: self.clock.now_ms(),
        };
        match timeout(PATIENCE, self.store.heartbeat(&beat)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "cannot send a heartbeat"),
            Err(_) => tracing::warn!("cannot send a heartbeat in time"),
        }
    }
}
