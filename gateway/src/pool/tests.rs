use std::sync::atomic::AtomicUsize;

use domain::{
    config::{Backend, ConnectorConfig, CredentialLevel},
    ids::{Revision, TenantId},
    tools::ToolRules,
};
use prometheus_client::registry::Registry;
use secrets::ConnectorSecrets;
use serde_json::value::RawValue;

use super::*;
use crate::upstream::{Call, Description};

#[derive(Default)]
struct Counts {
    made: AtomicUsize,
    ended: AtomicUsize,
    fails: AtomicUsize,
}

struct Counted(Arc<Counts>);

#[async_trait]
impl Upstream for Counted {
    async fn describe(&self, _: &Call) -> Result<Description, UpstreamError> {
        Ok(Description::default())
    }

    async fn request(
        &self,
        _: &Call,
        method: &str,
        _: Option<&RawValue>,
    ) -> Result<Box<RawValue>, UpstreamError> {
        Err(UpstreamError::MethodNotFound(method.to_owned()))
    }

    async fn shutdown(&self) {
        self.0.ended.fetch_add(1, Ordering::SeqCst);
    }
}

struct Maker(Arc<Counts>);

#[async_trait]
impl Connect for Maker {
    async fn connect(&self, _: &Connector) -> Result<Connected, UpstreamError> {
        // Others get the chance to ask for the same instance while this one is made.
        tokio::task::yield_now().await;
        if self.0.fails.load(Ordering::SeqCst) > 0 {
            self.0.fails.fetch_sub(1, Ordering::SeqCst);
            return Err(UpstreamError::Unavailable { reason: "Exited", message: String::new() });
        }
        self.0.made.fetch_add(1, Ordering::SeqCst);
        Ok(Connected::of(Arc::new(Counted(self.0.clone()))))
    }
}

fn connector(id: &str, revision: i64) -> Arc<Connector> {
    Arc::new(Connector {
        id: ConnectorId::new(id),
        tenant: TenantId::new("t"),
        tenant_slug: "t".parse().unwrap(),
        tenant_hosted_servers: 10,
        name: id.to_owned(),
        config: ConnectorConfig {
            display_name: String::new(),
            enabled: true,
            backend: Backend::Remote { url: String::new() },
            tools: ToolRules::default(),
            tool_prefix: None,
            credential_level: CredentialLevel::Tenant,
        },
        secrets: Ok(ConnectorSecrets::default()),
        definition: None,
        version: Version { row: Revision(revision), definition: Revision(0) },
    })
}

struct Fixture {
    pool: Arc<Pool>,
    counts: Arc<Counts>,
    now_ms: Arc<AtomicI64>,
}

fn fixture(size: usize) -> Fixture {
    let (counts, now_ms) = (Arc::new(Counts::default()), Arc::new(AtomicI64::new(0)));
    let shown = now_ms.clone();
    let clock = Clock::from_fn(move || shown.load(Ordering::SeqCst));
    let metrics = Arc::new(Metrics::register(&mut Registry::default()));
    let limits = PoolLimits { size, idle: Duration::from_secs(60) };
    let pool = Arc::new(Pool::new(limits, Arc::new(Maker(counts.clone())), clock, metrics));
    Fixture { pool, counts, now_ms }
}

impl Fixture {
    /// How many were made, and how many have ended once all that should have.
    async fn counted(&self, made: usize, ended: usize) {
        let reached = || self.counts.ended.load(Ordering::SeqCst) >= ended;
        for _ in 0..1_000 {
            if reached() {
                break;
            }
            tokio::task::yield_now().await;
        }
        let counts = (self.counts.made.load(Ordering::SeqCst), self.counts.ended.load(Ordering::SeqCst));
        assert_eq!(counts, (made, ended));
    }
}

#[tokio::test]
async fn concurrent_callers_share_one_creation() {
    let fixture = fixture(10);
    let all = (0..50).map(|_| {
        let pool = fixture.pool.clone();
        tokio::spawn(async move { pool.get(&connector("a", 1)).await.is_ok() })
    });
    for got in futures::future::join_all(all).await {
        assert!(got.unwrap());
    }
    fixture.counted(1, 0).await;
}

