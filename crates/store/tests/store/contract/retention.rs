//! What is kept of things that went, and for how long.

use store::model::{Changes, Discovery, DiscoveryOutcome, Kind, Purged, Unportable};

use crate::fixtures::{DAY_MS, NOW_MS, Scene, edited};

/// Records that a connector has tools.
async fn discover(scene: &Scene, connector: &domain::ids::ConnectorId) {
    let discovery = Discovery {
        connector_id: connector.clone(),
        revision: scene.newest().await,
        outcome: DiscoveryOutcome::Tools { count: 3, unportable: Unportable::default() },
        at_ms: NOW_MS,
    };
    scene.gateway.record_discovery(&discovery).await.unwrap();
}

pub(crate) async fn a_removed_tenants_data_goes_after_seven_days(scene: Scene) {
    let Scene { store, writer, .. } = &scene;
    let tenant = scene.put_tenant("acme").await;
    let connector = scene.put_connector(&tenant, "github").await;
    store.put_tenant_key(&tenant, "wrapped").await.unwrap();
    discover(&scene, &connector).await;
    store.remove(writer, Kind::Tenant, &scene.key("acme"), None, NOW_MS).await.unwrap();
    let purged = store.purge(writer, NOW_MS + 7 * DAY_MS).await.unwrap();
    assert_eq!(purged.tenants, 0);
    assert!(store.tenant_key(&tenant).await.unwrap().is_some());
    assert!(store.discovery(&connector).await.unwrap().is_some());
    let purged = store.purge(writer, NOW_MS + 7 * DAY_MS + 1).await.unwrap();
    assert_eq!(purged.tenants, 1);
    assert!(store.tenant_key(&tenant).await.unwrap().is_none());
    assert!(store.discovery(&connector).await.unwrap().is_none());
    assert_eq!(store.purge(writer, NOW_MS + 8 * DAY_MS).await.unwrap(), Purged::default());
}

pub(crate) async fn a_tenant_that_is_not_retained_loses_its_data_at_once(scene: Scene) {
    let Scene { store, writer, .. } = &scene;
    let mut tenant = scene.tenant("acme").await;
    tenant.retain = false;
    store.apply_tenant(writer, &tenant).await.unwrap();
    let connector = scene.put_connector(&tenant.tenant_id, "github").await;
    store.put_tenant_key(&tenant.tenant_id, "wrapped").await.unwrap();
    discover(&scene, &connector).await;
    store.remove(writer, Kind::Tenant, &scene.key("acme"), None, NOW_MS).await.unwrap();
    assert!(store.tenant_key(&tenant.tenant_id).await.unwrap().is_none());
    assert!(store.discovery(&connector).await.unwrap().is_none());
}

pub(crate) async fn a_recreated_tenant_finds_its_data(scene: Scene) {
    let Scene { store, writer, .. } = &scene;
    let tenant = scene.put_tenant("acme").await;
    store.put_tenant_key(&tenant, "wrapped").await.unwrap();
    store.remove(writer, Kind::Tenant, &scene.key("acme"), None, NOW_MS).await.unwrap();
    assert_eq!(scene.put_tenant("acme").await, tenant);
    assert_eq!(store.purge(writer, NOW_MS + 30 * DAY_MS).await.unwrap().tenants, 0);
    let found = scene.gateway.snapshot(&scene.writer.origin).await.unwrap();
    assert_eq!(found.tenants[0].wrapped_key.as_deref(), Some("wrapped"));
}

pub(crate) async fn a_tombstone_goes_after_a_day_and_older_readers_load_all(scene: Scene) {
    let Scene { store, writer, .. } = &scene;
    let tenant = scene.put_tenant("acme").await;
    scene.put_connector(&tenant, "github").await;
    let before = scene.newest().await;
    let gone =
        store.remove(writer, Kind::Connector, &scene.key("github"), None, NOW_MS).await.unwrap().unwrap();
    assert_eq!(store.purge(writer, NOW_MS + DAY_MS).await.unwrap().tombstones, 0);
    assert_eq!(scene.delta(before).await.1.len(), 1);
    assert_eq!(store.purge(writer, NOW_MS + DAY_MS + 1).await.unwrap().tombstones, 1);
    assert_eq!(scene.gateway.changes_since(&scene.writer.origin, before).await.unwrap(), Changes::Reload);
    assert!(scene.delta(gone).await.1.is_empty());
}

pub(crate) async fn a_key_rotated_away_is_forgotten_a_day_after_the_next_purge(scene: Scene) {
    let Scene { store, writer, .. } = &scene;
    let mut key = scene.api_key(None, "admin", &["k1", "k2"]);
    let before = store.apply_api_key(writer, &key).await.unwrap().revision;
    edited(&mut key.provenance);
    key.keys.pop();
    store.apply_api_key(writer, &key).await.unwrap();
    assert_eq!(store.purge(writer, NOW_MS).await.unwrap().tombstones, 0);
    assert_eq!(store.purge(writer, NOW_MS + DAY_MS).await.unwrap().tombstones, 0);
    assert_eq!(scene.delta(before).await.1.len(), 1);
    assert_eq!(store.purge(writer, NOW_MS + DAY_MS + 1).await.unwrap().tombstones, 1);
    assert_eq!(scene.gateway.changes_since(&scene.writer.origin, before).await.unwrap(), Changes::Reload);
}

pub(crate) async fn a_late_report_of_a_removed_connector_is_purged(scene: Scene) {
    let Scene { store, writer, .. } = &scene;
    let tenant = scene.put_tenant("acme").await;
    let connector = scene.put_connector(&tenant, "github").await;
    discover(&scene, &connector).await;
    store.remove(writer, Kind::Connector, &scene.key("github"), None, NOW_MS).await.unwrap();
    assert!(store.discovery(&connector).await.unwrap().is_none());
    discover(&scene, &connector).await;
    store.purge(writer, NOW_MS).await.unwrap();
    assert!(store.discovery(&connector).await.unwrap().is_none());
    assert!(store.discoveries_since(0).await.unwrap().is_empty());
}
