//! One way through the house: a key, a tenant, the GitHub connector, both eras.

use domain::config::Backend;
use reqwest::StatusCode;
use secrets::ConnectorSecrets;
use serde_json::json;

use crate::{
    support::{Harness, github, names},
    vendor::Vendor,
};

#[tokio::test]
async fn both_eras_list_and_call_the_tools_of_github() {
    let vendor = Vendor::start().await;
    let repository = json!({"full_name": "acme/site", "private": false, "html_url": "https://x.example", "default_branch": "main"});
    vendor.answer("/repos/acme/site", &repository.to_string());
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    let secrets = ConnectorSecrets { credential: Some("vendor-token".into()), ..ConnectorSecrets::default() };
    harness.connector_with(&tenant, "gh", github(&vendor.url), secrets).await;
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/connectors/gh/mcp", &key);

    let (status, body) = client.legacy("tools/list", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let legacy_names: Vec<String> = names(&body).into_iter().map(ToOwned::to_owned).collect();
    assert!(legacy_names.iter().any(|name| name == "github_get_repository"), "{legacy_names:?}");
    assert!(body["result"].get("resultType").is_none() && body["result"].get("ttlMs").is_none());

    let (status, body) = client.modern("tools/list", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(names(&body), legacy_names);
    assert_eq!(body["result"]["resultType"], "complete");
    assert_eq!(body["result"]["cacheScope"], "private");

    let call = json!({"name": "github_get_repository", "arguments": {"owner": "acme", "repo": "site"}});
    for (status, body) in
        [client.legacy("tools/call", call.clone()).await, client.modern("tools/call", call).await]
    {
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(body["result"]["isError"], false, "{body}");
        assert!(body["result"]["content"][0]["text"].as_str().unwrap().contains("acme/site"), "{body}");
    }
    let asked = vendor.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|(_, credential)| credential.as_deref() == Some("Bearer vendor-token")));
}

#[tokio::test]
async fn a_tool_that_the_vendor_took_away_is_listed_nowhere_and_answered_with_the_reason() {
    let vendor = Vendor::start().await;
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    let mut config = github(&vendor.url);
    let base_url = Some(vendor.url.clone());
    config.backend =
        Backend::Native { service: "bitbucket".into(), base_url, settings: serde_json::Map::new() };
    harness.connector(&tenant, "bb", config).await;
    let key = harness.key("alice", &tenant).await;
    let reader = harness
        .key_with("reader", Some(&tenant), domain::principal::Scope::TenantUser, |key| key.read_only = true)
        .await;
    for (path, key) in
        [("connectors/bb/mcp", &key), ("connectors/bb/mcp", &reader), ("mcp", &key), ("mcp", &reader)]
    {
        let client = harness.client(&format!("/api/v1/acme/{path}"), key);
        let gone =
            json!({"name": "bitbucket_list_issues", "arguments": {"workspace": "w", "repo_slug": "r"}});
        for (status, body) in
            [client.legacy("tools/call", gone.clone()).await, client.modern("tools/call", gone).await]
        {
            assert_eq!(status, StatusCode::OK, "{path}: {body}");
            assert_eq!(body["result"]["isError"], true, "{path}: {body}");
            let text = body["result"]["content"][0]["text"].as_str().unwrap();
            assert!(text.contains("removed Bitbucket Issues"), "{path}: {text}");
        }
        let (_, listed) = client.modern("tools/list", json!({})).await;
        assert!(names(&listed).iter().all(|name| !name.ends_with("_issues")), "{path}: {listed}");
        let (_, body) = client.legacy("tools/call", json!({"name": "bitbucket_nothing"})).await;
        assert_eq!(body["error"]["code"], -32602, "{path}: {body}");
    }
    assert!(vendor.asked().is_empty());
}
