//! Reading configuration.

use domain::ids::Revision;
use store::model::{Changes, Kind, Snapshot};

use crate::fixtures::{NOW_MS, Scene, edited};

pub(crate) async fn a_delta_holds_only_what_changed(scene: Scene) {
    let tenant = scene.put_tenant("acme").await;
    scene.put_connector(&tenant, "github").await;
    let before = scene.newest().await;
    let jira = scene.put_connector(&tenant, "jira").await;
    let (upserts, removed) = scene.delta(before).await;
    assert_eq!(upserts.revision, scene.newest().await);
    assert_eq!(upserts.connectors.iter().map(|row| &row.connector_id).collect::<Vec<_>>(), [&jira]);
    assert!(upserts.tenants.is_empty() && upserts.keys.is_empty() && removed.is_empty());
}

pub(crate) async fn a_reader_who_knows_everything_gets_nothing(scene: Scene) {
    scene.put_tenant("acme").await;
    let revision = scene.newest().await;
    let (upserts, removed) = scene.delta(revision).await;
    assert_eq!(upserts, Snapshot { revision, ..Snapshot::default() });
    assert!(removed.is_empty());
}

pub(crate) async fn a_recreated_object_is_an_upsert_and_not_a_removal(scene: Scene) {
    let tenant = scene.put_tenant("acme").await;
    scene.put_connector(&tenant, "github").await;
    let before = scene.newest().await;
    scene.store.remove(&scene.writer, Kind::Connector, &scene.key("github"), None, NOW_MS).await.unwrap();
    scene.put_connector(&tenant, "github").await;
    let (upserts, removed) = scene.delta(before).await;
    assert_eq!((upserts.connectors.len(), removed.len()), (1, 0));
}

pub(crate) async fn a_reader_ahead_of_the_database_loads_all(scene: Scene) {
    scene.put_tenant("acme").await;
    let ahead = Revision(scene.newest().await.0 + 1);
    assert_eq!(scene.gateway.changes_since(&scene.writer.origin, ahead).await.unwrap(), Changes::Reload);
}

pub(crate) async fn the_revision_is_announced(scene: Scene) {
    let mut tenant = scene.tenant("acme").await;
    for _ in 0..3 {
        let applied = scene.store.apply_tenant(&scene.writer, &tenant).await.unwrap();
        scene.wait_for(applied.revision).await;
        edited(&mut tenant.provenance);
    }
    let gone = scene
        .store
        .remove(&scene.writer, Kind::Tenant, &scene.key("acme"), None, NOW_MS)
        .await
        .unwrap()
        .unwrap();
    scene.wait_for(gone).await;
    assert_eq!(*scene.gateway.revisions().borrow(), gone);
}

/// A writer moves a tenant and its connector to the same generation, over and over, in one order; no reader may see the
/// second ahead of the first, or rows newer than the revision it is told.
pub(crate) async fn a_snapshot_is_of_one_revision_while_others_write(scene: Scene) {
    let tenant_id = scene.put_tenant("acme").await;
    scene.put_connector(&tenant_id, "github").await;
    let writing = tokio::spawn({
        let scene = scene.clone();
        let mut tenant = scene.tenant("acme").await;
        let mut connector = scene.connector(&tenant_id, "github").await;
        async move {
            for round in 0..40 {
                edited(&mut tenant.provenance);
                edited(&mut connector.provenance);
                tenant.config.display_name = round.to_string();
                connector.config.display_name = round.to_string();
                scene.store.apply_tenant(&scene.writer, &tenant).await.unwrap();
                scene.store.apply_connector(&scene.writer, &connector).await.unwrap();
            }
        }
    });
    while !writing.is_finished() {
        let found = scene.gateway.snapshot(&scene.writer.origin).await.unwrap();
        let (tenant, connector) = (&found.tenants[0], &found.connectors[0]);
        assert_eq!(tenant.revision.max(connector.revision), found.revision);
        let round = |name: &str| name.parse::<i32>().unwrap_or(-1);
        let ahead = round(&tenant.config.display_name) - round(&connector.config.display_name);
        assert!((0..=1).contains(&ahead), "the tenant is {ahead} rounds ahead");
    }
    writing.await.unwrap();
}

pub(crate) async fn the_operator_reads_back_its_keys_and_definitions(scene: Scene) {
    let key = scene.api_key(None, "admin", &["k1", "k2"]);
    let definition = scene.definition("crm");
    let missing = (scene.key("admin"), definition.provenance.key.clone());
    assert!(scene.store.api_key_materials(&missing.0).await.unwrap().is_empty());
    assert!(scene.store.definition(&missing.1).await.unwrap().is_none());
    scene.store.apply_api_key(&scene.writer, &key).await.unwrap();
    scene.store.apply_definition(&scene.writer, &definition).await.unwrap();
    assert!(scene.store.api_key_materials(&key.provenance.key).await.unwrap() == key.keys);
    let row = scene.store.definition(&definition.provenance.key).await.unwrap().unwrap();
    assert_eq!(row.document, definition.document);
}
