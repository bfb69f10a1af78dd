//! Writing configuration: what is written, what is refused.

use domain::ids::{ConnectorId, Revision, TenantId};
use store::{
    StoreError,
    model::{KeyMaterial, Kind},
};

use crate::fixtures::{NOW_MS, Scene, edited, material};

pub(crate) async fn the_database_answers_a_ping(scene: Scene) {
    scene.store.ping().await.unwrap();
}

pub(crate) async fn what_was_written_comes_back(scene: Scene) {
    let Scene { store, writer, .. } = &scene;
    let tenant = scene.tenant("acme").await;
    let mut connector = scene.connector(&tenant.tenant_id, "github").await;
    connector.config.tool_prefix = Some("gh".to_owned());
    let mut key = scene.api_key(Some(&tenant.tenant_id), "agent", &["k1"]);
    key.keys[0].expires_at_ms = Some(NOW_MS);
    let admin = scene.api_key(None, "admin", &["k2"]);
    let definition = scene.definition("crm");
    store.put_tenant_key(&tenant.tenant_id, "wrapped").await.unwrap();
    store.apply_tenant(writer, &tenant).await.unwrap();
    store.apply_connector(writer, &connector).await.unwrap();
    store.apply_api_key(writer, &key).await.unwrap();
    store.apply_api_key(writer, &admin).await.unwrap();
    let last = store.apply_definition(writer, &definition).await.unwrap();

    let mut found = scene.gateway.snapshot(&scene.writer.origin).await.unwrap();
    assert_eq!(found.revision, last.revision);
    let row = found.tenants.pop().unwrap();
    assert_eq!((&row.tenant_id, &row.key), (&tenant.tenant_id, &tenant.provenance.key));
    assert_eq!(
        (row.slug, row.config, row.wrapped_key),
        (tenant.slug, tenant.config, Some("wrapped".to_owned()))
    );
    let row = found.connectors.pop().unwrap();
    assert_eq!((&row.connector_id, &row.tenant_id), (&connector.connector_id, &connector.tenant_id));
    assert_eq!((row.key, row.created_at_ms), (connector.provenance.key, NOW_MS));
    assert_eq!((row.config, row.sealed), (connector.config, connector.sealed));
    found.keys.sort_by(|a, b| a.material.key_id.cmp(&b.material.key_id));
    for (row, written) in found.keys.iter().zip([&key, &admin]) {
        assert_eq!((&row.tenant_id, &row.key), (&written.tenant_id, &written.provenance.key));
        assert_eq!((row.scope, &row.subject), (written.scope, &written.subject));
        assert_eq!((&row.connectors, row.read_only), (&written.connectors, written.read_only));
        assert!(row.material == written.keys[0]);
    }
    let row = found.definitions.pop().unwrap();
    assert_eq!((row.name.as_str(), row.document), ("crm", definition.document));
    assert_eq!(row.revision, last.revision);
    let left = (found.tenants.len(), found.connectors.len(), found.keys.len(), found.definitions.len());
    assert_eq!(left, (0, 0, 2, 0));
}

pub(crate) async fn equal_inputs_write_nothing(scene: Scene) {
    let Scene { store, writer, .. } = &scene;
    let tenant = scene.tenant("acme").await;
    let connector = scene.connector(&tenant.tenant_id, "github").await;
    let key = scene.api_key(Some(&tenant.tenant_id), "agent", &["k1"]);
    let definition = scene.definition("crm");
    let mut first = Vec::new();
    for expect_change in [true, false] {
        let applied = [
            store.apply_tenant(writer, &tenant).await.unwrap(),
            store.apply_connector(writer, &connector).await.unwrap(),
            store.apply_api_key(writer, &key).await.unwrap(),
            store.apply_definition(writer, &definition).await.unwrap(),
        ];
        assert!(applied.iter().all(|applied| applied.changed == expect_change));
        first.push(applied.map(|applied| applied.revision));
    }
    assert_eq!(first[0], first[1]);
    assert_eq!(scene.newest().await, first[0][3]);
}

pub(crate) async fn changed_inputs_take_the_next_revision(scene: Scene) {
    let mut tenant = scene.tenant("acme").await;
    let before = scene.store.apply_tenant(&scene.writer, &tenant).await.unwrap().revision;
    edited(&mut tenant.provenance);
    tenant.config.suspended = true;
    let applied = scene.store.apply_tenant(&scene.writer, &tenant).await.unwrap();
    assert_eq!((applied.revision, applied.changed), (Revision(before.0 + 1), true));
    let found = scene.gateway.snapshot(&scene.writer.origin).await.unwrap();
    assert!(found.tenants[0].config.suspended);
    assert_eq!((found.tenants[0].revision, found.revision), (applied.revision, applied.revision));
}

