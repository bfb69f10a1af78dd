//! Several installations in one database: none sees another.

use domain::ids::{ConnectorId, TenantId};
use store::{
    StoreError,
    model::{Kind, Removed, Snapshot},
};

use crate::fixtures::{NOW_MS, Scene, edited};

/// Objects of every kind, their names beginning with `prefix`.
struct Objects {
    tenant: TenantId,
    connector: ConnectorId,
    platform_key: String,
    definition: String,
}

impl Objects {
    async fn put(scene: &Scene, prefix: &str) -> Self {
        let tenant = scene.put_tenant(&format!("{prefix}-acme")).await;
        let connector = scene.put_connector(&tenant, &format!("{prefix}-github")).await;
        let (platform_key, definition) = (format!("{prefix}-k1"), format!("{prefix}-crm"));
        scene.put_api_key(None, &format!("{prefix}-admin"), &[&platform_key]).await;
        scene.store.apply_definition(&scene.writer, &scene.definition(&definition)).await.unwrap();
        Self { tenant, connector, platform_key, definition }
    }

    /// Whether rows are those of these objects and no others.
    fn check(&self, rows: &Snapshot, scene: &Scene) {
        let origin = &scene.writer.origin;
        assert_eq!(rows.tenants.iter().map(|row| &row.tenant_id).collect::<Vec<_>>(), [&self.tenant]);
        assert_eq!(
            rows.connectors.iter().map(|row| &row.connector_id).collect::<Vec<_>>(),
            [&self.connector]
        );
        let keys = rows.keys.iter().map(|row| row.material.key_id.as_str()).collect::<Vec<_>>();
        assert_eq!(keys, [self.platform_key.as_str()]);
        let definitions = rows.definitions.iter().map(|row| row.name.as_str()).collect::<Vec<_>>();
        assert_eq!(definitions, [self.definition.as_str()]);
        assert_eq!(&rows.tenants[0].key.origin, origin);
        assert_eq!(&rows.connectors[0].key.origin, origin);
        assert_eq!(&rows.keys[0].key.origin, origin);
    }
}

pub(crate) async fn a_reader_sees_only_the_rows_of_its_installation(scene: Scene) {
    let other = scene.elsewhere("other").await;
    let (ours, theirs) = (Objects::put(&scene, "our").await, Objects::put(&other, "their").await);
    for (scene, objects) in [(&scene, &ours), (&other, &theirs)] {
        let rows = scene.gateway.snapshot(&scene.writer.origin).await.unwrap();
        objects.check(&rows, scene);
    }
    let nobody = scene.elsewhere("nobody").await;
    let rows = nobody.gateway.snapshot(&nobody.writer.origin).await.unwrap();
    assert_eq!(rows, Snapshot { revision: scene.newest().await, ..Snapshot::default() });
}

pub(crate) async fn a_delta_holds_only_changes_of_its_installation(scene: Scene) {
    let other = scene.elsewhere("other").await;
    scene.put_tenant("old").await;
    let before = scene.newest().await;
    let (ours, theirs) = (Objects::put(&scene, "our").await, Objects::put(&other, "their").await);
    for (scene, objects) in [(&scene, &ours), (&other, &theirs)] {
        let (upserts, removed) = scene.delta(before).await;
        objects.check(&upserts, scene);
        assert!(removed.is_empty());
    }
}

/// A gateway reports the revision it is at; were it to stay behind, every reader would be asked again and again.
pub(crate) async fn a_delta_that_holds_nothing_moves_the_revision(scene: Scene) {
    let other = scene.elsewhere("other").await;
    scene.put_tenant("acme").await;
    let before = scene.newest().await;
    let mut theirs = other.tenant("theirs").await;
    other.store.apply_tenant(&other.writer, &theirs).await.unwrap();
    edited(&mut theirs.provenance);
    let newest = other.store.apply_tenant(&other.writer, &theirs).await.unwrap().revision;
    let (upserts, removed) = scene.delta(before).await;
    assert!(newest > before);
    assert_eq!(upserts, Snapshot { revision: newest, ..Snapshot::default() });
    assert!(removed.is_empty());
    scene.wait_for(newest).await;
}

