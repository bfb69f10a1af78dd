//! What people hear of an object that waits for its Tenant.

use std::time::Duration;

use crds::v1alpha1::{ApiKey, Connector, Tenant};
use domain::ids::Revision;

use crate::{
    gateway::Replica,
    world::{World, eventually},
};

const NATIVE: &str = "{tenantRef: {name: acme}, native: {type: github}}";

#[tokio::test]
async fn manifests_in_any_order_warn_of_nothing() {
    let world = World::start().await;
    // The order in which `kubectl apply` takes the files of a folder: by name.
    world.put("ApiKey", "agent", "{tenantRef: {name: acme}, scope: tenant_admin}").await;
    world.put("Connector", "github", NATIVE).await;
    world.reason::<ApiKey>("agent", "ReferencesResolved", "False", "TenantNotFound").await;
    world.reason::<Connector>("github", "ReferencesResolved", "False", "TenantNotFound").await;
    world.put("Tenant", "acme", "{}").await;
    world.programmed::<ApiKey>("agent").await;
    world.programmed::<Connector>("github").await;
    Replica::of(&world, "gateway").serves(Revision(i64::MAX), world.now_ms()).await;
    world.reason::<Tenant>("acme", "Ready", "True", "Ready").await;
    for name in ["agent", "github"] {
        let told = eventually(|| async {
            let told = world.events(name).await;
            told.iter().any(|(reason, _)| reason == "Ready").then_some(told)
        })
        .await;
        assert!(world.warnings(name).await.is_empty(), "{told:?}");
    }
}

#[tokio::test]
async fn a_tenant_that_never_comes_is_warned_of_once_it_has_lasted() {
    let world = World::start().await;
    world.put("Connector", "github", NATIVE).await;
    world.reason::<Connector>("github", "ReferencesResolved", "False", "TenantNotFound").await;
    world.settled().await;
    assert!(world.events("github").await.is_empty(), "it may come yet");
    world.pass_time(Duration::from_secs(31));
    let warnings = eventually(|| async {
        let warnings = world.warnings("github").await;
        (!warnings.is_empty()).then_some(warnings)
    })
    .await;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].0 == "TenantNotFound" && warnings[0].1.contains("\"acme\""), "{warnings:?}");
}

#[tokio::test]
async fn a_connector_that_was_ready_and_loses_its_tenant_warns_at_once() {
    let world = World::start().await;
    Replica::of(&world, "gateway").serves(Revision(i64::MAX), world.now_ms()).await;
    world.put("Tenant", "acme", "{}").await;
    world.put("Connector", "github", NATIVE).await;
    world.reason::<Connector>("github", "Ready", "True", "Ready").await;
    world.delete::<Tenant>("acme").await;
    world.reason::<Connector>("github", "ReferencesResolved", "False", "TenantNotFound").await;
    eventually(|| async {
        world.warnings("github").await.iter().any(|(reason, _)| reason.starts_with("Tenant")).then_some(())
    })
    .await;
}
