//! What goes on when something is lost: rows, deletions, the operator itself.

use crds::v1alpha1::{Connector, Tenant};
use domain::ids::ObjectKey;
use operator::Class;
use store::model::Kind;

use crate::world::{World, eventually};

const FAR: &str = "{tenantRef: {name: acme}, remote: {url: 'https://x.example/mcp'}}";

#[tokio::test]
async fn what_was_deleted_while_nobody_watched_is_swept() {
    let mut world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    for name in ["one", "two"] {
        world.put("Connector", name, FAR).await;
        world.programmed::<Connector>(name).await;
    }
    world.stop_operator().await;
    world.delete::<Connector>("one").await;
    world.start_operator().await;
    eventually(|| async {
        let left = world.store.snapshot(&world.options.origin).await.unwrap().connectors;
        (left.len() == 1 && left[0].key.name == "two").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_sweep_that_would_remove_much_stops_and_says_so() {
    let mut world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    let names: Vec<String> = (0..12).map(|n| format!("c{n}")).collect();
    for name in &names {
        world.put("Connector", name, FAR).await;
    }
    for name in &names {
        world.programmed::<Connector>(name).await;
    }
    world.stop_operator().await;
    for name in &names {
        world.delete::<Connector>(name).await;
    }
    world.start_operator().await;
    eventually(|| async { (world.options.metrics.sweeps_stopped(Kind::Connector) > 0).then_some(()) }).await;
    world.settled().await;
    assert_eq!(world.store.snapshot(&world.options.origin).await.unwrap().connectors.len(), 12);
    world.stop_operator().await;
    world.options.sweep_max_percent = 100;
    world.start_operator().await;
    eventually(|| async {
        world.store.snapshot(&world.options.origin).await.unwrap().connectors.is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_row_removed_by_hand_is_put_back_by_the_next_pass() {
    let mut world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.put("Connector", "far", FAR).await;
    world.programmed::<Connector>("far").await;
    world.stop_operator().await;
    let writer = world.store.raise_writer(&world.options.origin, "by hand").await.unwrap();
    world.store.remove(&writer, Kind::Connector, &world.key("far"), None, 0).await.unwrap().unwrap();
    world.start_operator().await;
    eventually(|| async {
        (world.store.snapshot(&world.options.origin).await.unwrap().connectors.len() == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_operator_that_was_deposed_ends() {
    let mut world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.programmed::<Tenant>("acme").await;
    world.store.raise_writer(&world.options.origin, "another").await.unwrap();
    world.put("Tenant", "acme", "{suspended: true}").await;
    let end = world.operator_ends().await;
    assert_eq!(end.class(), Class::Fatal);
    assert!(end.chain().contains("deposed"), "{}", end.chain());
    assert!(!world.store.snapshot(&world.options.origin).await.unwrap().tenants[0].config.suspended);
}

#[tokio::test]
async fn rows_of_other_installations_are_left_alone() {
    let world = World::start().await;
    let origin = domain::ids::Origin::new("other");
    let other = world.store.raise_writer(&origin, "other").await.unwrap();
    let key = ObjectKey { origin: origin.clone(), namespace: "n".into(), name: "theirs".into() };
    let tenant_id = world.store.tenant_identity(&other, &key).await.unwrap();
    let row = store::model::TenantWrite {
        provenance: store::model::Provenance { key, uid: "u".into(), generation: 1, inputs_hash: "h".into() },
        tenant_id,
        slug: "theirs".parse().unwrap(),
        config: Default::default(),
        retain: true,
    };
    world.store.apply_tenant(&other, &row).await.unwrap();
    world.put("Tenant", "acme", "{}").await;
    world.programmed::<Tenant>("acme").await;
    world.settled().await;
    assert_eq!(world.store.objects(&origin, Kind::Tenant).await.unwrap().len(), 1);
}
