//! Tenants.

use crds::v1alpha1::{ApiKey, Connector, Tenant};
use kube::{Api, ResourceExt, api::DeleteParams};
use operator::Endpoints;
use store::model::Kind;

use crate::world::{World, condition, eventually};

#[tokio::test]
async fn a_tenant_gets_an_id_a_key_an_endpoint_and_a_row() {
    let world = World::start_with(|options| {
        options.endpoints = Endpoints::new(Some("https://mcp.example.com".parse().unwrap()), None);
    })
    .await;
    world.put("Tenant", "acme", "{displayName: Acme Inc., rateLimit: {requestsPerMinute: 60}}").await;
    let tenant: Tenant = world.programmed("acme").await;
    assert_eq!(tenant.finalizers(), ["sagemcp.io/tenant"]);
    let status = tenant.status.unwrap();
    assert_eq!(status.endpoint.as_deref(), Some("https://mcp.example.com/api/v1/acme/mcp"));
    assert_eq!(status.slug.as_deref(), Some("acme"));

    let row = world.store.snapshot(&world.options.origin).await.unwrap().tenants.remove(0);
    assert_eq!(row.config.display_name, "Acme Inc.");
    assert_eq!(Some(row.tenant_id.to_string()), status.tenant_id);
    assert_eq!(Some(row.revision.0), status.revision);
    world.ring.tenant_cipher(row.tenant_id.as_str(), &row.wrapped_key.unwrap()).unwrap();
}

#[tokio::test]
async fn a_taken_slug_is_refused_with_its_holder_and_free_when_that_goes() {
    let world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.programmed::<Tenant>("acme").await;
    world.put("Tenant", "rival", "{slug: acme}").await;
    let message = world.reason::<Tenant>("rival", "Accepted", "False", "SlugTaken").await;
    assert!(message.contains("Tenant acme") && message.contains("spec.slug"), "{message}");
    let events = world.events("rival").await;
    assert!(events.iter().any(|(reason, _)| reason == "SlugTaken"), "{events:?}");
    world.delete::<Tenant>("acme").await;
    world.programmed::<Tenant>("rival").await;
}

#[tokio::test]
async fn a_second_pass_writes_nothing() {
    let mut world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.put("Connector", "files", "{tenantRef: {name: acme}, hosted: {command: x}}").await;
    world.put("ApiKey", "agent", "{tenantRef: {name: acme}, scope: tenant_user}").await;
    world.programmed::<Connector>("files").await;
    world.programmed::<ApiKey>("agent").await;
    world.settled().await;
    let kinds = [Kind::Tenant, Kind::Connector, Kind::ApiKey];
    let before = (
        world.store.snapshot(&world.options.origin).await.unwrap(),
        versions(&world).await,
        kinds.map(|kind| world.options.metrics.statuses_written(kind)),
    );
    world.stop_operator().await;
    let passes = kinds.map(|kind| world.options.metrics.passes(kind));
    world.start_operator().await;
    world.settled().await;
    let again = kinds.map(|kind| world.options.metrics.passes(kind));
    assert!(passes.iter().zip(again).all(|(before, after)| after > *before), "every object got a pass");
    let after = (
        world.store.snapshot(&world.options.origin).await.unwrap(),
        versions(&world).await,
        kinds.map(|kind| world.options.metrics.statuses_written(kind)),
    );
    assert!(before == after, "{before:#?}\n{after:#?}");
}

/// The versions of everything that the operator may write.
async fn versions(world: &World) -> Vec<Option<String>> {
    vec![
        world.team::<Tenant>().get("acme").await.unwrap().resource_version(),
        world.team::<Connector>().get("files").await.unwrap().resource_version(),
        world.team::<ApiKey>().get("agent").await.unwrap().resource_version(),
        world.secret("agent").await.resource_version(),
    ]
}

#[tokio::test]
async fn a_deleted_tenant_takes_its_rows_along_and_comes_back_with_its_ids() {
    let world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.put("Connector", "files", "{tenantRef: {name: acme}, hosted: {command: x}}").await;
    world.put("ApiKey", "agent", "{tenantRef: {name: acme}, scope: tenant_user}").await;
    let before = (
        world.programmed::<Tenant>("acme").await.status.unwrap().tenant_id,
        world.programmed::<Connector>("files").await.status.unwrap().connector_id,
    );
    world.programmed::<ApiKey>("agent").await;
    world.delete::<Tenant>("acme").await;
    eventually(|| async { world.team::<Tenant>().get_opt("acme").await.unwrap().is_none().then_some(()) })
        .await;
    let left = world.store.snapshot(&world.options.origin).await.unwrap();
    assert_eq!((left.tenants.len(), left.connectors.len(), left.keys.len()), (0, 0, 0));
    world.reason::<Connector>("files", "ReferencesResolved", "False", "TenantNotFound").await;
    world.reason::<ApiKey>("agent", "ReferencesResolved", "False", "TenantNotFound").await;

    world.put("Tenant", "acme", "{}").await;
    let after = (
        world.programmed::<Tenant>("acme").await.status.unwrap().tenant_id,
        world.programmed::<Connector>("files").await.status.unwrap().connector_id,
    );
    assert_eq!(before, after);
    world.programmed::<ApiKey>("agent").await;
    assert_eq!(world.store.snapshot(&world.options.origin).await.unwrap().keys.len(), 1);
}

#[tokio::test]
async fn a_tenant_that_never_was_accepted_can_be_deleted() {
    let world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.programmed::<Tenant>("acme").await;
    world.put("Tenant", "rival", "{slug: acme}").await;
    world.reason::<Tenant>("rival", "Accepted", "False", "SlugTaken").await;
    world.delete::<Tenant>("rival").await;
    eventually(|| async { world.team::<Tenant>().get_opt("rival").await.unwrap().is_none().then_some(()) })
        .await;
    assert_eq!(world.store.snapshot(&world.options.origin).await.unwrap().tenants.len(), 1);
}

#[tokio::test]
async fn a_policy_of_deletion_set_just_before_the_deletion_counts() {
    let mut world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    let tenant: Tenant = world.programmed("acme").await;
    let id = domain::ids::TenantId::new(tenant.status.unwrap().tenant_id.unwrap());
    world.stop_operator().await;
    world.put("Tenant", "acme", "{deletionPolicy: Delete}").await;
    world.delete::<Tenant>("acme").await;
    world.start_operator().await;
    eventually(|| async { world.team::<Tenant>().get_opt("acme").await.unwrap().is_none().then_some(()) })
        .await;
    assert_eq!(world.store.tenant_key(&id).await.unwrap(), None);
}

#[tokio::test]
async fn an_object_of_another_namespace_cannot_use_the_tenant() {
    let world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.programmed::<Tenant>("acme").await;
    world
        .apply(
            "{apiVersion: sagemcp.io/v1alpha1, kind: Connector, metadata: {name: files, namespace: team-b}, \
             spec: {tenantRef: {name: acme}, hosted: {command: x}}}",
        )
        .await;
    let elsewhere: Api<Connector> = Api::namespaced(world.client.clone(), "team-b");
    let refused =
        crate::world::until(&elsewhere, "files", |it| condition(it, "ReferencesResolved").is_some()).await;
    assert_eq!(condition(&refused, "ReferencesResolved").unwrap().reason, "TenantNotFound");
    elsewhere.delete("files", &DeleteParams::default()).await.unwrap();
}
