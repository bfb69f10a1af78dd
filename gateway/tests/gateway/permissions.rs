//! What a key may do: its tenant, its connectors, and read-only keys.

use domain::{
    principal::Scope,
    tools::{ToolOverride, ToolRules},
};
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    support::{Harness, github, hosted, names},
    vendor::Vendor,
};

#[tokio::test]
async fn a_key_reaches_its_own_tenant_and_an_unknown_tenant_looks_like_a_foreign_one() {
    let mut harness = Harness::start().await;
    let (own, other) = (harness.tenant("own").await, harness.tenant("other").await);
    for (tenant, name) in [(&own, "a"), (&other, "b")] {
        harness.connector(tenant, name, hosted()).await;
        harness.doubles.script(name).tools(&["echo"]);
    }
    let user = harness.key("user", &own).await;
    let admin = harness.key_with("admin", Some(&own), Scope::TenantAdmin, |_| {}).await;
    let platform = harness.key_with("platform", None, Scope::PlatformAdmin, |_| {}).await;
    for key in [&user, &admin] {
        assert_eq!(
            harness.client("/api/v1/own/connectors/a/mcp", key).legacy("tools/list", json!({})).await.0,
            200
        );
        let foreign =
            harness.client("/api/v1/other/connectors/b/mcp", key).legacy("tools/list", json!({})).await;
        let unknown =
            harness.client("/api/v1/nobody/connectors/b/mcp", key).legacy("tools/list", json!({})).await;
        assert_eq!(foreign.0, StatusCode::FORBIDDEN);
        assert_eq!(foreign, unknown);
    }
    for (path, status) in
        [("/api/v1/own/mcp", 200), ("/api/v1/other/connectors/b/mcp", 200), ("/api/v1/nobody/mcp", 403)]
    {
        assert_eq!(harness.client(path, &platform).legacy("tools/list", json!({})).await.0, status, "{path}");
    }
}

#[tokio::test]
async fn a_key_for_some_connectors_sees_no_others() {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    for name in ["a", "b"] {
        harness.connector(&tenant, name, hosted()).await;
        harness.doubles.script(name).tools(&[&format!("{name}_tool")]);
        harness.doubles.script(name).answer("tools/call", r#"{"content":[]}"#);
    }
    let key = harness
        .key_with("k", Some(&tenant), Scope::TenantUser, |key| key.connectors = vec!["a".into()])
        .await;
    let hidden = harness.client("/api/v1/acme/connectors/b/mcp", &key).legacy("ping", json!({})).await;
    let missing = harness.client("/api/v1/acme/connectors/z/mcp", &key).legacy("ping", json!({})).await;
    assert_eq!(hidden.0, StatusCode::NOT_FOUND);
    assert_eq!(hidden, missing);
    let all = harness.client("/api/v1/acme/mcp", &key);
    let (_, body) = all.legacy("tools/list", json!({})).await;
    assert_eq!(names(&body), ["a_tool"]);
    let (_, body) = all.legacy("tools/call", json!({"name": "b_tool"})).await;
    assert_eq!(body["error"]["code"], -32602, "{body}");
    assert!(harness.doubles.script("b").calls().is_empty());
}

#[tokio::test]
async fn a_read_only_key_lists_and_calls_only_what_changes_nothing() {
    let vendor = Vendor::start().await;
    vendor.answer("/repos/a/b", r#"{"full_name":"a/b"}"#);
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    harness.connector(&tenant, "gh", github(&vendor.url)).await;
    let mut config = hosted();
    let vouched = ToolOverride { name: "look".to_owned(), read_only: Some(true), ..ToolOverride::default() };
    config.tools = ToolRules { overrides: vec![vouched], ..ToolRules::default() };
    harness.connector(&tenant, "own", config).await;
    let script = harness.doubles.script("own");
    script.answer(
        "tools/list",
        r#"{"tools":[{"name":"look"},{"name":"write","annotations":{"readOnlyHint":true}}]}"#,
    );
    script.answer("tools/call", r#"{"content":[]}"#);
    let key = harness.key_with("k", Some(&tenant), Scope::TenantUser, |key| key.read_only = true).await;
    for modern in [false, true] {
        let client = harness.client("/api/v1/acme/mcp", &key);
        let list = if modern {
            client.modern("tools/list", json!({})).await
        } else {
            client.legacy("tools/list", json!({})).await
        };
        let listed = names(&list.1);
        assert!(listed.contains(&"github_get_repository") && listed.contains(&"look"), "{listed:?}");
        assert!(!listed.iter().any(|name| ["write", "github_create_issue"].contains(name)), "{listed:?}");
        for (tool, fine) in [
            ("look", true),
            ("write", false),
            ("github_get_repository", true),
            ("github_create_issue", false),
        ] {
            let arguments = json!({"owner": "a", "repo": "b", "title": "t"});
            let params = json!({"name": tool, "arguments": arguments});
            let (_, body) = if modern {
                client.modern("tools/call", params).await
            } else {
                client.legacy("tools/call", params).await
            };
            assert_eq!(body.get("result").is_some(), fine, "{tool}: {body}");
        }
    }
    assert!(vendor.asked().iter().all(|(path, _)| path == "/repos/a/b"));
}

#[tokio::test]
async fn a_read_only_key_does_not_set_the_log_level_of_a_server_that_others_share() {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    harness.connector(&tenant, "h", hosted()).await;
    let script = harness.doubles.script("h");
    script.answer("logging/setLevel", "{}");
    let reader =
        harness.key_with("reader", Some(&tenant), Scope::TenantUser, |key| key.read_only = true).await;
    let writer = harness.key("writer", &tenant).await;
    let level = json!({"level": "emergency"});
    let path = "/api/v1/acme/connectors/h/mcp";
    let (_, body) = harness.client(path, &reader).legacy("logging/setLevel", level.clone()).await;
    assert!(body["error"]["message"].as_str().unwrap().contains("read-only"), "{body}");
    let set =
        || script.heard.lock().unwrap().iter().filter(|(method, ..)| method == "logging/setLevel").count();
    assert_eq!(set(), 0);
    let (_, body) = harness.client(path, &writer).legacy("logging/setLevel", level).await;
    assert_eq!(body["result"], json!({}));
    assert_eq!(set(), 1);
}
