//! Going down in good order.

use std::sync::atomic::Ordering;

use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Harness, eventually, hosted};

#[tokio::test]
async fn calls_in_flight_end_before_the_gateway_does() {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    harness.connector(&tenant, "h", hosted()).await;
    let script = harness.doubles.script("h");
    script.tools(&["slow"]);
    script.answer("tools/call", r#"{"content":[],"done":1}"#);
    script.hold();
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/connectors/h/mcp", &key);
    let health = format!("http://{}/readyz", harness.bound.health.unwrap());
    let ready = || async { harness.http.get(&health).send().await.unwrap().status() };
    assert_eq!(ready().await, StatusCode::OK);
    let slow = client.clone();
    let call = tokio::spawn(async move { slow.legacy("tools/call", json!({"name": "slow"})).await });
    eventually("the server is called", || async { script.calls().len() == 1 }).await;

    harness.stop.cancel();
    eventually("it says that it drains", || async { ready().await == StatusCode::SERVICE_UNAVAILABLE }).await;
    let fresh = reqwest::Client::builder().no_proxy().build().unwrap();
    eventually("new connections are refused", || async {
        fresh.get(harness.url("/healthz")).send().await.is_err()
    })
    .await;
    assert_eq!(script.shut_down.load(Ordering::SeqCst), 0, "the server still works for the call");
    script.release.notify_one();
    let (status, body) = call.await.unwrap();
    assert_eq!((status, &body["result"]["done"]), (StatusCode::OK, &json!(1)));
    harness.running.take().unwrap().await.unwrap().unwrap();
    assert_eq!(script.shut_down.load(Ordering::SeqCst), 1);
    assert!(harness.store.replicas(0).await.unwrap().is_empty(), "the replica has retired");
}

#[tokio::test]
async fn a_changed_connector_gets_a_new_server_and_its_calls_end_first() {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    harness.connector(&tenant, "h", hosted()).await;
    let script = harness.doubles.script("h");
    script.tools(&["slow"]);
    script.answer("tools/call", r#"{"content":[],"done":1}"#);
    script.hold();
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/connectors/h/mcp", &key);
    let slow = client.clone();
    let call = tokio::spawn(async move { slow.legacy("tools/call", json!({"name": "slow"})).await });
    eventually("the server is called", || async { script.calls().len() == 1 }).await;
    let before = script.connected.load(Ordering::SeqCst);
    let mut changed = hosted();
    changed.display_name = "Changed".to_owned();
    harness.connector(&tenant, "h", changed).await;
    client.legacy("tools/list", json!({})).await;
    assert!(script.connected.load(Ordering::SeqCst) > before);
    assert_eq!(script.shut_down.load(Ordering::SeqCst), 0);
    script.release.notify_one();
    assert_eq!(call.await.unwrap().1["result"]["done"], 1);
    eventually("the old server is let go", || async { script.shut_down.load(Ordering::SeqCst) == 1 }).await;
}
