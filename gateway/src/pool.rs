//! Live instances of connectors: made on first use, shared by all callers, ended when idle, crowded out or outdated.
//!
//! An entry belongs to one [`Version`] of a connector. Taking it out of the pool stops new calls only: the instance shuts
//! down when the last call that holds it ends.

mod instance;
mod last;

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::ids::ConnectorId;
use lru::LruCache;
use tokio::{
    runtime::Handle,
    sync::{OnceCell, watch},
    time,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::Clock,
    metrics::Metrics,
    native::Engine,
    snapshot::{Connector, entry::Version},
    tools::ToolIndex,
    upstream::{ListVersions, Upstream, UpstreamError},
};

pub use instance::{Instance, KnownTools};
use last::LastLists;

/// How often idle instances are looked for.
const SWEEP: Duration = Duration::from_secs(15);

/// Makes an instance of a connector. The one edge between the pool and the kinds of servers.
#[async_trait]
pub trait Connect: Send + Sync + 'static {
    /// A new instance. It may connect later, on first use.
    async fn connect(&self, connector: &Connector) -> Result<Connected, UpstreamError>;
}

/// What was made.
pub struct Connected {
    /// The server.
    pub upstream: Arc<dyn Upstream>,
    /// Our own engine behind it, whose tools are known without asking.
    pub engine: Option<Arc<Engine>>,
    /// Tells when the server's lists may have changed, if it can.
    pub lists: Option<watch::Receiver<ListVersions>>,
}

impl Connected {
    /// A server and nothing else.
    #[must_use]
    pub fn of(upstream: Arc<dyn Upstream>) -> Self {
        Self { upstream, engine: None, lists: None }
    }
}

/// How many instances live, and how long without use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// Entries; zero means that every call makes its own instance.
    pub size: usize,
    /// Time without use after which an instance ends.
    pub idle: Duration,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self { size: 5_000, idle: Duration::from_secs(30 * 60) }
    }
}

/// The pool.
pub struct Pool {
    limits: PoolLimits,
    connect: Arc<dyn Connect>,
    /// In order of use, so that the idle ones are at the end.
    slots: Mutex<LruCache<ConnectorId, Arc<Slot>>>,
    last_lists: Arc<LastLists>,
    /// Shutdowns under way.
    shutdowns: TaskTracker,
    runtime: Handle,
    clock: Clock,
    metrics: Arc<Metrics>,
}

struct Slot {
    version: Version,
    cell: OnceCell<Arc<Instance>>,
    used_at_ms: AtomicI64,
}

impl Slot {
    /// Whether a call holds the instance.
    fn is_busy(&self) -> bool {
        self.cell.get().is_some_and(|instance| Arc::strong_count(instance) > 1)
    }
}

impl Pool {
    /// An empty pool. Must be called within a tokio runtime, on which instances shut down.
    #[must_use]
    pub fn new(limits: PoolLimits, connect: Arc<dyn Connect>, clock: Clock, metrics: Arc<Metrics>) -> Self {
        let capacity = NonZeroUsize::new(limits.size).unwrap_or(NonZeroUsize::MIN);
        Self {
            limits,
            connect,
            slots: Mutex::new(LruCache::new(capacity)),
            last_lists: Arc::default(),
            shutdowns: TaskTracker::new(),
            runtime: Handle::current(),
            clock,
            metrics,
        }
    }

    /// The instance of a connector, made now if there is none. Concurrent callers wait for one creation.
    ///
    /// # Errors
    /// What [`Connect::connect`] said; the next call tries again.
    pub async fn get(&self, connector: &Arc<Connector>) -> Result<Arc<Instance>, UpstreamError> {
        if self.limits.size == 0 {
            return self.create(connector).await;
        }
        let slot = self.slot(connector);
        let instance = slot.cell.get_or_try_init(|| self.create(connector)).await?;
        Ok(instance.clone())
    }

