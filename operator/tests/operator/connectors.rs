//! Connectors.

use crds::v1alpha1::{Connector, Tenant};
use domain::config::Backend;
use k8s_openapi::api::core::v1::Secret;
use secrecy::ExposeSecret;
use secrets::ConnectorSecrets;
use store::model::Snapshot;

use crate::world::{SYSTEM, TEAM, World, condition, eventually};

const WITH_TOKEN: &str =
    "{tenantRef: {name: acme}, native: {type: github}, credentials: {secretRef: {name: github}}}";

/// The credential that a gateway would find in the only connector's row.
fn credential(world: &World, snapshot: &Snapshot) -> Option<String> {
    let (tenant, connector) = (&snapshot.tenants[0], &snapshot.connectors[0]);
    let cipher = world.ring.tenant_cipher(tenant.tenant_id.as_str(), tenant.wrapped_key.as_ref()?).unwrap();
    let sealed = connector.sealed.as_ref()?;
    let secrets = ConnectorSecrets::open(&cipher, connector.connector_id.as_str(), sealed).unwrap();
    secrets.credential.map(|it| it.expose_secret().to_owned())
}

#[tokio::test]
async fn a_native_connector_with_a_token_becomes_a_row_with_sealed_secrets() {
    let world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.put_secret("github", "{sagemcp.io/use: credentials}", "{token: planted-token}").await;
    world.put("Connector", "github", WITH_TOKEN).await;
    let connector: Connector = world.programmed("github").await;
    assert_eq!(connector.status.as_ref().unwrap().kind.as_deref(), Some("native"));
    let snapshot = world.store.snapshot(&world.options.origin).await.unwrap();
    assert!(
        matches!(&snapshot.connectors[0].config.backend, Backend::Native { service, .. } if service == "github")
    );
    assert_eq!(credential(&world, &snapshot).as_deref(), Some("planted-token"));
    assert!(!serde_json::to_string(&connector).unwrap().contains("planted-token"));
}

#[tokio::test]
async fn a_connector_waits_for_its_tenant_and_its_secret_and_follows_the_secret() {
    let world = World::start().await;
    world.put("Connector", "github", WITH_TOKEN).await;
    world.reason::<Connector>("github", "ReferencesResolved", "False", "TenantNotFound").await;
    world.put("Tenant", "acme", "{}").await;
    world.reason::<Connector>("github", "ReferencesResolved", "False", "SecretNotFound").await;
    world.put_secret("github", "{}", "{other: x}").await;
    world.put_secret("github", "{sagemcp.io/use: credentials}", "{other: x}").await;
    world.reason::<Connector>("github", "ReferencesResolved", "False", "SecretKeyMissing").await;
    world.put_secret("github", "{sagemcp.io/use: credentials}", "{token: one}").await;
    world.programmed::<Connector>("github").await;
    world.put_secret("github", "{sagemcp.io/use: credentials}", "{token: two}").await;
    eventually(|| async {
        let snapshot = world.store.snapshot(&world.options.origin).await.unwrap();
        (credential(&world, &snapshot).as_deref() == Some("two")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_secret_without_the_label_is_not_used_and_the_previous_row_stays() {
    let world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.put_secret("github", "{sagemcp.io/use: credentials}", "{token: one}").await;
    world.put("Connector", "github", WITH_TOKEN).await;
    world.programmed::<Connector>("github").await;
    world.put_secret("github", "{}", "{token: one}").await;
    let message =
        world.reason::<Connector>("github", "ReferencesResolved", "False", "SecretNotLabelled").await;
    assert!(
        message
            .contains(&format!("kubectl label secret --namespace {TEAM} github sagemcp.io/use=credentials")),
        "{message}"
    );
    let snapshot = world.store.snapshot(&world.options.origin).await.unwrap();
    assert_eq!(credential(&world, &snapshot).as_deref(), Some("one"), "the previous state serves on");
    let connector: Connector = world.team().get("github").await.unwrap();
    assert!(condition(&connector, "Programmed").unwrap().message.contains("stays in service"));
    world.put_secret("github", "{sagemcp.io/use: credentials}", "{token: one}").await;
    world.programmed::<Connector>("github").await;
}

#[tokio::test]
async fn the_key_ring_can_never_be_named() {
    let world = World::start_with(|options| {
        options.namespace = TEAM.to_owned();
        options.key_ring_secret = Some("ring".to_owned());
    })
    .await;
    world.put("Tenant", "acme", "{}").await;
    world.put_secret("ring", "{sagemcp.io/use: credentials}", "{token: planted}").await;
    world.put("Connector", "github", &WITH_TOKEN.replace("name: github}}", "name: ring}}")).await;
    world.reason::<Connector>("github", "Accepted", "False", "SecretForbidden").await;
    assert!(world.store.snapshot(&world.options.origin).await.unwrap().connectors.is_empty());
    assert_ne!(TEAM, SYSTEM);
}

#[tokio::test]
async fn a_refused_change_leaves_the_previous_row_in_service() {
    let world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.put("Connector", "far", "{tenantRef: {name: acme}, remote: {url: 'https://x.example/mcp'}}").await;
    let before: Connector = world.programmed("far").await;
    world.put("Connector", "far", "{tenantRef: {name: acme}, remote: {url: 'https://10.0.0.7/mcp'}}").await;
    let message = world.reason::<Connector>("far", "Accepted", "False", "EgressRefused").await;
    assert!(message.contains("--egress-allow 10.0.0.7:443"), "{message}");
    let row = world.store.snapshot(&world.options.origin).await.unwrap().connectors.remove(0);
    assert!(matches!(row.config.backend, Backend::Remote { url } if url == "https://x.example/mcp"));
    let after: Connector = world.team().get("far").await.unwrap();
    assert_eq!(after.status.unwrap().revision, before.status.unwrap().revision);
}

#[tokio::test]
async fn a_deleted_connector_loses_its_row() {
    let world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.put("Connector", "far", "{tenantRef: {name: acme}, remote: {url: 'https://x.example/mcp'}}").await;
    world.programmed::<Connector>("far").await;
    world.delete::<Connector>("far").await;
    eventually(|| async {
        world.store.snapshot(&world.options.origin).await.unwrap().connectors.is_empty().then_some(())
    })
    .await;
    world.programmed::<Tenant>("acme").await;
}

#[tokio::test]
async fn an_optional_secret_may_come_later() {
    let world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    let spec = WITH_TOKEN.replace("name: github}}", "name: github, optional: true}}");
    world.put("Connector", "github", &spec).await;
    world.programmed::<Connector>("github").await;
    assert_eq!(world.store.snapshot(&world.options.origin).await.unwrap().connectors[0].sealed, None);
    world.put_secret("github", "{sagemcp.io/use: credentials}", "{token: late}").await;
    eventually(|| async {
        let snapshot = world.store.snapshot(&world.options.origin).await.unwrap();
        (credential(&world, &snapshot).as_deref() == Some("late")).then_some(())
    })
    .await;
    world.delete::<Secret>("github").await;
    eventually(|| async {
        world.store.snapshot(&world.options.origin).await.unwrap().connectors[0]
            .sealed
            .is_none()
            .then_some(())
    })
    .await;
}
