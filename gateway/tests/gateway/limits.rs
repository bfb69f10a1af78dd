//! A tenant's share of a replica.

use domain::config::{Limits, RateLimit, TenantConfig};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Harness, eventually, hosted};

#[tokio::test]
async fn a_tenant_beyond_its_rate_is_told_when_to_come_back_and_others_are_not() {
    let mut harness = Harness::start().await;
    let config = TenantConfig {
        rate_limit: Some(RateLimit { requests_per_minute: 2, burst: None }),
        ..TenantConfig::default()
    };
    let (small, large) = (harness.tenant_with("small", config).await, harness.tenant("large").await);
    let (small_key, large_key) = (harness.key("a", &small).await, harness.key("b", &large).await);
    let client = harness.client("/api/v1/small/mcp", &small_key);
    // Whoever has no key spends nothing of the tenant's.
    for _ in 0..5 {
        harness.client("/api/v1/small/mcp", "").legacy("ping", json!({})).await;
    }
    for _ in 0..2 {
        assert_eq!(client.legacy("ping", json!({})).await.0, StatusCode::OK);
    }
    let response = client.send(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let body: serde_json::Value = response.json().await.unwrap();
    assert_eq!((&body["jsonrpc"], &body["error"]["code"]), (&json!("2.0"), &json!(-32000)));
    assert_eq!(
        harness.client("/api/v1/large/mcp", &large_key).legacy("ping", json!({})).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_tenant_has_so_many_calls_in_flight() {
    let mut harness = Harness::start().await;
    let config = TenantConfig {
        limits: Limits { max_concurrent_calls: Some(1), ..Limits::default() },
        ..TenantConfig::default()
    };
    let tenant = harness.tenant_with("acme", config).await;
    harness.connector(&tenant, "h", hosted()).await;
    let script = harness.doubles.script("h");
    script.tools(&["slow"]);
    script.answer("tools/call", r#"{"content":[]}"#);
    script.hold();
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/connectors/h/mcp", &key);
    let slow = client.clone();
    let first = tokio::spawn(async move { slow.legacy("tools/call", json!({"name": "slow"})).await });
    eventually("the server is called", || async { script.calls().len() == 1 }).await;
    let response = client.send(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(response.headers().contains_key("retry-after"));
    script.release.notify_one();
    assert_eq!(first.await.unwrap().0, StatusCode::OK);
    eventually("there is room again", || async {
        client.legacy("ping", json!({})).await.0 == StatusCode::OK
    })
    .await;
}
