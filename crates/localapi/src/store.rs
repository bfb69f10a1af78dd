//! All objects, their recent changes, and their copy on disk.
//!
//! A write runs under one lock and is seen by readers and watchers at once; whoever wrote then waits until the disk
//! has it, where losing it would matter.

mod disk;
mod record;
mod state;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use disk::Disk;
pub use disk::DiskError;
pub(crate) use record::Origin;
pub(crate) use state::{Change, ChangeKind, Key, State, Stored};

/// The store.
pub(crate) struct Store {
    state: Mutex<State>,
    revision: watch::Sender<u64>,
    disk: Disk,
}

impl Store {
    /// Loads what the directory holds.
    ///
    /// # Errors
    /// A directory that cannot be used, is in use, or holds a file that cannot be read.
    pub(crate) fn open(directory: &Path) -> Result<Self, DiskError> {
        let (disk, loaded) = Disk::open(directory)?;
        let revision = loaded.revision;
        let state = State::new(loaded.records, revision);
        Ok(Self { state: Mutex::new(state), revision: watch::Sender::new(revision), disk })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave the maps half-changed: each change is one insertion or removal.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads under the lock.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.lock())
    }

    /// Writes under the lock, tells the watchers, and hands what changed to the disk. The second value is the revision
    /// to wait for in [`Self::saved`].
    pub(crate) fn write<T>(&self, write: impl FnOnce(&mut State) -> T) -> (T, u64) {
        let mut state = self.lock();
        let result = write(&mut state);
        let revision = state.revision();
        let changed = state.take_dirty();
        if !changed.is_empty() {
            self.disk.submit(revision, changed);
            self.revision.send_replace(revision);
        }
        (result, revision)
    }

    /// Waits until the disk has everything up to that revision.
    ///
    /// # Errors
    /// The disk refused.
    pub(crate) async fn saved(&self, revision: u64) -> Result<(), Arc<DiskError>> {
        self.disk.saved(revision).await
    }

    /// Waits until the disk has everything.
    pub(crate) async fn flush(&self) -> Result<(), Arc<DiskError>> {
        let revision = self.read(State::revision);
        self.saved(revision).await
    }

    /// Waits until the disk has everything, then gives the directory free. Nothing may be written afterwards.
    pub(crate) async fn close(&self) -> Result<(), Arc<DiskError>> {
        let result = self.flush().await;
        self.disk.unlock();
        result
    }

    /// Moves whenever something was written.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }
}
