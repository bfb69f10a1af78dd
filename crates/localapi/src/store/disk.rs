//! The copy of the store on disk: one file an object, written by one thread that belongs to the store.
//!
//! A file is written beside its place, synced and renamed, so that a crash leaves the old one or the new one. Of an
//! object that changes faster than the disk takes it, only the latest state is written. Secrets of the manifests
//! directory are not copied: they are read from there again.

mod files;

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use tokio::sync::watch;

use super::{
    record::Origin,
    state::{Key, Stored},
};

/// How long to wait before a write that failed is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// The state directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// Another process has it open.
    #[error("state directory {path} is in use by another process; stop that one or choose another directory")]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// A file or directory cannot be read or written.
    #[error("cannot {action} {path}; check the permissions and the free space")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The API was closed before a write reached the disk.
    #[error("the state directory was closed before the write reached it; write again after a restart")]
    Closed,
    /// A file is not what this program writes.
    #[error("{path} holds no stored object ({message}); restore it, or remove it to lose that object")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, without the contents.
        message: String,
    },
}

impl DiskError {
    fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// How far the disk is.
#[derive(Clone, Default)]
struct Progress {
    saved: u64,
    failure: Option<Arc<DiskError>>,
    failures: u64,
}

/// What waits to be written.
#[derive(Default)]
struct Pending {
    revision: u64,
    files: HashMap<Key, Option<Stored>>,
    closed: bool,
}

struct Shared {
    pending: Mutex<Pending>,
    wake: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a state directory holds.
pub(super) struct Loaded {
    pub(super) records: Vec<(Key, Stored)>,
    /// No revision above it was ever given out.
    pub(super) revision: u64,
}

/// The disk, with its thread. Dropping it writes what is pending.
pub(crate) struct Disk {
    shared: Arc<Shared>,
    progress: watch::Receiver<Progress>,
    thread: Option<JoinHandle<()>>,
    /// Held as long as the directory is ours.
    lock: Mutex<Option<fs::File>>,
}

impl Disk {
    /// Opens the directory, making it if it is not there; the result is also what it holds.
    pub(super) fn open(directory: &Path) -> Result<(Self, Loaded), DiskError> {
        let lock = files::lock(directory)?;
        let loaded = files::load(directory)?;
        let revision = loaded.revision;
        let mut writer = files::Writer::new(directory, revision)?;
        let shared = Arc::new(Shared { pending: Mutex::default(), wake: Condvar::new() });
        let (sender, progress) = watch::channel(Progress { saved: revision, ..Progress::default() });
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("localapi-disk".to_owned())
            .spawn(move || run(&theirs, &sender, &mut writer))
            .map_err(DiskError::io("start the writer of", directory))?;
        Ok((Self { shared, progress, thread: Some(thread), lock: Mutex::new(Some(lock)) }, loaded))
    }

    /// Hands changes over.
    pub(super) fn submit(&self, revision: u64, changed: Vec<(Key, Option<Stored>)>) {
        let mut pending = self.shared.lock();
        if pending.closed {
            return;
        }
        pending.revision = revision;
        for (key, stored) in changed {
            // What the manifests directory keeps secret stays there.
            let kept = stored.filter(|it| !(&*key.storage == "secrets" && it.origin != Origin::Api));
            pending.files.insert(key, kept);
        }
        drop(pending);
        self.shared.wake.notify_one();
    }

    /// Gives the directory free; what is submitted from now on is not written.
    pub(super) fn unlock(&self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_one();
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Waits until a revision is on disk, or until an attempt to write it has failed.
    pub(super) async fn saved(&self, revision: u64) -> Result<(), Arc<DiskError>> {
        let mut progress = self.progress.clone();
        let failures = progress.borrow_and_update().failures;
        let state = progress.wait_for(|it| it.saved >= revision || it.failures > failures).await;
        // The writer ends when the directory is closed.
        let state = state.map_err(|_| Arc::new(DiskError::Closed))?;
        match &state.failure {
            Some(failure) if state.saved < revision => Err(Arc::clone(failure)),
            _ => Ok(()),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer of the state directory panicked; the last changes may be lost");
        }
    }
}

fn run(shared: &Shared, progress: &watch::Sender<Progress>, writer: &mut files::Writer) {
    loop {
        let mut pending = shared.lock();
        while pending.files.is_empty() && !pending.closed {
            pending = shared.wake.wait(pending).unwrap_or_else(PoisonError::into_inner);
        }
        let closed = pending.closed;
        let revision = pending.revision;
        let files = std::mem::take(&mut pending.files);
        drop(pending);
        if files.is_empty() {
            return;
        }
        match writer.write(revision, &files) {
            Ok(()) => progress.send_modify(|it| {
                it.saved = revision;
                it.failure = None;
            }),
            Err(error) => {
                tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "state not saved");
                progress.send_modify(|it| {
                    it.failure = Some(Arc::new(error));
                    it.failures += 1;
                });
                if closed {
                    return;
                }
                retry_later(shared, files);
            }
        }
    }
}

/// Puts back what could not be written, under what came since, and waits a while.
fn retry_later(shared: &Shared, files: HashMap<Key, Option<Stored>>) {
    let mut pending = shared.lock();
    for (key, stored) in files {
        pending.files.entry(key).or_insert(stored);
    }
    let closed = |pending: &mut Pending| !pending.closed;
    drop(shared.wake.wait_timeout_while(pending, RETRY, closed));
}