pub(crate) async fn a_removal_is_told_to_its_own_installation(scene: Scene) {
    let other = scene.elsewhere("other").await;
    let theirs = Objects::put(&other, "their").await;
    let mut rotated = scene.api_key(None, "admin", &["k1", "k2"]);
    scene.store.apply_api_key(&scene.writer, &rotated).await.unwrap();
    let before = scene.newest().await;
    edited(&mut rotated.provenance);
    rotated.keys.pop();
    scene.store.apply_api_key(&scene.writer, &rotated).await.unwrap();
    let definition = other.definition(&theirs.definition).provenance.key;
    for (kind, key) in [
        (Kind::Tenant, other.key("their-acme")),
        (Kind::ApiKey, other.key("their-admin")),
        (Kind::Definition, definition),
    ] {
        other.store.remove(&other.writer, kind, &key, None, NOW_MS).await.unwrap().unwrap();
    }
    let (upserts, removed) = scene.delta(before).await;
    assert_eq!(removed, [Removed { kind: Kind::ApiKey, id: "k2".to_owned() }]);
    assert_eq!(upserts.revision, other.newest().await);
    let (upserts, mut removed) = other.delta(before).await;
    assert_eq!(upserts, Snapshot { revision: scene.newest().await, ..Snapshot::default() });
    removed.sort_by_key(|gone| gone.kind);
    let gone = |kind, id: &str| Removed { kind, id: id.to_owned() };
    let expected = [
        gone(Kind::Tenant, theirs.tenant.as_str()),
        gone(Kind::Connector, theirs.connector.as_str()),
        gone(Kind::ApiKey, &theirs.platform_key),
        gone(Kind::Definition, &theirs.definition),
    ];
    assert_eq!(removed, expected);
}

/// Else a key that one installation gave up would live on there because another has adopted it.
pub(crate) async fn a_removal_is_told_even_if_another_installation_took_the_name(scene: Scene) {
    let other = scene.elsewhere("other").await;
    let definition = scene.definition("crm");
    scene.put_api_key(None, "admin", &["k1"]).await;
    scene.store.apply_definition(&scene.writer, &definition).await.unwrap();
    let before = scene.newest().await;
    for (kind, key) in [(Kind::ApiKey, scene.key("admin")), (Kind::Definition, definition.provenance.key)] {
        scene.store.remove(&scene.writer, kind, &key, None, NOW_MS).await.unwrap().unwrap();
    }
    other.put_api_key(None, "admin", &["k1"]).await;
    other.store.apply_definition(&other.writer, &other.definition("crm")).await.unwrap();
    let (upserts, removed) = scene.delta(before).await;
    assert!(upserts.keys.is_empty() && upserts.definitions.is_empty());
    assert_eq!(removed.iter().map(|gone| gone.id.as_str()).collect::<Vec<_>>(), ["k1", "crm"]);
    let (upserts, removed) = other.delta(before).await;
    assert_eq!((upserts.keys.len(), upserts.definitions.len(), removed.len()), (1, 1, 0));
}

pub(crate) async fn a_row_of_another_installations_tenant_is_refused(scene: Scene) {
    let other = scene.elsewhere("other").await;
    let theirs = other.put_tenant("theirs").await;
    let connector = scene.connector(&theirs, "github").await;
    let error = scene.store.apply_connector(&scene.writer, &connector).await.unwrap_err();
    assert!(matches!(error, StoreError::TenantGone { .. }), "{error}");
    let key = scene.api_key(Some(&theirs), "agent", &["k1"]);
    let error = scene.store.apply_api_key(&scene.writer, &key).await.unwrap_err();
    assert!(matches!(error, StoreError::TenantGone { .. }), "{error}");
}