#[tokio::test]
async fn a_failed_creation_is_tried_again() {
    let fixture = fixture(10);
    fixture.counts.fails.store(1, Ordering::SeqCst);
    assert!(fixture.pool.get(&connector("a", 1)).await.is_err());
    assert!(fixture.pool.get(&connector("a", 1)).await.is_ok());
    fixture.counted(1, 0).await;
}

#[tokio::test]
async fn the_one_longest_unused_is_crowded_out() {
    let fixture = fixture(2);
    for id in ["a", "b", "a", "c"] {
        fixture.pool.get(&connector(id, 1)).await.unwrap();
    }
    fixture.counted(3, 1).await;
    assert!(
        fixture.pool.known(&connector("a", 1)).is_some() && fixture.pool.known(&connector("b", 1)).is_none()
    );
}

#[tokio::test]
async fn an_outdated_instance_ends_with_its_last_call() {
    let fixture = fixture(2);
    let held = fixture.pool.get(&connector("a", 1)).await.unwrap();
    fixture.pool.get(&connector("a", 2)).await.unwrap();
    fixture.counted(2, 0).await;
    drop(held);
    fixture.counted(2, 1).await;
    fixture.pool.invalidate(&[ConnectorId::new("a")]);
    fixture.counted(2, 2).await;
}

#[tokio::test]
async fn idle_instances_end_and_busy_ones_do_not() {
    let fixture = fixture(10);
    fixture.pool.get(&connector("idle", 1)).await.unwrap();
    fixture.now_ms.store(50_000, Ordering::SeqCst);
    let busy = fixture.pool.get(&connector("busy", 1)).await.unwrap();
    fixture.now_ms.store(70_000, Ordering::SeqCst);
    fixture.pool.end_idle();
    fixture.counted(2, 1).await;
    fixture.now_ms.store(200_000, Ordering::SeqCst);
    fixture.pool.end_idle();
    fixture.counted(2, 1).await;
    drop(busy);
    fixture.pool.end_idle();
    fixture.counted(2, 2).await;
}

#[tokio::test]
async fn a_busy_instance_keeps_no_idle_one_alive() {
    let fixture = fixture(10);
    let _busy = fixture.pool.get(&connector("busy", 1)).await.unwrap();
    fixture.pool.get(&connector("idle", 1)).await.unwrap();
    fixture.now_ms.store(70_000, Ordering::SeqCst);
    fixture.pool.end_idle();
    fixture.counted(2, 1).await;
    assert!(fixture.pool.known(&connector("busy", 1)).is_some());
}

#[tokio::test]
async fn without_a_pool_each_call_has_its_own_instance() {
    let fixture = fixture(0);
    for _ in 0..2 {
        fixture.pool.get(&connector("a", 1)).await.unwrap();
    }
    fixture.counted(2, 2).await;
}

#[tokio::test]
async fn shutdown_waits_for_every_instance() {
    let fixture = fixture(10);
    for id in ["a", "b"] {
        fixture.pool.get(&connector(id, 1)).await.unwrap();
    }
    fixture.pool.shutdown().await;
    fixture.counted(2, 2).await;
}

#[tokio::test]
async fn the_last_list_outlives_its_server_and_counts_while_the_names_are_made_alike() {
    let fixture = fixture(0);
    let index = Arc::new(ToolIndex::default());
    let instance = fixture.pool.get(&connector("a", 1)).await.unwrap();
    instance.remember_tools(KnownTools { index: index.clone(), at_ms: 0, version: 0 });
    drop(instance);
    fixture.counted(1, 1).await;
    let known = |connector: &Connector| fixture.pool.last_tools(connector).is_some();
    assert!(known(&connector("a", 1)) && known(&connector("a", 2)), "as after a new credential");
    let mut renamed = Arc::into_inner(connector("a", 2)).unwrap();
    renamed.config.tool_prefix = Some("p".to_owned());
    assert!(!known(&renamed) && !known(&connector("b", 1)));
    fixture.pool.forget(&[ConnectorId::new("a")]);
    assert!(!known(&connector("a", 1)));
}
