//! Asks new and changed connectors for their tools and reports what came of it, so that their status can say so.
//!
//! Every replica knows every connector; the one that ranks highest for it (rendezvous hashing over the live replicas)
//! asks. The others look later whether a report came, and take over if the replica that should ask is gone.

mod agenda;

use std::{sync::Arc, time::Duration};

use domain::ids::ConnectorId;
use sha2::{Digest, Sha256};
use store::{
    Store,
    model::{Discovery, DiscoveryOutcome},
};
use tokio::{
    sync::{RwLock, Semaphore},
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    metrics::RefusalLabels,
    snapshot::{Connector, feed::Identity},
    tools::{fetch, portable},
    upstream::{Call, UpstreamError},
};

pub use agenda::Agenda;

/// Discoveries at once on one replica.
const AT_ONCE: usize = 8;
/// Longest wait for a server: a hosted one may have to be downloaded first.
const PATIENCE: Duration = Duration::from_secs(150);
/// When a replica that need not ask looks whether another one has.
const LOOK_AGAIN: Duration = Duration::from_secs(15);
/// How old a heartbeat may be, in ms.
const ALIVE_MS: i64 = 10_000;
/// How long the list of replicas is taken to be right.
const REPLICAS_FOR: Duration = Duration::from_secs(5);

/// The task's parts. Cheap to clone.
#[derive(Clone)]
pub struct Discoverer {
    app: Arc<App>,
    store: Arc<dyn Store>,
    identity: Identity,
    agenda: Arc<Agenda>,
    replicas: Arc<RwLock<(Option<Instant>, Vec<String>)>>,
}

impl Discoverer {
    /// Works off an agenda.
    #[must_use]
    pub fn new(app: Arc<App>, store: Arc<dyn Store>, identity: Identity, agenda: Arc<Agenda>) -> Self {
        Self { app, store, identity, agenda, replicas: Arc::default() }
    }

    /// Runs until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        let permits = Arc::new(Semaphore::new(AT_ONCE));
        let mut running = JoinSet::new();
        let mut reports = self.reports().await;
        loop {
            let Ok(permit) = permits.clone().acquire_owned().await else { return };
            let Some((id, attempt)) = stop.run_until_cancelled(self.agenda.next()).await else { break };
            while running.try_join_next().is_some() {}
            if let Some(reported) = reports.remove(&id)
                && self.find(&id).is_some_and(|connector| connector.version.row == reported)
            {
                continue;
            }
            let task = self.clone();
            running.spawn(async move {
                let _permit = permit;
                task.handle(id, attempt).await;
            });
        }
        running.shutdown().await;
    }

    /// Connectors whose tools are reported already, with the revision that was asked.
    async fn reports(&self) -> std::collections::HashMap<ConnectorId, domain::ids::Revision> {
        match self.store.discoveries_since(0).await {
            Ok(all) => all
                .into_iter()
                .filter(|report| matches!(report.outcome, DiscoveryOutcome::Tools { .. }))
                .map(|report| (report.connector_id, report.revision))
                .collect(),
            Err(error) => {
                tracing::warn!(%error, "cannot read earlier discoveries, asking all connectors again");
                std::collections::HashMap::new()
            }
        }
    }

    fn find(&self, id: &ConnectorId) -> Option<Arc<Connector>> {
        self.app.live.peek().callable(id).cloned()
    }

    async fn handle(&self, id: ConnectorId, attempt: u32) {
        let Some(connector) = self.find(&id) else { return };
        if !self.is_ours(&id).await {
            let reported = self.store.discovery(&id).await;
            if !reported
                .is_ok_and(|report| report.is_some_and(|report| report.revision == connector.version.row))
            {
                self.agenda.add_at(id, attempt, Instant::now() + LOOK_AGAIN);
            }
            return;
        }
        let outcome = self.ask(&connector).await;
        let failed = matches!(outcome, DiscoveryOutcome::Failed { .. });
        let label = if failed { "failed" } else { "tools" };
        self.app.metrics.discoveries.get_or_create(&RefusalLabels { reason: label }).inc();
        let report = Discovery {
            connector_id: id.clone(),
            revision: connector.version.row,
            outcome,
            at_ms: self.app.clock.now_ms(),
        };
        let recorded = self.store.record_discovery(&report).await;
        if let Err(error) = &recorded {
            tracing::warn!(connector = connector.name, %error, "cannot report a discovery");
        }
        if failed || recorded.is_err() {
            self.agenda.retry(id, attempt + 1);
        }
    }

    async fn ask(&self, connector: &Arc<Connector>) -> DiscoveryOutcome {
        let list = async {
            // Native tools are known without an instance, so none is left behind for a connector nobody calls.
            let instance = if connector.is_native() {
                self.app.pool.transient(connector).await?
            } else {
                self.app.pool.get(connector).await?
            };
            let index = fetch::current(connector, &instance, &Call::default(), &self.app.clock).await?;
            let count = u32::try_from(index.tools().len()).unwrap_or(u32::MAX);
            let unportable = portable::unportable(&connector.name, &index);
            Ok::<_, UpstreamError>(DiscoveryOutcome::Tools { count, unportable })
        };
        let failed =
            |reason: &str, message: String| DiscoveryOutcome::Failed { reason: reason.to_owned(), message };
        match timeout(PATIENCE, list).await {
            Ok(Ok(tools)) => tools,
            Ok(Err(UpstreamError::Unavailable { reason, message })) => failed(reason, message),
            Ok(Err(UpstreamError::MethodNotFound(_))) => {
                failed("NoTools", "the server has no tools".to_owned())
            }
            Ok(Err(error @ UpstreamError::Rpc(_))) => failed("Refused", error.to_string()),
            Err(_) => {
                failed("Timeout", format!("the server did not list its tools in {} s", PATIENCE.as_secs()))
            }
        }
    }

    /// Whether this replica ranks highest for a connector.
    async fn is_ours(&self, id: &ConnectorId) -> bool {
        let own = &self.identity.replica;
        let replicas = self.live_replicas().await;
        let highest = replicas.iter().map(|replica| rank(replica, id)).max();
        highest.is_none_or(|highest| rank(own, id) >= highest)
    }

    async fn live_replicas(&self) -> Vec<String> {
        {
            let known = self.replicas.read().await;
            if known.0.is_some_and(|at| at.elapsed() < REPLICAS_FOR) {
                return known.1.clone();
            }
        }
        let since = self.app.clock.now_ms() - ALIVE_MS;
        match self.store.replicas(since).await {
            Ok(replicas) => {
                let ours =
                    |replica: &store::model::Replica| replica.origin == self.identity.origin && replica.ready;
                let names: Vec<_> =
                    replicas.into_iter().filter(ours).map(|replica| replica.replica).collect();
                *self.replicas.write().await = (Some(Instant::now()), names.clone());
                names
            }
            // Asking twice does no harm; nobody asking would.
            Err(_) => Vec::new(),
        }
    }
}

fn rank(replica: &str, connector: &ConnectorId) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(replica.as_bytes());
    digest.update([0]);
    digest.update(connector.as_str().as_bytes());
    digest.finalize().into()
}