pub(crate) async fn an_earlier_generation_is_stale(scene: Scene) {
    let earlier = scene.tenant("acme").await;
    let mut later = earlier.clone();
    edited(&mut later.provenance);
    scene.store.apply_tenant(&scene.writer, &later).await.unwrap();
    let before = scene.newest().await;
    let error = scene.store.apply_tenant(&scene.writer, &earlier).await.unwrap_err();
    assert!(matches!(error, StoreError::Stale { stored: 2, given: 1, .. }), "{error}");
    assert_eq!(scene.newest().await, before);
}

pub(crate) async fn the_same_generation_with_other_inputs_is_written(scene: Scene) {
    let tenant = scene.put_tenant("acme").await;
    let mut connector = scene.connector(&tenant, "github").await;
    scene.store.apply_connector(&scene.writer, &connector).await.unwrap();
    connector.provenance.inputs_hash = "a referenced Secret changed".to_owned();
    connector.sealed = Some("v1.ring.resealed".to_owned());
    assert!(scene.store.apply_connector(&scene.writer, &connector).await.unwrap().changed);
    let found = scene.gateway.snapshot(&scene.writer.origin).await.unwrap();
    assert_eq!(found.connectors[0].sealed.as_deref(), Some("v1.ring.resealed"));
}

pub(crate) async fn another_incarnation_starts_over(scene: Scene) {
    let mut old = scene.tenant("acme").await;
    edited(&mut old.provenance);
    scene.store.apply_tenant(&scene.writer, &old).await.unwrap();
    let mut new = scene.tenant("acme").await;
    new.provenance.uid = "uid-of-the-next".to_owned();
    assert!(scene.store.apply_tenant(&scene.writer, &new).await.unwrap().changed);
    let objects = scene.store.objects(&scene.writer.origin, Kind::Tenant).await.unwrap();
    assert_eq!(objects[0].uid, "uid-of-the-next");
    // Equal inputs of yet another incarnation are a change too: its rows must say that they are its own.
    new.provenance.uid = "uid-of-the-third".to_owned();
    assert!(scene.store.apply_tenant(&scene.writer, &new).await.unwrap().changed);
}

pub(crate) async fn a_slug_belongs_to_whoever_came_first(scene: Scene) {
    let first = scene.tenant("acme").await;
    scene.store.apply_tenant(&scene.writer, &first).await.unwrap();
    let other = scene.elsewhere("other").await;
    for scene in [&scene, &other] {
        let mut second = scene.tenant("rival").await;
        second.slug = first.slug.clone();
        let error = scene.store.apply_tenant(&scene.writer, &second).await.unwrap_err();
        let StoreError::SlugTaken { slug, by } = error else { panic!("{error}") };
        assert_eq!((slug.as_str(), by), ("acme", first.provenance.key.clone()));
    }
    assert_eq!(scene.gateway.snapshot(&scene.writer.origin).await.unwrap().tenants.len(), 1);
}

pub(crate) async fn a_tenant_may_change_its_slug(scene: Scene) {
    let mut tenant = scene.tenant("acme").await;
    scene.store.apply_tenant(&scene.writer, &tenant).await.unwrap();
    edited(&mut tenant.provenance);
    tenant.slug = "acme-two".parse().unwrap();
    scene.store.apply_tenant(&scene.writer, &tenant).await.unwrap();
    let mut heir = scene.tenant("heir").await;
    heir.slug = "acme".parse().unwrap();
    scene.store.apply_tenant(&scene.writer, &heir).await.unwrap();
}

pub(crate) async fn a_row_of_a_missing_tenant_is_refused(scene: Scene) {
    let missing = TenantId::new("nobody");
    let connector = scene.connector(&missing, "github").await;
    let error = scene.store.apply_connector(&scene.writer, &connector).await.unwrap_err();
    assert_eq!(error.to_string(), "tenant nobody is not in service");
    let key = scene.api_key(Some(&missing), "agent", &["k1"]);
    let error = scene.store.apply_api_key(&scene.writer, &key).await.unwrap_err();
    assert!(matches!(error, StoreError::TenantGone { .. }), "{error}");
    assert_eq!(scene.newest().await, Revision(0));
}

pub(crate) async fn an_id_that_was_not_minted_is_refused(scene: Scene) {
    let mut tenant = scene.tenant("acme").await;
    tenant.tenant_id = TenantId::new("invented");
    let error = scene.store.apply_tenant(&scene.writer, &tenant).await.unwrap_err();
    assert!(matches!(error, StoreError::Gone { .. }), "{error}");
    let tenant = scene.put_tenant("acme").await;
    let mut connector = scene.connector(&tenant, "github").await;
    connector.connector_id = ConnectorId::new("invented");
    let error = scene.store.apply_connector(&scene.writer, &connector).await.unwrap_err();
    assert!(matches!(error, StoreError::Gone { .. }), "{error}");
}

