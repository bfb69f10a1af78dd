//! Keeps the snapshot current: loads it once, then applies what changed.

use std::{sync::Arc, time::Duration};

use domain::{
    config::RateLimit,
    ids::{ConnectorId, Origin, Revision},
};
use secrets::KeyRing;
use store::{Store, StoreError, model::Changes};
use tokio::{sync::watch, time};
use tokio_util::sync::CancellationToken;

use super::{Live, model::Model};
use crate::clock::Clock;

/// How often the store is asked for changes when it says of none, which also confirms that the snapshot is current.
const CHECK: Duration = Duration::from_secs(3);
/// Longest wait for one answer of the store.
const STORE_TIMEOUT: Duration = Duration::from_secs(10);
/// Bounds of the wait after the store failed.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Which replica this is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The installation it serves.
    pub origin: Origin,
    /// Its name, unique while it lives.
    pub replica: String,
}

/// What is called with the connectors that changed or went, after the new snapshot is in.
pub type OnTouched = Box<dyn Fn(&[ConnectorId]) + Send + Sync>;

/// The task's parts.
pub struct Feed {
    /// Where rows come from.
    pub store: Arc<dyn Store>,
    /// The installation whose rows they are.
    pub origin: Origin,
    /// Where snapshots go.
    pub live: Arc<Live>,
    /// Opens sealed values.
    pub ring: Arc<KeyRing>,
    /// The limit of tenants that state none.
    pub default_rate: RateLimit,
    /// The time.
    pub clock: Clock,
    /// Told of what changed.
    pub on_touched: OnTouched,
}

impl Feed {
    /// Runs until `stop` is cancelled. Failures of the store are logged and tried again.
    pub async fn run(self, stop: CancellationToken) {
        let mut model = Model::new(self.ring.clone(), self.default_rate);
        let mut revisions = self.store.revisions();
        let mut loaded = false;
        let mut delay = RETRY.0;
        while !stop.is_cancelled() {
            match self.catch_up(&mut model, &mut loaded).await {
                Ok(()) => {
                    delay = RETRY.0;
                    let wait = async {
                        tokio::select! {
                            () = newer(&mut revisions, model.revision()) => {}
                            () = time::sleep(CHECK) => {}
                        }
                    };
                    let _ = stop.run_until_cancelled(wait).await;
                }
                Err(error) => {
                    tracing::warn!(%error, reason = error.source_text(), "cannot read configuration, serving what is known");
                    let _ = stop.run_until_cancelled(time::sleep(delay)).await;
                    delay = (delay * 2).min(RETRY.1);
                }
            }
        }
    }

    async fn catch_up(&self, model: &mut Model, loaded: &mut bool) -> Result<(), FeedError> {
        let before = model.revision();
        let touched = if *loaded {
            match within(self.store.changes_since(&self.origin, before)).await? {
                Changes::Delta { upserts, removed } => {
                    if removed.is_empty() && upserts.revision <= before {
                        self.live.confirm(self.clock.now_ms());
                        return Ok(());
                    }
                    model.apply(upserts, &removed)
                }
                Changes::Reload => model.replace(within(self.store.snapshot(&self.origin)).await?),
            }
        } else {
            model.replace(within(self.store.snapshot(&self.origin)).await?)
        };
        *loaded = true;
        self.live.publish(model.snapshot(), self.clock.now_ms());
        (self.on_touched)(&touched);
        tracing::debug!(revision = %model.revision(), touched = touched.len(), "configuration applied");
        Ok(())
    }
}

/// Returns once the store knows a revision beyond `served`.
async fn newer(revisions: &mut watch::Receiver<Revision>, served: Revision) {
    if revisions.wait_for(|known| *known > served).await.is_err() {
        // The store is shutting down; the check still paces the loop.
        std::future::pending::<()>().await;
    }
}

#[derive(Debug, thiserror::Error)]
enum FeedError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the database did not answer within {} s", STORE_TIMEOUT.as_secs())]
    Timeout,
}

impl FeedError {
    /// The cause below the store's own words, which a log line needs.
    fn source_text(&self) -> Option<String> {
        std::error::Error::source(self).map(ToString::to_string)
    }
}

async fn within<T>(call: impl Future<Output = store::Result<T>>) -> Result<T, FeedError> {
    time::timeout(STORE_TIMEOUT, call).await.map_err(|_| FeedError::Timeout)?.map_err(FeedError::from)
}
