//! What gateways report.

use domain::ids::{ConnectorId, Origin, Revision};
use store::model::{Discovery, DiscoveryOutcome, Heartbeat, Unportable};

use crate::fixtures::{NOW_MS, Scene};

fn beat(replica: &str, revision: i64, at_ms: i64) -> Heartbeat {
    Heartbeat {
        replica: replica.to_owned(),
        origin: Origin::new("main"),
        revision: Revision(revision),
        ready: true,
        at_ms,
    }
}

pub(crate) async fn a_replica_is_seen_until_it_is_silent(scene: Scene) {
    scene.gateway.heartbeat(&beat("a", 1, NOW_MS)).await.unwrap();
    scene.gateway.heartbeat(&beat("b", 1, NOW_MS)).await.unwrap();
    let update = Heartbeat { ready: false, ..beat("b", 2, NOW_MS + 5) };
    scene.gateway.heartbeat(&update).await.unwrap();
    let seen = scene.store.replicas(NOW_MS).await.unwrap();
    assert_eq!(seen.len(), 2);
    assert!(seen[0].ready && seen[0].revision == Revision(1));
    let seen = scene.store.replicas(NOW_MS + 1).await.unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].replica.as_str(), seen[0].ready, seen[0].at_ms), ("b", false, NOW_MS + 5));
    assert_eq!((seen[0].revision, &seen[0].origin), (Revision(2), &Origin::new("main")));
}

pub(crate) async fn a_retired_replica_is_gone(scene: Scene) {
    scene.gateway.heartbeat(&beat("a", 1, NOW_MS)).await.unwrap();
    scene.gateway.retire_replica("a").await.unwrap();
    scene.gateway.retire_replica("a").await.unwrap();
    assert!(scene.store.replicas(0).await.unwrap().is_empty());
}

pub(crate) async fn a_replica_silent_for_an_hour_is_purged(scene: Scene) {
    let hour_ms = 60 * 60 * 1000;
    scene.gateway.heartbeat(&beat("a", 1, NOW_MS)).await.unwrap();
    scene.gateway.heartbeat(&beat("b", 1, NOW_MS + 1)).await.unwrap();
    let purged = scene.store.purge(&scene.writer, NOW_MS + hour_ms + 1).await.unwrap();
    assert_eq!(purged.replicas, 1);
    assert_eq!(scene.store.replicas(0).await.unwrap()[0].replica, "b");
}

/// A discovery of tools.
fn tools(connector: &ConnectorId, revision: Revision, count: u32, at_ms: i64) -> Discovery {
    Discovery {
        connector_id: connector.clone(),
        revision,
        outcome: DiscoveryOutcome::Tools { count, unportable: Unportable::default() },
        at_ms,
    }
}

async fn connector(scene: &Scene) -> (ConnectorId, Revision) {
    let tenant = scene.put_tenant("acme").await;
    let connector = scene.put_connector(&tenant, "github").await;
    (connector, scene.newest().await)
}

pub(crate) async fn the_latest_discovery_counts(scene: Scene) {
    let (connector, revision) = connector(&scene).await;
    assert_eq!(scene.store.discovery(&connector).await.unwrap(), None);
    scene.gateway.record_discovery(&tools(&connector, revision, 3, NOW_MS)).await.unwrap();
    let outcome =
        DiscoveryOutcome::Failed { reason: "Unreachable".to_owned(), message: "no answer".to_owned() };
    let failed = Discovery { outcome, ..tools(&connector, revision, 0, NOW_MS + 1) };
    scene.gateway.record_discovery(&failed).await.unwrap();
    scene.gateway.record_discovery(&tools(&connector, revision, 4, NOW_MS)).await.unwrap();
    assert_eq!(scene.store.discovery(&connector).await.unwrap(), Some(failed));
}

pub(crate) async fn a_discovery_of_an_older_row_does_not_replace_a_newer_one(scene: Scene) {
    let (connector, revision) = connector(&scene).await;
    let newer = tools(&connector, revision, 3, NOW_MS);
    scene.gateway.record_discovery(&newer).await.unwrap();
    let older = tools(&connector, Revision(revision.0 - 1), 9, NOW_MS + 1);
    scene.gateway.record_discovery(&older).await.unwrap();
    assert_eq!(scene.store.discovery(&connector).await.unwrap(), Some(newer));
}

pub(crate) async fn a_discovery_of_a_missing_connector_is_dropped(scene: Scene) {
    let missing = ConnectorId::new("nobody");
    scene.gateway.record_discovery(&tools(&missing, Revision(1), 3, NOW_MS)).await.unwrap();
    assert_eq!(scene.store.discovery(&missing).await.unwrap(), None);
}

pub(crate) async fn discoveries_are_found_by_time(scene: Scene) {
    let (first, revision) = connector(&scene).await;
    let tenant = scene.put_tenant("acme").await;
    let second = scene.put_connector(&tenant, "jira").await;
    scene.gateway.record_discovery(&tools(&second, revision, 2, NOW_MS + 1)).await.unwrap();
    scene.gateway.record_discovery(&tools(&first, revision, 1, NOW_MS)).await.unwrap();
    let ids = |found: Vec<Discovery>| found.into_iter().map(|one| one.connector_id).collect::<Vec<_>>();
    assert_eq!(ids(scene.store.discoveries_since(NOW_MS).await.unwrap()), [first, second.clone()]);
    assert_eq!(ids(scene.store.discoveries_since(NOW_MS + 1).await.unwrap()), [second]);
}