    /// An instance of a connector for one use, beside the pool.
    ///
    /// # Errors
    /// What [`Connect::connect`] said.
    pub async fn transient(&self, connector: &Arc<Connector>) -> Result<Arc<Instance>, UpstreamError> {
        self.create(connector).await
    }

    /// The instance of a connector, if there is one. Does not count as use.
    #[must_use]
    pub fn known(&self, connector: &Connector) -> Option<Arc<Instance>> {
        let slots = self.lock();
        let slot = slots.peek(&connector.id).filter(|slot| slot.version == connector.version)?;
        slot.cell.get().cloned()
    }

    /// The tools that a connector last listed on this replica, whether or not it lives or answers now.
    #[must_use]
    pub fn last_tools(&self, connector: &Connector) -> Option<Arc<ToolIndex>> {
        self.last_lists.of(connector)
    }

    /// Forgets what connectors that are gone have listed.
    pub fn forget(&self, gone: &[ConnectorId]) {
        self.last_lists.forget(gone);
    }

    fn slot(&self, connector: &Connector) -> Arc<Slot> {
        let now_ms = self.clock.now_ms();
        let mut slots = self.lock();
        if let Some(slot) = slots.get(&connector.id)
            && slot.version == connector.version
        {
            slot.used_at_ms.store(now_ms, Ordering::Relaxed);
            self.metrics.pool_hits.inc();
            return slot.clone();
        }
        self.metrics.pool_misses.inc();
        let slot = Arc::new(Slot {
            version: connector.version,
            cell: OnceCell::new(),
            used_at_ms: AtomicI64::new(now_ms),
        });
        let crowded_out = slots.push(connector.id.clone(), slot.clone());
        self.metrics.pool_size.set(gauge(slots.len()));
        drop(slots);
        if crowded_out.is_some_and(|(id, _)| id != connector.id) {
            self.metrics.pool_evictions.inc();
        }
        slot
    }

    async fn create(&self, connector: &Arc<Connector>) -> Result<Arc<Instance>, UpstreamError> {
        let connected = self.connect.connect(connector).await?;
        let lists = self.last_lists.clone();
        let instance =
            Instance::new(connected, connector.clone(), lists, self.shutdowns.clone(), self.runtime.clone());
        Ok(Arc::new(instance))
    }

    /// Takes connectors out that changed or are gone.
    pub fn invalidate(&self, connectors: &[ConnectorId]) {
        let mut slots = self.lock();
        let gone: Vec<_> = connectors.iter().filter_map(|id| slots.pop(id)).collect();
        self.metrics.pool_size.set(gauge(slots.len()));
        drop(slots);
        drop(gone);
    }

    /// Ends idle instances until `stop` is cancelled.
    pub async fn sweep(&self, stop: CancellationToken) {
        while stop.run_until_cancelled(time::sleep(SWEEP)).await.is_some() {
            self.end_idle();
        }
    }

    /// Takes out what has not been used for the idle time, but for what a call holds.
    pub fn end_idle(&self) {
        let idle_ms = i64::try_from(self.limits.idle.as_millis()).unwrap_or(i64::MAX);
        let oldest = self.clock.now_ms().saturating_sub(idle_ms);
        let mut slots = self.lock();
        let unused =
            slots.iter().rev().take_while(|(_, slot)| slot.used_at_ms.load(Ordering::Relaxed) < oldest);
        let idle: Vec<_> = unused.filter(|(_, slot)| !slot.is_busy()).map(|(id, _)| id.clone()).collect();
        let ended: Vec<_> = idle.iter().filter_map(|id| slots.pop(id)).collect();
        self.metrics.pool_size.set(gauge(slots.len()));
        drop(slots);
        drop(ended);
    }

    /// Ends all instances and waits until each is down.
    pub async fn shutdown(&self) {
        let all: Vec<_> = {
            let mut slots = self.lock();
            std::iter::from_fn(|| slots.pop_lru()).collect()
        };
        drop(all);
        self.metrics.pool_size.set(0);
        self.shutdowns.close();
        self.shutdowns.wait().await;
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<ConnectorId, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
