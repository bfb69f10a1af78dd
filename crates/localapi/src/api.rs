//! The API itself: opened on a state directory, given out as a client or as a service.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::{
    manifests::{self, Manifests, Problem, WatchError},
    resource::{Registry, SchemaError},
    service::Service,
    store::{DiskError, State, Store},
    write,
};

/// Where the API keeps and finds things.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory of manifests: files in it are applied, and what vanishes from it is deleted.
    pub manifests: Option<PathBuf>,
    /// The directory for everything that clients write: status, minted Secrets, Events, Leases. Made with mode 0700
    /// if it is not there; one process may use it at a time.
    pub state_dir: PathBuf,
    /// The namespace of objects that name none.
    pub namespace: String,
}

/// The API cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The state directory.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A CRD of this build.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The manifests directory.
    #[error("manifests directory {path} cannot be read; create it or name another")]
    Manifests {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The default namespace.
    #[error("namespace {namespace:?} is not a lower-case DNS label; choose another")]
    Namespace {
        /// What was given.
        namespace: String,
    },
}

/// What cannot be saved.
#[derive(Debug, thiserror::Error)]
#[error("the last changes are not saved")]
pub struct FlushError(#[source] Arc<DiskError>);

/// What all clones share.
pub(crate) struct Inner {
    pub(crate) registry: Registry,
    pub(crate) store: Store,
    pub(crate) namespace: String,
    /// Whether [`LocalApi::close`] was called.
    pub(crate) closed: watch::Sender<bool>,
    manifests: Option<Mutex<Manifests>>,
    problems: watch::Sender<Vec<Problem>>,
}

/// A Kubernetes API over a directory. Clones are cheap and share everything.
#[derive(Clone)]
pub struct LocalApi {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for LocalApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalApi").finish_non_exhaustive()
    }
}

impl LocalApi {
    /// Loads the state directory and applies the manifests. Manifests that cannot be applied do not keep it from
    /// opening: they are [`Self::problems`].
    ///
    /// # Errors
    /// A directory that cannot be used.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let opened = tokio::task::spawn_blocking(move || Self::open_blocking(options));
        opened.await.expect("opening does not panic and is not cancelled")
    }

    fn open_blocking(options: Options) -> Result<Self, OpenError> {
        let Options { manifests, state_dir, namespace } = options;
        if !crate::admission::is_label(&namespace) {
            return Err(OpenError::Namespace { namespace });
        }
        let registry = Registry::new()?;
        let store = Store::open(&state_dir)?;
        let manifests = manifests.map(|directory| {
            let failed = |source| OpenError::Manifests { path: directory.clone(), source };
            std::fs::read_dir(&directory).map_err(failed)?;
            Ok::<_, OpenError>(Mutex::new(Manifests::new(directory)))
        });
        let problems = watch::Sender::new(Vec::new());
        let closed = watch::Sender::new(false);
        let inner = Arc::new(Inner {
            registry,
            store,
            namespace,
            closed,
            manifests: manifests.transpose()?,
            problems,
        });
        inner.ensure_namespace();
        inner.read_manifests();
        inner.store.write(|state| write::sweep(state, Timestamp::now()));
        Ok(Self { inner })
    }

    /// A client whose requests never leave the process. To be called inside a tokio runtime, in which its queue lives.
    #[must_use]
    pub fn client(&self) -> kube::Client {
        kube::Client::new(self.service(), self.inner.namespace.clone())
    }

    /// The namespace of objects that name none.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.inner.namespace
    }

    /// The API as a tower service, to wrap or to serve over HTTP ([`crate::serve()`]).
    #[must_use]
    pub fn service(&self) -> Service {
        Service::new(Arc::clone(&self.inner))
    }

    /// The manifests that could not be applied when the directory was read last.
    #[must_use]
    pub fn problems(&self) -> watch::Receiver<Vec<Problem>> {
        self.inner.problems.subscribe()
    }

    /// Reads the manifests directory again, now.
    pub async fn read_manifests(&self) {
        let inner = Arc::clone(&self.inner);
        let reading = tokio::task::spawn_blocking(move || inner.read_manifests());
        reading.await.expect("reading does not panic and is not cancelled");
    }

    /// Reads the manifests directory again whenever a file in it changes, until the result is dropped.
    ///
    /// # Errors
    /// The system cannot watch the directory.
    pub fn watch_manifests(&self) -> Result<manifests::Watching, WatchError> {
        manifests::watch(self)
    }

    /// Waits until everything that was written is on disk.
    ///
    /// # Errors
    /// The disk refused; what was written stays in memory and is tried again.
    pub async fn flush(&self) -> Result<(), FlushError> {
        self.inner.store.flush().await.map_err(FlushError)
    }

    /// Ends all watches, refuses every further request, saves what is pending and gives the state directory free,
    /// also where clients and services still exist.
    ///
    /// # Errors
    /// The disk refused; the last changes are lost then.
    pub async fn close(&self) -> Result<(), FlushError> {
        self.inner.closed.send_replace(true);
        self.inner.store.close().await.map_err(FlushError)
    }

    /// Moves whenever something was written.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.inner.store.subscribe()
    }

    /// How many objects were removed since the API was opened.
    pub(crate) fn removals(&self) -> u64 {
        self.inner.store.read(State::removals)
    }

    /// Whether something that the manifests directory wants is not there.
    pub(crate) fn misses_manifests(&self) -> bool {
        let Some(manifests) = &self.inner.manifests else { return false };
        let manifests = lock(manifests);
        self.inner.store.read(|state| manifests.misses_something(state))
    }

    pub(crate) fn manifests_directory(&self) -> Option<PathBuf> {
        self.inner.manifests.as_ref().map(|it| lock(it).directory().to_owned())
    }
}

impl Inner {
    fn ensure_namespace(&self) {
        self.store
            .write(|state| write::ensure_namespace(&self.registry, state, &self.namespace, Timestamp::now()));
    }

    fn read_manifests(&self) {
        if let Some(manifests) = &self.manifests {
            let problems = lock(manifests).read(self, Timestamp::now());
            self.problems.send_if_modified(|known| {
                let changed = *known != problems;
                *known = problems;
                changed
            });
        }
    }
}

fn lock(manifests: &Mutex<Manifests>) -> std::sync::MutexGuard<'_, Manifests> {
    manifests.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
