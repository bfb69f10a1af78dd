//! The two eras: handshakes, versions, sessions and mirrored arguments.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Client, Harness, github, hosted, read};

async fn fixture() -> (Harness, Client) {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    harness.connector(&tenant, "h", hosted()).await;
    let script = harness.doubles.script("h");
    script.answer("describe", r#"{"tools":{"listChanged":true},"resources":{"subscribe":true},"logging":{},"tasks":{},"extensions":{"io.modelcontextprotocol/ui":{"m":1},"io.modelcontextprotocol/tasks":{}}}"#);
    script.tools(&["echo"]);
    script.answer("tools/call", r#"{"content":[]}"#);
    script.answer("logging/setLevel", "{}");
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/connectors/h/mcp", &key);
    (harness, client)
}

fn initialize(version: &str) -> serde_json::Value {
    json!({"protocolVersion": version, "capabilities": {"roots": {}}, "clientInfo": {"name": "c", "version": "1"}})
}

#[tokio::test]
async fn each_legacy_version_is_echoed_and_others_get_the_newest() {
    let (_harness, client) = fixture().await;
    for (asked, answered) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("1.0", "2025-11-25"),
    ] {
        let (status, body) = client.legacy("initialize", initialize(asked)).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(body["result"]["protocolVersion"], answered, "{asked}: {body}");
        assert!(
            body["result"]["serverInfo"]["name"].is_string() && body["result"].get("resultType").is_none()
        );
    }
}

#[tokio::test]
async fn only_what_can_be_relayed_is_advertised() {
    let (harness, client) = fixture().await;
    let (_, body) = client.legacy("initialize", initialize("2025-11-25")).await;
    let extensions = json!({"io.modelcontextprotocol/ui": {"m": 1}});
    assert_eq!(
        body["result"]["capabilities"],
        json!({"tools": {}, "resources": {}, "logging": {}, "extensions": extensions})
    );
    let (status, body) = client.modern("server/discover", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let result = &body["result"];
    assert_eq!(result["supportedVersions"], json!(["2026-07-28"]));
    assert_eq!(result["capabilities"], json!({"tools": {}, "resources": {}, "extensions": extensions}));
    assert_eq!((&result["resultType"], &result["cacheScope"]), (&json!("complete"), &json!("private")));
    assert!(
        result["ttlMs"].is_u64()
            && result["_meta"]["io.modelcontextprotocol/serverInfo"]["version"].is_string()
    );
    let all = harness.client("/api/v1/acme/mcp", &client.key);
    let (_, body) = all.modern("server/discover", json!({})).await;
    assert_eq!(body["result"]["capabilities"], json!({"tools": {}, "resources": {}}));
}

#[tokio::test]
async fn the_legacy_utilities_answer() {
    let (_harness, client) = fixture().await;
    assert_eq!(client.legacy("ping", json!({})).await.1["result"], json!({}));
    assert_eq!(client.legacy("logging/setLevel", json!({"level": "info"})).await.1["result"], json!({}));
    let response = client.send(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
    assert_eq!((response.status(), response.text().await.unwrap().as_str()), (StatusCode::ACCEPTED, ""));
    let unversioned = client.clone().header("mcp-protocol-version", "2025-06-18");
    assert_eq!(unversioned.legacy("ping", json!({})).await.0, StatusCode::OK);
    let unknown = client.clone().header("mcp-protocol-version", "2019-01-01").legacy("ping", json!({})).await;
    assert_eq!(unknown.0, StatusCode::BAD_REQUEST);
    assert_eq!(client.legacy("server/discover", json!({})).await.1["error"]["code"], -32601);
}

async fn session(client: &Client) -> String {
    let body = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": initialize("2025-11-25")});
    let response = client.send(body.to_string()).await;
    response.headers()["mcp-session-id"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_is_bound_to_tenant_endpoint_and_principal_and_ends() {
    let (mut harness, client) = fixture().await;
    let other = harness.tenant("other").await;
    harness.connector(&other, "o", hosted()).await;
    let tenant = harness
        .store
        .snapshot(&crate::support::origin())
        .await
        .unwrap()
        .tenants
        .iter()
        .find(|row| row.slug.as_str() == "acme")
        .unwrap()
        .tenant_id
        .clone();
    harness.connector(&tenant, "second", hosted()).await;
    let (foreign, colleague) = (harness.key("bob", &other).await, harness.key("carol", &tenant).await);
    let platform = harness.key_with("root", None, domain::principal::Scope::PlatformAdmin, |_| {}).await;
    let id = session(&client).await;
    let with = |path: &str, key: &str| harness.client(path, key).header("mcp-session-id", &id);
    let own = "/api/v1/acme/connectors/h/mcp";
    assert_eq!(with(own, &client.key).legacy("ping", json!({})).await.0, StatusCode::OK);
    for (path, key) in [
        ("/api/v1/acme/connectors/second/mcp", &client.key),
        ("/api/v1/acme/mcp", &client.key),
        (own, &colleague),
        (own, &platform),
        ("/api/v1/other/connectors/o/mcp", &foreign),
    ] {
        assert_eq!(with(path, key).legacy("ping", json!({})).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let made_up = client.clone().header("mcp-session-id", "nonsense").legacy("ping", json!({})).await;
    assert_eq!(made_up.0, StatusCode::NOT_FOUND);
    assert_eq!(client.legacy("ping", json!({})).await.0, StatusCode::OK, "no session is fine too");
    let end = || {
        harness.http.delete(harness.url(own)).bearer_auth(&client.key).header("mcp-session-id", &id).send()
    };
    assert_eq!(end().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(end().await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(with(own, &client.key).legacy("ping", json!({})).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_rotated_key_of_the_same_subject_keeps_the_session() {
    let (mut harness, client) = fixture().await;
    let id = session(&client).await;
    let tenant =
        harness.store.snapshot(&crate::support::origin()).await.unwrap().tenants[0].tenant_id.clone();
    let rotated = harness
        .key_with("k2", Some(&tenant), domain::principal::Scope::TenantUser, |key| {
            key.subject = "alice".into();
        })
        .await;
    let client = harness.client("/api/v1/acme/connectors/h/mcp", &rotated).header("mcp-session-id", &id);
    assert_eq!(client.legacy("ping", json!({})).await.0, StatusCode::OK);
}

#[tokio::test]
async fn without_session_management_none_is_opened_and_ids_are_ignored() {
    let mut harness =
        Harness::with(|options| options.sessions = false, gateway::clock::Clock::system()).await;
    let tenant = harness.tenant("acme").await;
    harness.connector(&tenant, "gh", github("http://127.0.0.1:9")).await;
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/connectors/gh/mcp", &key);
    let body = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": initialize("2025-06-18")});
    let response = client.send(body.to_string()).await;
    assert!(response.status().is_success() && !response.headers().contains_key("mcp-session-id"));
    assert_eq!(
        client.clone().header("mcp-session-id", "x").legacy("ping", json!({})).await.0,
        StatusCode::OK
    );
    let delete = harness.http.delete(&client.url).bearer_auth(&key).send().await.unwrap();
    assert_eq!(delete.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn mirrored_arguments_must_agree_with_their_headers() {
    let (harness, client) = fixture().await;
    harness.doubles.script("h").answer(
        "tools/list",
        r#"{"tools":[{"name":"sql","inputSchema":{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}}}]}"#,
    );
    // The list that discovery remembered is older than the script above.
    client.modern("tools/list", json!({})).await;
    let call = json!({"name": "sql", "arguments": {"region": "é"}});
    let (status, body) = client.modern("tools/call", call.clone()).await;
    assert_eq!((status.as_u16(), &body["error"]["code"]), (400, &json!(-32020)), "{body}");
    let right = client.clone().header("Mcp-Param-Region", "=?base64?w6k=?=");
    assert_eq!(right.modern("tools/call", call.clone()).await.0, StatusCode::OK);
    assert_eq!(
        client.legacy("tools/call", call).await.0,
        StatusCode::OK,
        "the legacy era has no such headers"
    );
}

#[tokio::test]
async fn a_single_json_object_answers_a_client_that_takes_no_stream() {
    let (harness, client) = fixture().await;
    harness
        .doubles
        .script("h")
        .notifications
        .lock()
        .unwrap()
        .push(r#"{"jsonrpc":"2.0","method":"notifications/progress"}"#.into());
    let body =
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "echo"}}).to_string();
    let request =
        harness.http.post(&client.url).bearer_auth(&client.key).header("accept", "application/json");
    let response =
        request.header("content-type", "application/json; charset=utf-8").body(body).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(read(response).await.1["result"], json!({"content": []}));
}