pub(crate) async fn a_key_belongs_to_one_object(scene: Scene) {
    let tenant = scene.put_tenant("acme").await;
    scene.put_api_key(Some(&tenant), "first", &["k1"]).await;
    let second = scene.api_key(Some(&tenant), "second", &["k2", "k1"]);
    let error = scene.store.apply_api_key(&scene.writer, &second).await.unwrap_err();
    let StoreError::KeyIdTaken { key_id, by } = error else { panic!("{error}") };
    assert_eq!((key_id.as_str(), by), ("k1", scene.key("first")));
    let found = scene.gateway.snapshot(&scene.writer.origin).await.unwrap();
    assert_eq!(found.keys.len(), 1, "nothing of the refused object was written");
}

pub(crate) async fn the_rows_of_a_key_object_become_exactly_those_given(scene: Scene) {
    let tenant = scene.put_tenant("acme").await;
    let mut key = scene.api_key(Some(&tenant), "agent", &["k1"]);
    scene.store.apply_api_key(&scene.writer, &key).await.unwrap();
    edited(&mut key.provenance);
    key.keys = vec![material("k2"), KeyMaterial { expires_at_ms: Some(NOW_MS), ..material("k1") }];
    let overlap = scene.store.apply_api_key(&scene.writer, &key).await.unwrap().revision;
    let found = scene.gateway.snapshot(&scene.writer.origin).await.unwrap();
    assert_eq!(found.keys.len(), 2);

    edited(&mut key.provenance);
    key.keys.pop();
    scene.store.apply_api_key(&scene.writer, &key).await.unwrap();
    let (upserts, removed) = scene.delta(overlap).await;
    assert_eq!(upserts.keys.len(), 1);
    assert!(upserts.keys[0].material == material("k2"));
    assert_eq!((removed[0].kind, removed[0].id.as_str(), removed.len()), (Kind::ApiKey, "k1", 1));
}

pub(crate) async fn an_object_without_keys_has_no_rows(scene: Scene) {
    let tenant = scene.put_tenant("acme").await;
    let mut key = scene.api_key(Some(&tenant), "agent", &[]);
    let before = scene.newest().await;
    let applied = scene.store.apply_api_key(&scene.writer, &key).await.unwrap();
    assert_eq!((applied.revision, applied.changed), (before, false));
    key.keys = vec![material("k1")];
    assert!(scene.store.apply_api_key(&scene.writer, &key).await.unwrap().changed);
    edited(&mut key.provenance);
    key.keys.clear();
    assert!(scene.store.apply_api_key(&scene.writer, &key).await.unwrap().changed);
    assert!(scene.gateway.snapshot(&scene.writer.origin).await.unwrap().keys.is_empty());
}

pub(crate) async fn a_definition_belongs_to_one_installation(scene: Scene) {
    let other = scene.elsewhere("other").await;
    scene.store.apply_definition(&scene.writer, &scene.definition("crm")).await.unwrap();
    let error = other.store.apply_definition(&other.writer, &other.definition("crm")).await.unwrap_err();
    let StoreError::DefinitionTaken { name, by } = error else { panic!("{error}") };
    assert_eq!((name.as_str(), by.origin), ("crm", scene.writer.origin));
}

pub(crate) async fn a_deposed_writer_can_do_nothing(scene: Scene) {
    let tenant = scene.tenant("acme").await;
    scene.store.apply_tenant(&scene.writer, &tenant).await.unwrap();
    let connector = scene.connector(&tenant.tenant_id, "github").await;
    let before = scene.newest().await;
    let next = scene.elsewhere("main").await;
    let Scene { store, writer, .. } = &scene;
    let key = &tenant.provenance.key;
    let admin = scene.api_key(None, "admin", &["k1"]);
    let refusals = [
        store.tenant_identity(writer, key).await.map(drop),
        store.tenant_identity(writer, &scene.key("another")).await.map(drop),
        store.connector_identity(writer, key).await.map(drop),
        store.apply_tenant(writer, &tenant).await.map(drop),
        store.apply_connector(writer, &connector).await.map(drop),
        store.apply_api_key(writer, &admin).await.map(drop),
        store.apply_definition(writer, &scene.definition("crm")).await.map(drop),
        store.remove(writer, Kind::Tenant, key, None, NOW_MS).await.map(drop),
        store.purge(writer, NOW_MS).await.map(drop),
    ];
    for refusal in refusals {
        let error = refusal.unwrap_err();
        assert!(matches!(error, StoreError::Deposed { epoch: 1, current: 2, .. }), "{error}");
        assert!(!error.is_transient());
    }
    assert_eq!(scene.newest().await, before);
    next.store.apply_connector(&next.writer, &connector).await.unwrap();
}

pub(crate) async fn a_writer_cannot_write_for_another_installation(scene: Scene) {
    let other = scene.elsewhere("other").await;
    let tenant = scene.tenant("acme").await;
    let error = scene.store.apply_tenant(&other.writer, &tenant).await.unwrap_err();
    assert!(matches!(error, StoreError::Config { setting: "origin", .. }), "{error}");
}
