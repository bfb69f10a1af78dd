//! The cell that holds the current snapshot.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use arc_swap::{ArcSwap, Guard};
use domain::ids::Revision;
use tokio::sync::watch;

use super::Snapshot;

/// The current snapshot, who waits for the next one, and when the store last confirmed that it is current.
pub struct Live {
    current: ArcSwap<Snapshot>,
    revision: watch::Sender<Revision>,
    /// 0 until the first snapshot is in.
    confirmed_at_ms: AtomicI64,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            current: ArcSwap::default(),
            revision: watch::Sender::new(Revision::default()),
            confirmed_at_ms: AtomicI64::new(0),
        }
    }
}

impl Live {
    /// The snapshot, for a look.
    pub fn peek(&self) -> Guard<Arc<Snapshot>> {
        self.current.load()
    }

    /// The snapshot, to keep.
    #[must_use]
    pub fn load(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Tells of each new revision, after it is in.
    #[must_use]
    pub fn revisions(&self) -> watch::Receiver<Revision> {
        self.revision.subscribe()
    }

    /// Puts a snapshot in, as of `now_ms`.
    pub fn publish(&self, snapshot: Snapshot, now_ms: i64) {
        let revision = snapshot.revision();
        self.current.store(Arc::new(snapshot));
        self.confirm(now_ms);
        self.revision.send_replace(revision);
    }

    /// Notes that the store was asked at `now_ms` and had nothing newer.
    pub fn confirm(&self, now_ms: i64) {
        self.confirmed_at_ms.store(now_ms, Ordering::Release);
    }

    /// How long ago the store last confirmed the snapshot, in ms; `None` before the first one.
    #[must_use]
    pub fn age_ms(&self, now_ms: i64) -> Option<i64> {
        match self.confirmed_at_ms.load(Ordering::Acquire) {
            0 => None,
            confirmed => Some((now_ms - confirmed).max(0)),
        }
    }
}
