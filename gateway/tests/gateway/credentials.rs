//! Credentials that callers bring for the vendor, and the key that never goes there.

use domain::config::CredentialLevel;
use secrets::ConnectorSecrets;
use serde_json::json;

use crate::{
    support::{Harness, github, hosted},
    vendor::Vendor,
};

#[tokio::test]
async fn a_callers_credential_goes_to_the_one_connector_that_takes_it() {
    let vendor = Vendor::start().await;
    vendor.answer("/repos/a/b", r#"{"full_name":"a/b"}"#);
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    let secrets =
        || ConnectorSecrets { credential: Some("of-the-tenant".into()), ..ConnectorSecrets::default() };
    let mut user_level = github(&vendor.url);
    user_level.credential_level = CredentialLevel::User;
    harness.connector_with(&tenant, "mine", user_level, secrets()).await;
    harness.connector_with(&tenant, "shared", github(&vendor.url), secrets()).await;
    let key = harness.key("alice", &tenant).await;
    let call = json!({"name": "github_get_repository", "arguments": {"owner": "a", "repo": "b"}});
    let shared_call =
        json!({"name": "shared__github_get_repository", "arguments": {"owner": "a", "repo": "b"}});
    for (path, header, params, expected) in [
        ("/api/v1/acme/connectors/mine/mcp", "x-user-oauth-token", &call, "Bearer of-alice"),
        ("/api/v1/acme/connectors/mine/mcp", "x-unrelated", &call, "Bearer of-the-tenant"),
        ("/api/v1/acme/connectors/shared/mcp", "x-user-oauth-token", &call, "Bearer of-the-tenant"),
        ("/api/v1/acme/mcp", "x-user-oauth-token", &call, "Bearer of-the-tenant"),
        ("/api/v1/acme/mcp", "x-user-oauth-token-mine", &call, "Bearer of-alice"),
        ("/api/v1/acme/mcp", "x-user-oauth-token-shared", &shared_call, "Bearer of-the-tenant"),
    ] {
        let client = harness.client(path, &key).header(header, "of-alice");
        let (_, body) = client.legacy("tools/call", params.clone()).await;
        assert_eq!(body["result"]["isError"], false, "{path} {header}: {body}");
        let (_, sent) = vendor.asked().pop().unwrap();
        assert_eq!(sent.as_deref(), Some(expected), "{path} {header}");
    }
    assert!(vendor.asked().iter().all(|(_, sent)| !sent.as_deref().unwrap_or_default().contains("smcp_")));
}

#[tokio::test]
async fn what_one_users_credential_sees_is_not_shown_to_another() {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    let mut config = hosted();
    config.credential_level = CredentialLevel::User;
    harness.connector(&tenant, "h", config).await;
    let script = harness.doubles.script("h");
    script.tools(&["everyones"]);
    script.answer("tools/call", r#"{"content":[]}"#);
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/connectors/h/mcp", &key);
    client
        .clone()
        .header("x-user-oauth-token", "t1")
        .modern("tools/call", json!({"name": "everyones"}))
        .await;
    client.modern("tools/call", json!({"name": "everyones"})).await;
    client.modern("tools/call", json!({"name": "everyones"})).await;
    let heard = script.heard.lock().unwrap().clone();
    // The background discovery lists without a user's credential as well.
    let own = heard.iter().filter(|(method, _, user)| method == "tools/list" && user.is_some()).count();
    assert_eq!(own, 1, "{heard:?}");
    let shared = heard.iter().filter(|(method, _, user)| method == "tools/list" && user.is_none()).count();
    assert!((1..=2).contains(&shared), "remembered once: {heard:?}");
    let users: Vec<_> = script.calls().into_iter().map(|(_, _, user)| user).collect();
    assert_eq!(users, [Some("t1".to_owned()), None, None]);
}
