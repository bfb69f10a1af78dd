//! One live server, with what it has said of itself.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::{
    runtime::Handle,
    sync::{OnceCell, watch},
};
use tokio_util::task::TaskTracker;

use super::{Connected, last::LastLists};
use crate::{
    native::Engine,
    snapshot::Connector,
    tools::{RawTool, ToolIndex},
    upstream::{Call, Description, ListVersions, Upstream, UpstreamError},
};

/// A live server. It shuts down when the last holder lets go.
pub struct Instance {
    upstream: Arc<dyn Upstream>,
    engine: Option<Arc<Engine>>,
    description: OnceCell<Arc<Description>>,
    /// Its tools as last listed.
    tools: Mutex<Option<KnownTools>>,
    connector: Arc<Connector>,
    last_lists: Arc<LastLists>,
    lists: Option<watch::Receiver<ListVersions>>,
    shutdowns: TaskTracker,
    runtime: Handle,
}

impl Instance {
    pub(super) fn new(
        connected: Connected,
        connector: Arc<Connector>,
        last_lists: Arc<LastLists>,
        shutdowns: TaskTracker,
        runtime: Handle,
    ) -> Self {
        let Connected { upstream, engine, lists } = connected;
        let (description, tools) = (OnceCell::new(), Mutex::new(None));
        Self { upstream, engine, description, tools, connector, last_lists, lists, shutdowns, runtime }
    }

    /// The tools of our own engine, which never change while it lives.
    #[must_use]
    pub fn fixed_tools(&self) -> Option<&[Arc<RawTool>]> {
        self.engine.as_ref().map(|engine| engine.tools())
    }

    /// The listed name of a tool that may be called by an earlier one.
    #[must_use]
    pub fn canonical<'a>(&'a self, tool: &'a str) -> &'a str {
        self.engine.as_ref().and_then(|engine| engine.canonical(tool)).unwrap_or(tool)
    }

    /// Whether our own engine has an answer for this name although no list has it: why the tool is gone.
    #[must_use]
    pub fn is_removed(&self, tool: &str) -> bool {
        self.engine.as_ref().is_some_and(|engine| engine.is_removed(tool))
    }

    /// The server itself.
    #[must_use]
    pub fn upstream(&self) -> &dyn Upstream {
        &*self.upstream
    }

    /// What the server says of itself, asked once.
    ///
    /// # Errors
    /// What the server said when it was asked.
    pub async fn describe(&self, call: &Call) -> Result<Arc<Description>, UpstreamError> {
        let ask = || async { self.upstream.describe(call).await.map(Arc::new) };
        self.description.get_or_try_init(ask).await.cloned()
    }

    /// What the server has said of itself, if it was asked before.
    #[must_use]
    pub fn known_description(&self) -> Option<Arc<Description>> {
        self.description.get().cloned()
    }

    /// Its tools as last listed.
    #[must_use]
    pub fn known_tools(&self) -> Option<KnownTools> {
        self.tools.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether nothing says that its tools changed since they were listed.
    #[must_use]
    pub fn is_current(&self, known: &KnownTools) -> bool {
        self.list_version() == known.version
    }

    /// Says which list is about to be asked for: take it before asking, so that a change meanwhile is not missed.
    #[must_use]
    pub fn list_version(&self) -> u64 {
        self.lists.as_ref().map_or(0, |lists| lists.borrow().tools)
    }

    /// Remembers its tools, also for when it is gone: [`Pool::last_tools`](super::Pool::last_tools).
    pub fn remember_tools(&self, known: KnownTools) {
        self.last_lists.keep(&self.connector, known.index.clone());
        *self.tools.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }
}

/// The tools of an instance as last listed.
#[derive(Clone)]
pub struct KnownTools {
    /// The tools.
    pub index: Arc<ToolIndex>,
    /// When they were listed, in ms since the epoch.
    pub at_ms: i64,
    /// Which list they are, see [`Instance::list_version`].
    pub version: u64,
}

impl Drop for Instance {
    fn drop(&mut self) {
        let upstream = self.upstream.clone();
        self.shutdowns.spawn_on(async move { upstream.shutdown().await }, &self.runtime);
    }
}
