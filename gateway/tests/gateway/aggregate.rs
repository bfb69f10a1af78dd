//! All connectors of a tenant as one server.

use domain::principal::Scope;
use reqwest::StatusCode;
use serde_json::json;
use store::model::Kind;

use crate::support::{Harness, hosted, names};

#[tokio::test]
async fn the_older_connector_keeps_a_name_and_each_call_reaches_its_own_server() {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    for name in ["old", "young"] {
        harness.connector(&tenant, name, hosted()).await;
        harness.doubles.script(name).tools(&["echo", &format!("only_{name}")]);
        harness.doubles.script(name).answer("tools/call", &format!(r#"{{"content":[],"from":"{name}"}}"#));
    }
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/mcp", &key);
    for (_, body) in
        [client.legacy("tools/list", json!({})).await, client.modern("tools/list", json!({})).await]
    {
        assert_eq!(names(&body), ["echo", "only_old", "young__echo", "only_young"]);
    }
    for (tool, server, own) in
        [("echo", "old", "echo"), ("young__echo", "young", "echo"), ("only_young", "young", "only_young")]
    {
        let (_, body) = client.modern("tools/call", json!({"name": tool})).await;
        assert_eq!(body["result"]["from"], server, "{tool}: {body}");
        let (_, heard, _) = harness.doubles.script(server).calls().pop().unwrap();
        assert!(heard.contains(&format!(r#""name":"{own}""#)), "{heard}");
    }
    let (_, body) = client.legacy("tools/call", json!({"name": "nobodys"})).await;
    assert_eq!(body["error"]["code"], -32602);
    harness.remove(Kind::Connector, "old").await;
    let (_, body) = client.legacy("tools/list", json!({})).await;
    assert_eq!(names(&body), ["echo", "only_young"]);
}

#[tokio::test]
async fn one_failing_server_is_missing_from_the_list_and_named_in_it() {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    for name in ["down", "up"] {
        harness.connector(&tenant, name, hosted()).await;
        harness.doubles.script(name).tools(&[name]);
    }
    harness.doubles.script("down").answer("tools/list", "down");
    let key = harness.key("alice", &tenant).await;
    let (status, body) = harness.client("/api/v1/acme/mcp", &key).modern("tools/list", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(names(&body), ["up"]);
    assert_eq!(
        body["result"]["_meta"]["io.sagemcp/absentConnectors"],
        json!([{"connector": "down", "reason": "Exited"}])
    );
}

#[tokio::test]
async fn a_connector_that_fails_or_is_not_the_callers_keeps_the_names_it_had() {
    // With a pool the server lives on, without one it is gone after each request.
    for pool_size in [100, 0] {
        let mut harness =
            Harness::with(|options| options.pool.size = pool_size, gateway::clock::Clock::system()).await;
        let tenant = harness.tenant("acme").await;
        for name in ["old", "young"] {
            harness.connector(&tenant, name, hosted()).await;
            harness.doubles.script(name).tools(&["echo"]);
            harness.doubles.script(name).answer("tools/call", r#"{"content":[]}"#);
        }
        let key = harness.key("alice", &tenant).await;
        let client = harness.client("/api/v1/acme/mcp", &key);
        let (_, body) = client.legacy("tools/list", json!({})).await;
        assert_eq!(names(&body), ["echo", "young__echo"]);

        let only_young = harness
            .key_with("bob", Some(&tenant), Scope::TenantUser, |key| key.connectors = vec!["young".into()])
            .await;
        let bob = harness.client("/api/v1/acme/mcp", &only_young);
        let (_, body) = bob.legacy("tools/list", json!({})).await;
        assert_eq!(names(&body), ["young__echo"], "whoever asks");
        let (_, body) = bob.legacy("tools/call", json!({"name": "echo"})).await;
        assert_eq!(body["error"]["code"], -32602, "{body}");

        for method in ["tools/list", "tools/call"] {
            harness.doubles.script("old").answer(method, "down");
        }
        let (_, body) = client.legacy("tools/list", json!({})).await;
        assert_eq!(names(&body), ["young__echo"]);
        assert_eq!(body["result"]["_meta"]["io.sagemcp/absentConnectors"][0]["connector"], "old");
        let (_, body) = client.legacy("tools/call", json!({"name": "echo"})).await;
        assert_eq!(body["result"]["isError"], true, "{body}");
        assert!(body["result"]["content"][0]["text"].as_str().unwrap().starts_with("old: "), "{body}");
        assert!(harness.doubles.script("young").calls().is_empty());
        let (_, body) = client.legacy("tools/call", json!({"name": "young__echo"})).await;
        assert_eq!(body["result"]["content"], json!([]), "{body}");
    }
}

#[tokio::test]
async fn prompts_and_resources_are_joined_and_routed() {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    for name in ["a", "b"] {
        harness.connector(&tenant, name, hosted()).await;
        let script = harness.doubles.script(name);
        script.answer("prompts/list", r#"{"prompts":[{"name":"greet","x":1.0}]}"#);
        script.answer("prompts/get", &format!(r#"{{"messages":[],"from":"{name}"}}"#));
        script.answer("resources/list", &format!(r#"{{"resources":[{{"uri":"{name}://1","name":"r"}}]}}"#));
        script.answer("completion/complete", &format!(r#"{{"completion":{{"values":["{name}"]}}}}"#));
    }
    harness.doubles.script("a").answer("resources/read", r#"error:{"code":-32002,"message":"none"}"#);
    harness.doubles.script("b").answer("resources/read", r#"{"contents":[],"from":"b"}"#);
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/mcp", &key);
    let (_, body) = client.legacy("prompts/list", json!({})).await;
    assert_eq!(
        body["result"],
        json!({"prompts": [{"name": "greet", "x": 1.0}, {"name": "b__greet", "x": 1.0}]})
    );
    for (name, server) in [("greet", "a"), ("b__greet", "b")] {
        let (_, body) = client.modern("prompts/get", json!({"name": name})).await;
        assert_eq!(body["result"]["from"], server, "{body}");
        let reference =
            json!({"ref": {"type": "ref/prompt", "name": name}, "argument": {"name": "x", "value": ""}});
        let (_, body) = client.legacy("completion/complete", reference).await;
        assert_eq!(body["result"]["completion"]["values"][0], server, "{body}");
    }
    let heard = harness.doubles.script("b").heard.lock().unwrap().clone();
    assert!(
        heard.iter().any(
            |(method, params, _)| method == "completion/complete" && params.contains(r#""name":"greet""#)
        ),
        "{heard:?}"
    );
    let (_, body) = client.legacy("resources/list", json!({})).await;
    assert_eq!(body["result"]["resources"].as_array().unwrap().len(), 2);
    let (_, body) = client.modern("resources/read", json!({"uri": "b://1"})).await;
    assert_eq!(
        (&body["result"]["from"], &body["result"]["cacheScope"]),
        (&json!("b"), &json!("private")),
        "{body}"
    );
    let (_, body) = client.legacy("prompts/get", json!({"name": "nobodys"})).await;
    assert_eq!(body["error"]["code"], -32602);
}

#[tokio::test]
async fn a_tenants_own_host_serves_the_aggregate() {
    let mut harness = Harness::with(
        |options| options.base_domain = Some("mcp.test".to_owned()),
        gateway::clock::Clock::system(),
    )
    .await;
    let tenant = harness.tenant("acme").await;
    harness.connector(&tenant, "a", hosted()).await;
    harness.doubles.script("a").tools(&["echo"]);
    let key = harness.key("alice", &tenant).await;
    let on_host = |host: &str, path: &str| harness.client(path, &key).header("host", host);
    let (_, body) = on_host("acme.mcp.test", "/mcp").legacy("tools/list", json!({})).await;
    assert_eq!(names(&body), ["echo"]);
    assert_eq!(on_host("other.mcp.test", "/mcp").legacy("ping", json!({})).await.0, StatusCode::FORBIDDEN);
    assert_eq!(
        on_host("acme.mcp.test", "/api/v1/acme/mcp").legacy("ping", json!({})).await.0,
        StatusCode::NOT_FOUND
    );
    let info = harness
        .http
        .get(harness.url("/api/v1/acme/connectors/a/mcp/info"))
        .bearer_auth(&key)
        .send()
        .await
        .unwrap();
    let info: serde_json::Value = info.json().await.unwrap();
    assert_eq!(
        (&info["tenant"], &info["connectors"][0]["kind"]),
        (&json!("acme"), &json!("hosted")),
        "{info}"
    );
}
