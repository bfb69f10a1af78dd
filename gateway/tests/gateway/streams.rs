//! Responses as streams: notifications first, cancellation in both eras.

use std::sync::atomic::Ordering;

use reqwest::{Response, StatusCode};
use serde_json::json;

use crate::support::{Client, Harness, eventually, hosted};

const PROGRESS: &str =
    r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t","progress":1}}"#;
const LOG: &str =
    r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}"#;

async fn fixture(notifications: &[&str]) -> (Harness, Client) {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    harness.connector(&tenant, "h", hosted()).await;
    let script = harness.doubles.script("h");
    script.tools(&["slow"]);
    script.answer("tools/call", r#"{"content":[],"done":1}"#);
    script.notifications.lock().unwrap().extend(notifications.iter().map(|text| (*text).to_owned()));
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/connectors/h/mcp", &key);
    (harness, client)
}

fn legacy_call(id: u32) -> String {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "slow"}}).to_string()
}

fn is_stream(response: &Response) -> bool {
    let headers = response.headers();
    headers["content-type"] == "text/event-stream" && headers["x-accel-buffering"] == "no"
}

#[tokio::test]
async fn notifications_come_before_the_response_on_one_stream() {
    let (_harness, client) = fixture(&[PROGRESS, LOG]).await;
    let response = client.send(legacy_call(7)).await;
    assert!(is_stream(&response));
    let result = r#"{"jsonrpc":"2.0","id":7,"result":{"content":[],"done":1}}"#;
    let expected: String =
        [PROGRESS, LOG, result].iter().map(|json| format!("event: message\ndata: {json}\n\n")).collect();
    assert_eq!(response.text().await.unwrap(), expected);
}

#[tokio::test]
async fn a_modern_client_gets_log_messages_only_on_request() {
    let (_harness, client) = fixture(&[LOG]).await;
    let quiet = client.modern_response("tools/call", json!({"name": "slow"})).await;
    assert_eq!(quiet.headers()["content-type"], "application/json");
    let asked = json!({"name": "slow", "_meta": {"io.modelcontextprotocol/logLevel": "debug"}});
    let loud = client.modern_response("tools/call", asked).await;
    assert!(is_stream(&loud));
    let text = loud.text().await.unwrap();
    assert!(text.contains(LOG) && text.contains(r#""resultType":"complete""#), "{text}");
}

#[tokio::test]
async fn a_modern_client_that_leaves_cancels_its_call() {
    let (harness, client) = fixture(&[]).await;
    let script = harness.doubles.script("h");
    script.hold();
    let call =
        tokio::spawn(async move { client.modern_response("tools/call", json!({"name": "slow"})).await });
    eventually("the server is called", || async { script.calls().len() == 1 }).await;
    call.abort();
    eventually("the call is cancelled", || async { script.dropped.load(Ordering::SeqCst) == 1 }).await;
}

#[tokio::test]
async fn a_modern_client_that_closes_its_stream_cancels_its_call() {
    let (harness, client) = fixture(&[PROGRESS]).await;
    let script = harness.doubles.script("h");
    script.hold();
    let response = client.modern_response("tools/call", json!({"name": "slow"})).await;
    assert!(is_stream(&response));
    drop(response);
    eventually("the call is cancelled", || async { script.dropped.load(Ordering::SeqCst) == 1 }).await;
}

#[tokio::test]
async fn a_legacy_client_that_leaves_does_not() {
    let (harness, client) = fixture(&[PROGRESS]).await;
    let script = harness.doubles.script("h");
    script.hold();
    drop(client.send(legacy_call(1)).await);
    let answers = client.clone();
    let second = tokio::spawn(async move { answers.legacy("ping", json!({})).await });
    assert_eq!(second.await.unwrap().0, StatusCode::OK);
    script.release.notify_one();
    // The call ends by its result: only then may the server be let go, which removing the connector asks for.
    harness
        .store
        .remove(&harness.writer, store::model::Kind::Connector, &crate::support::object("h"), None, 1)
        .await
        .unwrap();
    eventually("the server is let go", || async { script.shut_down.load(Ordering::SeqCst) == 1 }).await;
    assert_eq!(script.dropped.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_legacy_client_cancels_by_a_notification_of_its_own_session() {
    let (harness, client) = fixture(&[PROGRESS]).await;
    let script = harness.doubles.script("h");
    script.hold();
    let initialize = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}}});
    let session = |response: Response| response.headers()["mcp-session-id"].to_str().unwrap().to_owned();
    let (own, other) = (
        session(client.send(initialize.to_string()).await),
        session(client.send(initialize.to_string()).await),
    );
    let with = |id: &str| client.clone().header("mcp-session-id", id);
    let response = with(&own).send(legacy_call(1)).await;
    assert!(is_stream(&response));
    let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
    assert_eq!(with(&other).send(cancel).await.status(), StatusCode::ACCEPTED);
    assert_eq!(client.send(cancel).await.status(), StatusCode::ACCEPTED);
    assert_eq!(
        script.dropped.load(Ordering::SeqCst),
        0,
        "another session's requests count from zero as well"
    );
    assert_eq!(with(&own).send(cancel).await.status(), StatusCode::ACCEPTED);
    eventually("the call is cancelled", || async { script.dropped.load(Ordering::SeqCst) == 1 }).await;
    let text = response.text().await.unwrap();
    assert!(!text.contains("\"id\":1"), "a cancelled request has no response: {text}");
}
