//! Watches, as raw as the client gives them.

use futures::{StreamExt, TryStreamExt};
use http_body_util::BodyExt;
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams},
};
use serde_json::json;

use crate::{Fixture, soon, tenant};

fn brief(event: &WatchEvent<crds::v1alpha1::Tenant>) -> String {
    match event {
        WatchEvent::Added(it) => format!("added {}", it.name_any()),
        WatchEvent::Modified(it) => format!("modified {}", it.name_any()),
        WatchEvent::Deleted(it) => format!("deleted {}", it.name_any()),
        WatchEvent::Bookmark(it) => format!("bookmark {}", it.metadata.annotations.len()),
        WatchEvent::Error(status) => format!("error {}", status.code),
    }
}

#[tokio::test]
async fn a_watch_tells_every_change_from_a_version_on() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    let made = tenants.create(&PostParams::default(), &tenant("a")).await.unwrap();
    let from = made.resource_version().unwrap();
    let events = tenants.watch(&WatchParams::default(), &from).await.unwrap();
    let patch = Patch::Merge(json!({"spec": {"suspended": true}}));
    tenants.patch("a", &PatchParams::default(), &patch).await.unwrap();
    tenants.create(&PostParams::default(), &tenant("b")).await.unwrap();
    tenants.delete("a", &DeleteParams::default()).await.unwrap();
    let seen: Vec<_> =
        soon("three events", events.take(3).map_ok(|it| brief(&it)).try_collect()).await.unwrap();
    assert_eq!(seen, ["modified a", "added b", "deleted a"]);
}

#[tokio::test]
async fn a_selected_watch_sees_objects_come_and_go_with_their_labels() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    let made = tenants.create(&PostParams::default(), &tenant("a")).await.unwrap();
    let params = WatchParams::default().labels("tier=gold");
    let events = tenants.watch(&params, &made.resource_version().unwrap()).await.unwrap();
    for tier in [json!("gold"), json!("free")] {
        let patch = Patch::Merge(json!({"metadata": {"labels": {"tier": tier}}}));
        tenants.patch("a", &PatchParams::default(), &patch).await.unwrap();
    }
    let seen: Vec<_> =
        soon("two events", events.take(2).map_ok(|it| brief(&it)).try_collect()).await.unwrap();
    assert_eq!(seen, ["added a", "deleted a"]);
}

#[tokio::test]
async fn initial_events_end_in_a_bookmark() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    tenants.create(&PostParams::default(), &tenant("a")).await.unwrap();
    let params = WatchParams::default().initial_events();
    let events = tenants.watch(&params, "0").await.unwrap();
    let seen: Vec<_> =
        soon("two events", events.take(2).map_ok(|it| brief(&it)).try_collect()).await.unwrap();
    assert_eq!(seen, ["added a", "bookmark 1"]);
}

#[tokio::test]
async fn a_version_that_is_forgotten_is_gone() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    let made = tenants.create(&PostParams::default(), &tenant("a")).await.unwrap();
    let from = made.resource_version().unwrap();
    for turn in 0..1_100 {
        let patch = Patch::Merge(json!({"status": {"revision": turn}}));
        tenants.patch_status("a", &PatchParams::default(), &patch).await.unwrap();
    }
    let events = tenants.watch(&WatchParams::default(), &from).await.unwrap();
    let seen: Vec<_> = soon("the end", events.map_ok(|it| brief(&it)).try_collect()).await.unwrap();
    assert_eq!(seen, ["error 410"]);
    let events = tenants.watch(&WatchParams::default(), "999999999").await.unwrap();
    let seen: Vec<_> = soon("the end", events.map_ok(|it| brief(&it)).try_collect()).await.unwrap();
    assert_eq!(seen, ["error 410"], "so is one that was never given out");
}

#[tokio::test]
async fn a_watch_ends_at_its_timeout_with_a_bookmark() {
    let fixture = Fixture::new().await;
    let params = WatchParams::default().timeout(1);
    let events = fixture.tenants().watch(&params, "0").await.unwrap();
    let seen: Vec<_> = soon("the end", events.map_ok(|it| brief(&it)).try_collect()).await.unwrap();
    assert_eq!(seen, ["bookmark 0"]);
}

#[tokio::test]
async fn a_watch_of_tables_sends_rows() {
    let fixture = Fixture::new().await;
    fixture.tenants().create(&PostParams::default(), &tenant("a")).await.unwrap();
    let request = http::Request::get("/apis/sagemcp.io/v1alpha1/tenants?watch=true")
        .header("accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
        .body(kube::client::Body::empty())
        .unwrap();
    let response = fixture.client().send(request).await.unwrap();
    let frame = soon("a row", Box::pin(response.into_body()).frame()).await.unwrap().unwrap();
    let event: serde_json::Value = serde_json::from_slice(&frame.into_data().unwrap()).unwrap();
    assert_eq!((&event["type"], &event["object"]["kind"]), (&json!("ADDED"), &json!("Table")));
    assert_eq!(event["object"]["rows"][0]["cells"][0], "a");
    assert_eq!(event["object"]["rows"][0]["object"]["kind"], "PartialObjectMetadata");
}

#[tokio::test]
async fn a_metadata_watch_sends_no_values() {
    let fixture = Fixture::new().await;
    let secrets: Api<Secret> = Api::default_namespaced(fixture.client());
    let mut secret = Secret::default();
    secret.metadata.name = Some("token".to_owned());
    secret.string_data = Some([("token".to_owned(), "hunter2".to_owned())].into());
    secrets.create(&PostParams::default(), &secret).await.unwrap();
    let events = secrets.watch_metadata(&WatchParams::default(), "0").await.unwrap();
    let first = soon("an event", Box::pin(events).next()).await.unwrap().unwrap();
    let WatchEvent::Added(it) = &first else { panic!("not added: {first:?}") };
    assert_eq!(it.name_any(), "token");
    assert!(!serde_json::to_string(&first).unwrap().contains("aHVudGVyMg"));
}
