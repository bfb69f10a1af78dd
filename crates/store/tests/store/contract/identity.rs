//! Ids and tenants' keys.

use std::collections::HashSet;

use domain::ids::ObjectKey;
use store::model::Kind;

use crate::fixtures::{NOW_MS, Scene};

pub(crate) async fn an_identity_is_minted_once_and_kept(scene: Scene) {
    let first = scene.put_tenant("acme").await;
    let connector = scene.put_connector(&first, "github").await;
    scene.store.remove(&scene.writer, Kind::Tenant, &scene.key("acme"), None, NOW_MS).await.unwrap();
    assert_eq!(scene.put_tenant("acme").await, first);
    assert_eq!(scene.put_connector(&first, "github").await, connector);
}

pub(crate) async fn objects_that_differ_in_anything_have_different_ids(scene: Scene) {
    let other = scene.elsewhere("other").await;
    let mut ids = HashSet::new();
    for scene in [&scene, &other] {
        for (namespace, name) in [("team", "a"), ("team", "b"), ("a", "team")] {
            let origin = scene.writer.origin.clone();
            let key = ObjectKey { origin, namespace: namespace.to_owned(), name: name.to_owned() };
            ids.insert(scene.store.tenant_identity(&scene.writer, &key).await.unwrap().to_string());
            ids.insert(scene.store.connector_identity(&scene.writer, &key).await.unwrap().to_string());
        }
    }
    assert_eq!(ids.len(), 12);
}

pub(crate) async fn the_first_tenant_key_put_stays(scene: Scene) {
    let tenant = scene.put_tenant("acme").await;
    assert_eq!(scene.store.tenant_key(&tenant).await.unwrap(), None);
    assert_eq!(scene.store.put_tenant_key(&tenant, "first").await.unwrap(), "first");
    assert_eq!(scene.store.put_tenant_key(&tenant, "second").await.unwrap(), "first");
    assert_eq!(scene.store.tenant_key(&tenant).await.unwrap().as_deref(), Some("first"));
}

pub(crate) async fn a_key_put_after_its_tenant_was_loaded_reaches_readers(scene: Scene) {
    let tenant = scene.put_tenant("acme").await;
    let loaded = scene.newest().await;
    scene.store.put_tenant_key(&tenant, "wrapped").await.unwrap();
    let (upserts, _) = scene.delta(loaded).await;
    assert_eq!(upserts.tenants[0].wrapped_key.as_deref(), Some("wrapped"));
}

pub(crate) async fn a_tenant_is_in_service_while_it_has_a_row(scene: Scene) {
    let key = scene.key("acme");
    scene.store.tenant_identity(&scene.writer, &key).await.unwrap();
    assert_eq!(scene.store.tenant_in_service(&key).await.unwrap(), None, "an identity is not a row");
    let tenant = scene.put_tenant("acme").await;
    assert_eq!(scene.store.tenant_in_service(&key).await.unwrap(), Some((tenant, "acme".to_owned())));
    scene.store.remove(&scene.writer, Kind::Tenant, &key, None, NOW_MS).await.unwrap();
    assert_eq!(scene.store.tenant_in_service(&key).await.unwrap(), None);
}
