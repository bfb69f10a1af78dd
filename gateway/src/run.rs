//! Puts a gateway together, runs it, and takes it down in good order.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use prometheus_client::registry::Registry;
use secrets::KeyRing;
use store::Store;
use telemetry::health::Health;
use tokio::{
    net::TcpListener,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    app::App,
    clock::Clock,
    connect::Kinds,
    discovery::{Agenda, Discoverer},
    http::{listener, router},
    metrics::Metrics,
    options::{GatewayOptions, InvalidOption},
    pool::{Connect, Pool},
    snapshot::{
        Live,
        feed::{Feed, Identity},
        heart::Heart,
    },
    upstream::stdio::{self, StdioOptions},
};

/// How often gauges of age are set.
const GAUGES: Duration = Duration::from_secs(1);
/// Longest wait for the last words to the store.
const RETIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// Longest wait for instances to end.
const POOL_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a gateway listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// MCP.
    pub mcp: SocketAddr,
    /// Health and metrics.
    pub health: Option<SocketAddr>,
}

/// Why a gateway does not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A setting is wrong.
    #[error(transparent)]
    Option(#[from] InvalidOption),
    /// A port cannot be bound.
    #[error("{flag}: cannot listen on {address}")]
    Listen {
        /// The flag.
        flag: &'static str,
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The HTTP client cannot start.
    #[error("cannot start the HTTP client")]
    Client(#[source] reqwest::Error),
    /// A part of the gateway ended by itself.
    #[error("the {0} task ended unexpectedly")]
    Died(&'static str),
    /// A part of the gateway panicked, which is a defect.
    #[error("a part of the gateway panicked")]
    Panicked,
}

/// Runs a gateway until `stop` is cancelled and everything in flight has ended or the drain time is over.
///
/// `on_ready` is called once, when it listens and has its first configuration. A rustls provider must have been
/// installed.
///
/// # Errors
/// [`RunError`].
pub async fn run(
    options: GatewayOptions,
    store: Arc<dyn Store>,
    ring: KeyRing,
    stop: CancellationToken,
    on_ready: impl FnOnce(Bound) + Send + 'static,
) -> Result<(), RunError> {
    options.validate()?;
    let processes = options.allow_process_runtime.then(StdioOptions::default);
    // On the side: a large directory must not delay the first answer.
    let sweep = processes
        .clone()
        .map(|processes| tokio::task::spawn_blocking(move || stdio::sweep(&processes.work_root)));
    let _sweep = sweep.map(AbortOnDropHandle::new);
    let connect = Arc::new(Kinds::new(options.egress.clone(), processes).map_err(RunError::Client)?);
    run_with(options, store, ring, connect, Clock::system(), stop, on_ready).await
}

/// The same with other servers behind it, and another clock.
///
/// # Errors
/// [`RunError`].
pub async fn run_with(
    options: GatewayOptions,
    store: Arc<dyn Store>,
    ring: KeyRing,
    connect: Arc<dyn Connect>,
    clock: Clock,
    stop: CancellationToken,
    on_ready: impl FnOnce(Bound) + Send + 'static,
) -> Result<(), RunError> {
    let listener = bind("--listen", options.listen).await?;
    let health = match options.health_listen {
        Some(address) => Some(bind("--health-listen", address).await?),
        None => None,
    };
    let bound = Bound {
        mcp: listener.local_addr().unwrap_or(options.listen),
        health: health.as_ref().and_then(|listener| listener.local_addr().ok()),
    };
    let mut registry = Registry::default();
    let parts = Parts::build(&options, store, ring, connect, clock, &mut registry);
    // Tasks that serve end with `stop`; those that keep serving possible end with `end`, after the drain.
    let end = CancellationToken::new();
    let mut tasks = JoinSet::new();
    spawn(&mut tasks, "configuration", parts.feed(&options).run(end.clone()));
    spawn(&mut tasks, "heartbeat", parts.heart(stop.clone()).run(end.clone()));
    spawn(&mut tasks, "discovery", parts.discoverer().run(stop.clone()));
    spawn(&mut tasks, "pool", sweep(parts.app.pool.clone(), end.clone()));
    spawn(&mut tasks, "gauges", gauges(parts.app.clone(), end.clone()));
    if let Some(health) = health {
        let router = parts.health(&options, registry, &stop).router();
        spawn(&mut tasks, "health", listener::serve(health, router, end.clone()));
    }
    let app = parts.app.clone();
    let mcp = tokio::spawn(listener::serve(listener, router(app.clone()), stop.clone()));
    let abort = mcp.abort_handle();
    let served = async {
        tokio::select! {
            () = ready(&app) => on_ready(bound),
            () = stop.cancelled() => {}
        }
        stop.cancelled().await;
    };
    let outcome = tokio::select! {
        () = served => Ok(()),
        Some(ended) = tasks.join_next() => match ended {
            _ if stop.is_cancelled() => Ok(()),
            Ok(name) => Err(RunError::Died(name)),
            Err(error) => {
                tracing::error!(%error, "a part of the gateway panicked");
                Err(RunError::Panicked)
            },
        },
    };
    stop.cancel();
    if timeout(options.drain, drained(&app, mcp)).await.is_err() {
        tracing::warn!(
            secs = options.drain.as_secs(),
            "calls were still in flight at the end of the drain time"
        );
        abort.abort();
    }
    end.cancel();
    let down = async {
        app.pool.shutdown().await;
    };
    if timeout(POOL_TIMEOUT, down).await.is_err() {
        tracing::warn!("servers were still shutting down at the end");
    }
    let _ = timeout(RETIRE_TIMEOUT, async { while tasks.join_next().await.is_some() {} }).await;
    tasks.shutdown().await;
    match timeout(RETIRE_TIMEOUT, parts.store.retire_replica(&options.replica)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "cannot retire this replica"),
        Err(_) => tracing::warn!("cannot retire this replica in time"),
    }
    outcome
}

/// Waits for the first configuration.
async fn ready(app: &App) {
    let mut revisions = app.live.revisions();
    while app.live.age_ms(app.clock.now_ms()).is_none() {
        if revisions.changed().await.is_err() {
            return;
        }
    }
}

/// Waits until connections and calls that outlive them have ended.
async fn drained(app: &App, mcp: tokio::task::JoinHandle<()>) {
    let _ = mcp.await;
    app.calls.close();
    app.calls.wait().await;
}

fn spawn(
    tasks: &mut JoinSet<&'static str>,
    name: &'static str,
    task: impl Future<Output = ()> + Send + 'static,
) {
    tasks.spawn(async move {
        task.await;
        name
    });
}

async fn sweep(pool: Arc<Pool>, end: CancellationToken) {
    pool.sweep(end).await;
}

async fn gauges(app: Arc<App>, end: CancellationToken) {
    while end.run_until_cancelled(sleep(GAUGES)).await.is_some() {
        app.metrics.snapshot_revision.set(app.live.peek().revision().0);
        let age_ms = app.live.age_ms(app.clock.now_ms()).unwrap_or_default();
        app.metrics.snapshot_age_secs.set(age_ms / 1000);
    }
}

async fn bind(flag: &'static str, address: SocketAddr) -> Result<TcpListener, RunError> {
    TcpListener::bind(address).await.map_err(|source| RunError::Listen { flag, address, source })
}

/// What the tasks share.
struct Parts {
    app: Arc<App>,
    store: Arc<dyn Store>,
    ring: Arc<KeyRing>,
    identity: Identity,
    agenda: Arc<Agenda>,
}

impl Parts {
    fn build(
        options: &GatewayOptions,
        store: Arc<dyn Store>,
        ring: KeyRing,
        connect: Arc<dyn Connect>,
        clock: Clock,
        registry: &mut Registry,
    ) -> Self {
        let metrics = Arc::new(Metrics::register(registry));
        let ring = Arc::new(ring);
        let pool = Arc::new(Pool::new(options.pool, connect, clock.clone(), metrics.clone()));
        let live = Arc::new(Live::default());
        let settings = options.settings();
        let app = App::new(&ring, live, pool, options.sessions, settings, clock, metrics);
        let identity = Identity { origin: options.origin.clone(), replica: options.replica.clone() };
        Self { app: Arc::new(app), store, ring, identity, agenda: Arc::default() }
    }

    fn feed(&self, options: &GatewayOptions) -> Feed {
        let (pool, live, agenda) = (self.app.pool.clone(), self.app.live.clone(), self.agenda.clone());
        Feed {
            store: self.store.clone(),
            origin: self.identity.origin.clone(),
            live: self.app.live.clone(),
            ring: self.ring.clone(),
            default_rate: options.default_rate,
            clock: self.app.clock.clone(),
            on_touched: Box::new(move |touched| {
                pool.invalidate(touched);
                let snapshot = live.peek();
                let gone: Vec<_> =
                    touched.iter().filter(|id| snapshot.callable(id).is_none()).cloned().collect();
                pool.forget(&gone);
                agenda.add(touched);
            }),
        }
    }

    fn heart(&self, draining: CancellationToken) -> Heart {
        Heart {
            store: self.store.clone(),
            live: self.app.live.clone(),
            identity: self.identity.clone(),
            clock: self.app.clock.clone(),
            draining,
        }
    }

    fn discoverer(&self) -> Discoverer {
        Discoverer::new(self.app.clone(), self.store.clone(), self.identity.clone(), self.agenda.clone())
    }

    fn health(&self, options: &GatewayOptions, registry: Registry, stop: &CancellationToken) -> Health {
        let (app, stop) = (self.app.clone(), stop.clone());
        let check = move || {
            if stop.is_cancelled() {
                return Err("draining".to_owned());
            }
            app.check_fresh(app.clock.now_ms()).map_err(|denied| denied.to_string())
        };
        Health::new(Arc::new(check), options.metrics.then(|| Arc::new(registry)))
    }
}
