//! Removing objects.

use store::model::{Kind, Removed};

use crate::fixtures::{NOW_MS, Scene};

fn removed(kind: Kind, id: &str) -> Removed {
    Removed { kind, id: id.to_string() }
}

pub(crate) async fn a_removed_object_leaves_a_tombstone(scene: Scene) {
    let tenant = scene.put_tenant("acme").await;
    let connector = scene.put_connector(&tenant, "github").await;
    scene.put_api_key(Some(&tenant), "agent", &["k1", "k2"]).await;
    let definition = scene.definition("crm");
    scene.store.apply_definition(&scene.writer, &definition).await.unwrap();
    for (kind, key, ids) in [
        (Kind::Connector, scene.key("github"), vec![connector.to_string()]),
        (Kind::ApiKey, scene.key("agent"), vec!["k1".to_owned(), "k2".to_owned()]),
        (Kind::Definition, definition.provenance.key, vec!["crm".to_owned()]),
        (Kind::Tenant, scene.key("acme"), vec![tenant.to_string()]),
    ] {
        let before = scene.newest().await;
        let revision = scene.store.remove(&scene.writer, kind, &key, None, NOW_MS).await.unwrap();
        assert_eq!(revision, Some(scene.newest().await));
        let (upserts, mut gone) = scene.delta(before).await;
        assert!(upserts.tenants.is_empty() && upserts.connectors.is_empty() && upserts.keys.is_empty());
        gone.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(gone, ids.iter().map(|id| removed(kind, id)).collect::<Vec<_>>());
    }
    let left = scene.gateway.snapshot(&scene.writer.origin).await.unwrap();
    assert!(left.tenants.is_empty() && left.connectors.is_empty());
    assert!(left.keys.is_empty() && left.definitions.is_empty());
}

pub(crate) async fn a_deleted_tenant_loses_its_connectors_and_keys(scene: Scene) {
    let tenant = scene.put_tenant("acme").await;
    let connector = scene.put_connector(&tenant, "github").await;
    scene.put_api_key(Some(&tenant), "agent", &["k1"]).await;
    let other = scene.put_tenant("other").await;
    scene.put_connector(&other, "jira").await;
    scene.put_api_key(None, "admin", &["k9"]).await;
    let before = scene.newest().await;
    scene.store.remove(&scene.writer, Kind::Tenant, &scene.key("acme"), None, NOW_MS).await.unwrap();
    let (_, gone) = scene.delta(before).await;
    assert_eq!(gone.len(), 3);
    assert!(gone.contains(&removed(Kind::Tenant, tenant.as_str())));
    assert!(gone.contains(&removed(Kind::Connector, connector.as_str())));
    assert!(gone.contains(&removed(Kind::ApiKey, "k1")));
    let left = scene.gateway.snapshot(&scene.writer.origin).await.unwrap();
    assert_eq!((left.tenants.len(), left.connectors.len(), left.keys.len()), (1, 1, 1));
}

pub(crate) async fn rows_of_another_incarnation_are_left_alone(scene: Scene) {
    scene.put_tenant("acme").await;
    let key = scene.key("acme");
    let before = scene.newest().await;
    let gone =
        scene.store.remove(&scene.writer, Kind::Tenant, &key, Some("uid-of-another"), NOW_MS).await.unwrap();
    assert_eq!((gone, scene.newest().await), (None, before));
    let gone = scene.store.remove(&scene.writer, Kind::Tenant, &key, Some("uid-acme"), NOW_MS).await.unwrap();
    assert!(gone.is_some());
}

pub(crate) async fn removing_nothing_takes_no_revision(scene: Scene) {
    for kind in [Kind::Tenant, Kind::Connector, Kind::ApiKey, Kind::Definition] {
        let gone = scene.store.remove(&scene.writer, kind, &scene.key("nobody"), None, NOW_MS).await.unwrap();
        assert_eq!(gone, None);
    }
    assert_eq!(scene.newest().await.0, 0);
}

pub(crate) async fn a_slug_is_free_after_its_tenant_went(scene: Scene) {
    scene.put_tenant("acme").await;
    scene.store.remove(&scene.writer, Kind::Tenant, &scene.key("acme"), None, NOW_MS).await.unwrap();
    let mut heir = scene.tenant("heir").await;
    heir.slug = "acme".parse().unwrap();
    scene.store.apply_tenant(&scene.writer, &heir).await.unwrap();
}

pub(crate) async fn the_sweep_sees_the_objects_of_its_own_installation(scene: Scene) {
    let other = scene.elsewhere("other").await;
    other.put_tenant("theirs").await;
    let tenant = scene.put_tenant("acme").await;
    scene.put_connector(&tenant, "github").await;
    scene.put_connector(&tenant, "jira").await;
    scene.put_api_key(Some(&tenant), "agent", &["k1", "k2"]).await;
    scene.store.apply_definition(&scene.writer, &scene.definition("crm")).await.unwrap();
    for (kind, names) in [
        (Kind::Tenant, vec!["acme"]),
        (Kind::Connector, vec!["github", "jira"]),
        (Kind::ApiKey, vec!["agent"]),
        (Kind::Definition, vec!["crm"]),
    ] {
        let objects = scene.store.objects(&scene.writer.origin, kind).await.unwrap();
        assert_eq!(objects.iter().map(|object| object.key.name.as_str()).collect::<Vec<_>>(), names);
        assert!(objects.iter().all(|object| object.uid == format!("uid-{}", object.key.name)));
    }
}
