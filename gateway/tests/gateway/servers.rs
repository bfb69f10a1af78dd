//! Hosted processes and remote servers behind real connectors: everything between client and server is the product.

use std::collections::BTreeMap;

use domain::config::Backend;
use gateway::{GatewayOptions, clock::Clock, connect::Kinds, upstream::stdio::StdioOptions};
use reqwest::StatusCode;
use secrets::ConnectorSecrets;
use serde_json::json;

use crate::support::{Harness, hosted, names};

/// A gateway that starts real processes and reaches real servers.
async fn real(change: impl FnOnce(&mut GatewayOptions)) -> Harness {
    let harness = Harness::with(change, Clock::system()).await;
    let egress = connectors::egress::EgressPolicy::new(vec!["127.0.0.1".parse().unwrap()]);
    harness.doubles.replace(Kinds::new(egress, Some(StdioOptions::default())).unwrap());
    harness
}

fn process(command: &str, args: &[&str]) -> domain::config::ConnectorConfig {
    let mut config = hosted();
    config.backend = Backend::Hosted {
        command: command.to_owned(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        env: BTreeMap::new(),
    };
    config
}

#[tokio::test]
async fn a_command_that_does_not_exist_is_named_to_the_caller() {
    let mut harness = real(|_| {}).await;
    let tenant = harness.tenant("acme").await;
    harness.connector(&tenant, "ghost", process("no-such-program-here", &[])).await;
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/connectors/ghost/mcp", &key);
    let (status, body) = client.legacy("tools/call", json!({"name": "x"})).await;
    assert_eq!((status, &body["result"]["isError"]), (StatusCode::OK, &json!(true)), "{body}");
    assert!(
        body["result"]["content"][0]["text"].as_str().unwrap().contains("no-such-program-here"),
        "{body}"
    );
}

#[tokio::test]
async fn a_hosted_servers_result_reaches_both_eras_digit_for_digit() {
    let mut harness = real(|_| {}).await;
    let tenant = harness.tenant("acme").await;
    let server = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/odd_server.py");
    harness.connector(&tenant, "py", process("python3", &[server])).await;
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/connectors/py/mcp", &key);
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "raw"}});
    let legacy = client.send(call.to_string()).await.text().await.unwrap();
    let modern = client.modern_response("tools/call", json!({"name": "raw"})).await.text().await.unwrap();
    for text in [&legacy, &modern] {
        assert!(text.contains(r#""n":1.50,"big":12345678901234567890123"#), "{text}");
        assert!(text.contains("\\u00e9"), "{text}");
    }
    assert!(!legacy.contains("resultType") && modern.contains(r#""resultType":"complete""#));
}

#[tokio::test]
async fn a_tenant_has_so_many_hosted_servers() {
    let mut harness = real(|_| {}).await;
    let limits = domain::config::Limits { max_hosted_servers: Some(0), ..Default::default() };
    let tenant =
        harness.tenant_with("acme", domain::config::TenantConfig { limits, ..Default::default() }).await;
    harness.connector(&tenant, "py", process("python3", &[])).await;
    let key = harness.key("alice", &tenant).await;
    let (_, body) = harness
        .client("/api/v1/acme/connectors/py/mcp", &key)
        .legacy("tools/call", json!({"name": "x"}))
        .await;
    assert!(body["result"]["content"][0]["text"].as_str().unwrap().contains("maxHostedServers"), "{body}");
}

#[tokio::test]
async fn a_remote_server_is_reached_with_the_tenants_credential() {
    // The remote server is another gateway: it speaks both eras and wants a key.
    let mut remote = Harness::start().await;
    let owner = remote.tenant("owner").await;
    remote.connector(&owner, "h", hosted()).await;
    remote
        .doubles
        .script("h")
        .answer("tools/list", r#"{"tools":[{"name":"far","inputSchema":{"type":"object"},"x-new":1.0}]}"#);
    remote
        .doubles
        .script("h")
        .answer("tools/call", r#"{"content":[{"type":"hologram"}],"futureMember":1.0}"#);
    let credential = remote.key("gateway", &owner).await;

    let mut harness = real(|_| {}).await;
    let tenant = harness.tenant("acme").await;
    let mut config = hosted();
    config.backend = Backend::Remote { url: remote.url("/api/v1/owner/connectors/h/mcp") };
    let secrets = ConnectorSecrets { credential: Some(credential.into()), ..ConnectorSecrets::default() };
    harness.connector_with(&tenant, "r", config, secrets).await;
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/connectors/r/mcp", &key);
    let (_, body) = client.legacy("tools/list", json!({})).await;
    assert_eq!(names(&body), ["far"], "{body}");
    assert_eq!(body["result"]["tools"][0]["x-new"].to_string(), "1.0");
    let (_, body) = client.modern("tools/call", json!({"name": "far"})).await;
    assert_eq!(body["result"]["content"], json!([{"type": "hologram"}]), "{body}");
    assert_eq!(body["result"]["futureMember"], json!(1.0));
    assert_eq!(body["result"]["resultType"], "complete");
}
