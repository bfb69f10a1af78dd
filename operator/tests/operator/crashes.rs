//! An operator that ends in the middle of a pass: the next one finishes what it began, and no key is lost.

use std::time::Duration;

use crds::v1alpha1::{ApiKey, Connector, Tenant};
use k8s_openapi::api::core::v1::Secret;
use localapi::faults::Hold;

use crate::world::{World, eventually, is_programmed};

const FAR: &str = "{tenantRef: {name: acme}, remote: {url: 'https://x.example/mcp'}}";
const AGENT: &str = "{tenantRef: {name: acme}, scope: tenant_user, rotation: {every: 30d, overlap: 1d}}";

/// Every write of the first passes, by method and the end of its path.
const WRITES: [(&str, &str); 5] = [
    ("PATCH", "/tenants/acme"),
    ("PATCH", "/tenants/acme/status"),
    ("POST", "/secrets"),
    ("PATCH", "/apikeys/agent/status"),
    ("PATCH", "/connectors/far/status"),
];

#[tokio::test]
async fn an_operator_killed_before_any_of_its_writes_loses_nothing() {
    for (method, end) in WRITES {
        let mut world = World::without_operator().await;
        world.put("Tenant", "acme", "{}").await;
        world.put("Connector", "far", FAR).await;
        world.put("ApiKey", "agent", AGENT).await;
        let mut hold =
            world.faults.hold(move |seen| seen.method.as_str() == method && seen.path.ends_with(end));
        world.start_operator().await;
        tokio::time::timeout(crate::world::PATIENCE, hold.arrived()).await.expect(end);
        world.kill_operator().await;
        drop(hold);
        let minted = world.team::<Secret>().get_opt("agent").await.unwrap();

        world.start_operator().await;
        world.until::<Connector>("far", is_programmed).await;
        world.until::<ApiKey>("agent", is_programmed).await;
        let snapshot = world.store.snapshot(&world.options.origin).await.unwrap();
        assert_eq!(
            (snapshot.tenants.len(), snapshot.connectors.len(), snapshot.keys.len()),
            (1, 1, 1),
            "{end}"
        );
        let secret = world.secret("agent").await;
        if let Some(minted) = minted {
            assert_eq!(minted.data, secret.data, "a minted key is never replaced: {end}");
        }
        assert_eq!(secret.data.unwrap()["keyId"].0, snapshot.keys[0].material.key_id.as_str().as_bytes());
    }
}

/// Raises another writer while a request is held: what the operator writes to the API still goes through, what it writes
/// to the store next is refused. So it ends between the two.
async fn depose_at(world: &World, hold: &mut Hold) {
    tokio::time::timeout(crate::world::PATIENCE, hold.arrived()).await.unwrap();
    world.store.raise_writer(&world.options.origin, "another").await.unwrap();
}

#[tokio::test]
async fn a_key_minted_before_its_rows_could_be_written_gets_them() {
    let mut world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.programmed::<Tenant>("acme").await;
    let mut hold =
        world.faults.hold(|seen| seen.method.as_str() == "POST" && seen.path.ends_with("/secrets"));
    world.put("ApiKey", "agent", AGENT).await;
    depose_at(&world, &mut hold).await;
    hold.release();
    world.operator_ends().await;
    let minted = world.secret("agent").await;
    assert!(world.store.snapshot(&world.options.origin).await.unwrap().keys.is_empty());
    world.start_operator().await;
    world.programmed::<ApiKey>("agent").await;
    assert_eq!(world.secret("agent").await.data, minted.data);
    assert_eq!(world.store.snapshot(&world.options.origin).await.unwrap().keys.len(), 1);
}

#[tokio::test]
async fn a_rotation_cut_off_before_its_rows_keeps_the_previous_key_working() {
    let mut world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.put("ApiKey", "agent", AGENT).await;
    world.programmed::<ApiKey>("agent").await;
    let old = world.store.snapshot(&world.options.origin).await.unwrap().keys.remove(0).material.key_id;
    let mut hold =
        world.faults.hold(|seen| seen.method.as_str() == "PATCH" && seen.path.ends_with("/secrets/agent"));
    world.pass_time(Duration::from_secs(30 * 86_400));
    // Any change of the spec brings the pass that finds the rotation due.
    world.put("ApiKey", "agent", &AGENT.replace("tenant_user,", "tenant_user, readOnly: true,")).await;
    depose_at(&world, &mut hold).await;
    hold.release();
    world.operator_ends().await;
    let rotated = world.secret("agent").await.data.unwrap()["keyId"].0.clone();
    assert_ne!(rotated, old.as_str().as_bytes());

    world.start_operator().await;
    let keys = eventually(|| async {
        let keys = world.store.snapshot(&world.options.origin).await.unwrap().keys;
        (keys.len() == 2).then_some(keys)
    })
    .await;
    assert!(keys.iter().any(|key| key.material.key_id == old && key.material.expires_at_ms.is_some()));
    assert!(keys.iter().any(|key| key.material.key_id.as_str().as_bytes() == rotated));
}

#[tokio::test]
async fn a_deletion_cut_off_is_finished() {
    let mut world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.put("Connector", "far", FAR).await;
    world.programmed::<Connector>("far").await;
    world.settled().await;
    // The last write of a tenant's end: its finalizer goes, and with it the object.
    let mut hold =
        world.faults.hold(|seen| seen.method.as_str() == "PATCH" && seen.path.ends_with("/tenants/acme"));
    world.delete::<Tenant>("acme").await;
    tokio::time::timeout(crate::world::PATIENCE, hold.arrived()).await.unwrap();
    world.kill_operator().await;
    drop(hold);
    assert!(world.team::<Tenant>().get_opt("acme").await.unwrap().is_some());
    assert!(world.store.snapshot(&world.options.origin).await.unwrap().tenants.is_empty());
    world.start_operator().await;
    eventually(|| async { world.team::<Tenant>().get_opt("acme").await.unwrap().is_none().then_some(()) })
        .await;
    assert!(world.store.snapshot(&world.options.origin).await.unwrap().tenants.is_empty());
}
