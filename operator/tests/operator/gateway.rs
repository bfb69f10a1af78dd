//! What a gateway does to the store, and what the operator makes of it.

use std::sync::Arc;

use crds::v1alpha1::{Connector, Tenant};
use domain::ids::{ConnectorId, Origin, Revision};
use store::{
    Store,
    model::{Discovery, DiscoveryOutcome, Heartbeat, Unportable},
};

use crate::world::{World, condition};

/// A replica that says what it serves.
pub(crate) struct Replica {
    pub(crate) name: &'static str,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) origin: Origin,
}

impl Replica {
    pub(crate) fn of(world: &World, name: &'static str) -> Self {
        Self { name, store: Arc::clone(&world.store), origin: world.options.origin.clone() }
    }

    pub(crate) async fn serves(&self, revision: Revision, at_ms: i64) {
        let beat = Heartbeat {
            replica: self.name.to_owned(),
            origin: self.origin.clone(),
            revision,
            ready: true,
            at_ms,
        };
        self.store.heartbeat(&beat).await.unwrap();
    }
}

#[tokio::test]
async fn ready_means_that_every_replica_serves_it_and_stays_when_replicas_change() {
    let world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    let tenant: Tenant = world.programmed("acme").await;
    assert_eq!(condition(&tenant, "Ready").unwrap().reason, "NoGateway");
    let revision = Revision(tenant.status.unwrap().revision.unwrap());

    let (fast, slow) = (Replica::of(&world, "fast"), Replica::of(&world, "slow"));
    slow.serves(Revision(0), world.now_ms()).await;
    fast.serves(revision, world.now_ms()).await;
    world.reason::<Tenant>("acme", "Ready", "False", "Loading").await;
    slow.serves(revision, world.now_ms()).await;
    let ready: Tenant =
        world.until("acme", |it| condition(it, "Ready").is_some_and(|it| it.status == "True")).await;
    assert_eq!(condition(&ready, "Served").unwrap().status, "True");

    world.settled().await;
    let written = world.options.metrics.statuses_written(store::model::Kind::Tenant);
    Replica::of(&world, "newcomer").serves(Revision(0), world.now_ms()).await;
    world.put("Connector", "other", "{tenantRef: {name: acme}, remote: {url: 'https://x.example/'}}").await;
    world.reason::<Connector>("other", "Served", "False", "Loading").await;
    world.settled().await;
    assert_eq!(world.options.metrics.statuses_written(store::model::Kind::Tenant), written);
}

#[tokio::test]
async fn a_replica_that_is_silent_for_ten_seconds_is_not_waited_for() {
    let world = World::start().await;
    Replica::of(&world, "dead").serves(Revision(0), world.now_ms() - 11_000).await;
    world.put("Tenant", "acme", "{}").await;
    let tenant: Tenant = world.programmed("acme").await;
    let revision = Revision(tenant.status.unwrap().revision.unwrap());
    Replica::of(&world, "alive").serves(revision, world.now_ms()).await;
    world.reason::<Tenant>("acme", "Ready", "True", "Ready").await;
}

#[tokio::test]
async fn what_a_gateway_discovered_is_shown() {
    let world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.put("Connector", "files", "{tenantRef: {name: acme}, hosted: {command: nope}}").await;
    let connector: Connector = world.programmed("files").await;
    assert_eq!(condition(&connector, "ToolsDiscovered").unwrap().reason, "Discovering");
    assert_eq!(condition(&connector, "Ready").unwrap().reason, "NoGateway");
    let status = connector.status.unwrap();
    let replica = Replica::of(&world, "gateway");
    replica.serves(Revision(status.revision.unwrap()), world.now_ms()).await;
    world.reason::<Connector>("files", "Ready", "Unknown", "Discovering").await;
    let found = |outcome| Discovery {
        connector_id: ConnectorId::new(status.connector_id.clone().unwrap()),
        revision: Revision(status.revision.unwrap()),
        outcome,
        at_ms: world.now_ms(),
    };
    let (reason, message) = ("CommandNotFound".to_owned(), "there is no program \"nope\" in PATH".to_owned());
    world.store.record_discovery(&found(DiscoveryOutcome::Failed { reason, message })).await.unwrap();
    let shown = world.reason::<Connector>("files", "ToolsDiscovered", "False", "CommandNotFound").await;
    assert!(shown.contains("nope"), "{shown}");
    let shown = world.reason::<Connector>("files", "Ready", "False", "CommandNotFound").await;
    assert!(shown.contains("nope"), "{shown}");
    let unportable = Unportable { tools: 1, findings: vec!["a b: rename the tool".to_owned()] };
    let tools = DiscoveryOutcome::Tools { count: 12, unportable };
    world.store.record_discovery(&found(tools)).await.unwrap();
    world.reason::<Connector>("files", "ToolsDiscovered", "True", "Discovered").await;
    let shown = world.reason::<Connector>("files", "ToolsPortable", "False", "RefusedByModels").await;
    assert_eq!(shown, "1 of 12 tools: a b: rename the tool");
    world.reason::<Connector>("files", "Ready", "True", "Ready").await;
    let connector: Connector = world.programmed("files").await;
    assert_eq!(connector.status.unwrap().tools.unwrap().count, 12);
}
