//! Tenants never meet: the same ids, tokens and tool names at once, each with its own answers.

use domain::{ids::Origin, principal::Scope};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Harness, hosted};

#[tokio::test]
async fn tenants_that_use_the_same_ids_get_their_own_answers() {
    let mut harness = Harness::start().await;
    let mut clients = Vec::new();
    for index in 0..6 {
        let slug = format!("tenant-{index}");
        let tenant = harness.tenant(&slug).await;
        // Names of objects are per namespace, so each tenant's connector has one of its own here.
        let name = format!("c{index}");
        harness.connector(&tenant, &name, hosted()).await;
        let script = harness.doubles.script(&name);
        script.tools(&["echo"]);
        script.answer("tools/call", &format!(r#"{{"content":[],"from":"{slug}"}}"#));
        script.notifications.lock().unwrap().push(format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":1,"progress":{index}}}}}"#
        ));
        let key = harness.key(&format!("user-{index}"), &tenant).await;
        clients.push((slug, harness.client(&format!("/api/v1/tenant-{index}/connectors/{name}/mcp"), &key)));
    }
    let calls = (0..20).flat_map(|id| {
        clients.iter().enumerate().map(move |(index, (slug, client))| async move {
            let params = json!({"name": "echo", "arguments": {}, "_meta": {"progressToken": 1}});
            let body = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params});
            let text = client.send(body.to_string()).await.text().await.unwrap();
            assert!(text.contains(&format!(r#""progress":{index}}}"#)), "{text}");
            assert!(
                text.contains(&format!(r#""id":{id},"result":{{"content":[],"from":"{slug}"}}"#)),
                "{text}"
            );
            assert_eq!(text.matches("progressToken").count(), 1, "{text}");
        })
    });
    join_all(calls).await;
}

#[tokio::test]
async fn no_answer_metric_or_error_shows_a_secret() {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    let secrets =
        secrets::ConnectorSecrets { credential: Some("s3cr3t-of-vendor".into()), ..Default::default() };
    harness.connector_with(&tenant, "gh", crate::support::github("http://127.0.0.1:9"), secrets).await;
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/connectors/gh/mcp", &key);
    let call = json!({"name": "github_get_repository", "arguments": {"owner": "a", "repo": "b"}});
    let mut seen = client.legacy("tools/call", call).await.1.to_string();
    seen += &client.legacy("tools/call", json!({"name": key})).await.1.to_string().replace(&key, "");
    let health = harness.bound.health.unwrap();
    for path in ["metrics", "readyz", "healthz"] {
        let response = harness.http.get(format!("http://{health}/{path}")).send().await.unwrap();
        assert!(response.status().is_success());
        seen += &response.text().await.unwrap();
    }
    assert!(seen.contains("sagemcp_gateway_tool_calls_total"));
    let parts = secrets::api_key::parse(&key).unwrap();
    for secret in ["s3cr3t-of-vendor", parts.secret] {
        assert!(!seen.contains(secret));
    }
}

/// Several installations may share a database, and each has platform keys that open every tenant: of its own.
#[tokio::test]
async fn a_platform_key_of_another_installation_opens_nothing() {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    harness.connector(&tenant, "h", hosted()).await;
    let own = harness.key_with("root", None, Scope::PlatformAdmin, |_| {}).await;
    let other = Origin::new("other");
    harness.writer = harness.store.raise_writer(&other, "test").await.unwrap();
    // Returns once the gateway reports the revision of a change that it must not see.
    let foreign = harness
        .key_with("root", None, Scope::PlatformAdmin, |key| key.provenance.key.origin = other.clone())
        .await;
    for (key, status) in [(own, StatusCode::OK), (foreign, StatusCode::UNAUTHORIZED)] {
        let client = harness.client("/api/v1/acme/connectors/h/mcp", &key);
        assert_eq!(client.legacy("ping", json!({})).await.0, status);
    }
}
