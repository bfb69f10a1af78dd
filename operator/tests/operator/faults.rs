//! An API that breaks off, forgets versions and refuses: nothing is missed and nothing removed by mistake.

use crds::v1alpha1::{Connector, Tenant};
use http::StatusCode;
use store::model::Kind;

use crate::world::{PATIENCE, World, eventually, is_programmed};

const FAR: &str = "{tenantRef: {name: acme}, remote: {url: 'https://x.example/mcp'}}";

#[tokio::test]
async fn changes_made_while_watches_were_cut_or_forgotten_are_seen() {
    let world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    for name in ["one", "two"] {
        world.put("Connector", name, FAR).await;
        world.programmed::<Connector>(name).await;
    }
    world.settled().await;
    // Every watch starts anew and hears that its version is forgotten, so everything is listed again. In between one
    // object is changed, one comes, one goes.
    world.faults.expire_watches(5);
    world.faults.drop_watches();
    world.put("Connector", "one", &FAR.replace("x.example", "changed.example")).await;
    world.put("Connector", "three", FAR).await;
    world.delete::<Connector>("two").await;
    world.programmed::<Connector>("three").await;
    eventually(|| async {
        let rows = world.store.snapshot(&world.options.origin).await.unwrap().connectors;
        let changed =
            rows.iter().any(|row| serde_json::to_string(&row.config).unwrap().contains("changed.example"));
        let mut names: Vec<_> = rows.iter().map(|row| row.key.name.as_str()).collect();
        names.sort_unstable();
        (changed && names == ["one", "three"]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_list_that_lacks_much_removes_nothing() {
    let world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    let names: Vec<String> = (0..12).map(|n| format!("c{n}")).collect();
    for name in &names {
        world.put("Connector", name, FAR).await;
        world.programmed::<Connector>(name).await;
    }
    world.settled().await;
    // The watch cannot come back before everything is gone, so it hears of no deletion and finds an empty list.
    let mut hold =
        world.faults.hold(|seen| seen.path.ends_with("/connectors") && seen.query.contains("watch="));
    world.faults.drop_watches();
    tokio::time::timeout(PATIENCE, hold.arrived()).await.unwrap();
    for name in &names {
        world.delete::<Connector>(name).await;
    }
    world.faults.expire_watches(5);
    hold.release();
    eventually(|| async { (world.options.metrics.sweeps_stopped(Kind::Connector) > 0).then_some(()) }).await;
    world.settled().await;
    assert_eq!(world.store.snapshot(&world.options.origin).await.unwrap().connectors.len(), 12);
}

#[tokio::test]
async fn an_api_that_refuses_for_a_while_is_asked_again() {
    let mut world = World::without_operator().await;
    world.put("Tenant", "acme", "{}").await;
    world.put("Connector", "far", FAR).await;
    world.start_operator().await;
    world.faults.refuse(6, StatusCode::INTERNAL_SERVER_ERROR, None);
    world.faults.refuse(2, StatusCode::TOO_MANY_REQUESTS, Some(1));
    world.until::<Tenant>("acme", is_programmed).await;
    world.until::<Connector>("far", is_programmed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_objects_at_once_are_all_programmed() {
    let mut world = World::without_operator().await;
    for tenant in 0..100 {
        world.put("Tenant", &format!("t{tenant}"), "{}").await;
        for connector in 0..3 {
            let spec = FAR.replace("acme", &format!("t{tenant}"));
            world.put("Connector", &format!("c{tenant}-{connector}"), &spec).await;
        }
        let key = format!("{{tenantRef: {{name: t{tenant}}}, scope: tenant_user}}");
        world.put("ApiKey", &format!("k{tenant}"), &key).await;
    }
    world.start_operator().await;
    // Each object takes one revision, and no more.
    let mut revisions = world.store.revisions();
    tokio::time::timeout(PATIENCE * 10, revisions.wait_for(|known| known.0 >= 500)).await.unwrap().unwrap();
    let rows = world.store.snapshot(&world.options.origin).await.unwrap();
    assert_eq!((rows.tenants.len(), rows.connectors.len(), rows.keys.len()), (100, 300, 100));
    for tenant in 0..100 {
        world.programmed::<Tenant>(&format!("t{tenant}")).await;
        world.programmed::<Connector>(&format!("c{tenant}-2")).await;
    }
}
