//! What bad input gets: a status and an error of the specification, never a 500.

use domain::{config::TenantConfig, tools::ToolRules};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Client, Harness, hosted, read};

const ONE: &str = "/api/v1/acme/connectors/one/mcp";

async fn fixture() -> (Harness, Client) {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    let mut config = hosted();
    config.tools = ToolRules { deny: vec!["secret_*".to_owned()], ..ToolRules::default() };
    harness.connector(&tenant, "one", config).await;
    harness.doubles.script("one").tools(&["echo", "secret_tool"]);
    harness.doubles.script("one").answer("tools/call", r#"{"content":[]}"#);
    let key = harness.key("alice", &tenant).await;
    let client = harness.client(ONE, &key);
    (harness, client)
}

fn call(method: &str, params: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
}

#[tokio::test]
async fn malformed_messages_have_their_status_and_code() {
    let (_harness, client) = fixture().await;
    let denied = call("tools/call", &json!({"name": "secret_tool"}));
    let unknown = call("no/such", &json!({}));
    for (what, body, status, code) in [
        ("no JSON", "{".to_owned(), 400, -32700),
        ("no UTF-8 text", "\u{0}".to_owned(), 400, -32700),
        ("an empty body", String::new(), 400, -32700),
        ("a batch", "[]".to_owned(), 400, -32600),
        ("another JSON-RPC", r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#.to_owned(), 400, -32600),
        ("a null id", r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#.to_owned(), 400, -32600),
        (
            "parameters in an array",
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}"#.to_owned(),
            400,
            -32600,
        ),
        ("an answer to nothing", r#"{"jsonrpc":"2.0","id":1,"result":{}}"#.to_owned(), 400, -32600),
        ("a method nobody knows", unknown, 200, -32601),
        ("a call without a name", call("tools/call", &json!({})), 200, -32602),
        ("a name that is a number", call("tools/call", &json!({"name": 5})), 200, -32602),
        ("arguments in an array", call("tools/call", &json!({"name": "echo", "arguments": []})), 200, -32602),
        ("a disabled tool", denied, 200, -32602),
        ("a cursor never given out", call("tools/list", &json!({"cursor": "x"})), 200, -32602),
        ("an initialize without a version", call("initialize", &json!({})), 200, -32602),
        (
            "a name twice",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"secret_tool"}}"#
                .to_owned(),
            200,
            -32602,
        ),
    ] {
        let (got, body) = read(client.send(body).await).await;
        assert_eq!((got.as_u16(), body["error"]["code"].as_i64()), (status, Some(code)), "{what}: {body}");
        assert_eq!(body["jsonrpc"], "2.0", "{what}");
    }
    let (_, body) = client.legacy("tools/call", json!({"name": "secret_tool"})).await;
    let (_, never) = client.legacy("tools/call", json!({"name": "secret_never"})).await;
    assert_eq!(body["error"]["code"], never["error"]["code"], "a disabled tool looks like none");
}

#[tokio::test]
async fn a_modern_request_that_breaks_a_rule_is_a_bad_request() {
    let (_harness, client) = fixture().await;
    let modern = client.clone().header("mcp-protocol-version", "2026-07-28");
    let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}});
    let list = call("tools/list", &json!({"_meta": meta}));
    let (status, body) = read(modern.send(list.clone()).await).await;
    assert_eq!((status.as_u16(), body["error"]["code"].as_i64()), (400, Some(-32020)), "{body}");
    let (status, body) = read(modern.clone().header("mcp-method", "tools/call").send(list).await).await;
    assert_eq!((status.as_u16(), body["error"]["code"].as_i64()), (400, Some(-32020)), "{body}");
    for removed in
        ["ping", "logging/setLevel", "resources/subscribe", "subscriptions/listen", "no/such/method"]
    {
        let (status, body) = client.modern(removed, json!({})).await;
        assert_eq!(
            (status.as_u16(), body["error"]["code"].as_i64()),
            (404, Some(-32601)),
            "{removed}: {body}"
        );
    }
    let future = json!({"_meta": {"io.modelcontextprotocol/protocolVersion": "2031-01-01"}});
    let client = client.header("mcp-protocol-version", "2031-01-01");
    let (status, body) = read(client.send(call("tools/list", &future)).await).await;
    assert_eq!((status.as_u16(), body["error"]["code"].as_i64()), (400, Some(-32022)), "{body}");
    assert_eq!(body["error"]["data"]["supported"], json!(["2026-07-28"]));
}

#[tokio::test]
async fn transport_faults_have_their_status() {
    let (harness, client) = fixture().await;
    let url = harness.url(ONE);
    let ping = || call("ping", &json!({}));
    let post = || harness.http.post(&url).bearer_auth(&client.key);
    let plain = post().header("content-type", "text/plain").body(ping()).send().await.unwrap();
    assert_eq!(plain.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let none = post().body(ping()).send().await.unwrap();
    assert_eq!(none.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let large = format!("{}{}", ping(), " ".repeat(4 * 1024 * 1024));
    assert_eq!(client.send(large.clone()).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let parts = futures::stream::iter([Ok::<_, std::io::Error>(large)]);
    assert_eq!(client.send(reqwest::Body::wrap_stream(parts)).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let evil = client.clone().header("origin", "https://evil.example");
    assert_eq!(evil.send(ping()).await.status(), StatusCode::FORBIDDEN);
    let rebound = client.clone().header("host", "evil.example");
    assert_eq!(rebound.send(ping()).await.status(), StatusCode::FORBIDDEN);
    let local = client.clone().header("origin", "http://localhost:5173").send(ping()).await;
    assert_eq!(local.headers()["access-control-allow-origin"], "http://localhost:5173");
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::HEAD] {
        let request = harness.http.request(method.clone(), &url);
        let keyless = request.try_clone().unwrap().send().await.unwrap();
        assert_eq!(keyless.status(), StatusCode::UNAUTHORIZED, "{method}: authentication comes first");
        let response = request.bearer_auth(&client.key).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(response.headers()["allow"], "POST, DELETE");
    }
    for path in
        ["/", "/.well-known/oauth-protected-resource", "/api/v1/acme", "/api/v1/acme/connectors/one/mcp/sse"]
    {
        let (status, body) = read(harness.http.get(harness.url(path)).send().await.unwrap()).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(body["error"]["message"].is_string(), "{path}: {body}");
    }
}

#[tokio::test]
async fn a_preflight_is_answered_without_a_key() {
    let (harness, _) = fixture().await;
    let response = harness
        .http
        .request(Method::OPTIONS, harness.url(ONE))
        .header("origin", "http://localhost:5173")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,mcp-param-region")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.headers()["access-control-allow-headers"], "authorization,mcp-param-region");
    assert_eq!(response.headers()["access-control-allow-origin"], "http://localhost:5173");
}

#[tokio::test]
async fn a_tenants_own_origins_count_for_its_callers_and_show_nobody_else_that_it_exists() {
    let mut harness = Harness::start().await;
    let page = "https://page.example";
    let config = TenantConfig { allowed_origins: vec![page.to_owned()], ..TenantConfig::default() };
    let (open, closed) = (harness.tenant_with("open", config).await, harness.tenant("closed").await);
    let (open_key, closed_key) = (harness.key("a", &open).await, harness.key("b", &closed).await);
    let paths = ["/api/v1/open/mcp", "/api/v1/closed/mcp", "/api/v1/nobody/mcp"];
    let mut answers = Vec::new();
    for path in paths {
        let url = harness.url(path);
        let preflight = harness.http.request(Method::OPTIONS, url).header("origin", page);
        let preflight = preflight.header("access-control-request-method", "POST").send().await.unwrap();
        let allowed = preflight.headers().get("access-control-allow-origin").cloned();
        let keyless = harness.client(path, "").header("origin", page).send(call("ping", &json!({}))).await;
        let wrong =
            harness.client(path, "smcp_no").header("origin", page).send(call("ping", &json!({}))).await;
        let statuses = [preflight.status(), keyless.status(), wrong.status()];
        assert_eq!(statuses, [StatusCode::NO_CONTENT, StatusCode::FORBIDDEN, StatusCode::FORBIDDEN]);
        answers.push((allowed, keyless.text().await.unwrap(), wrong.text().await.unwrap()));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    for (path, key, status) in
        [(paths[0], &open_key, StatusCode::OK), (paths[1], &closed_key, StatusCode::FORBIDDEN)]
    {
        let response = harness.client(path, key).header("origin", page).send(call("ping", &json!({}))).await;
        assert_eq!(response.status(), status, "{path}");
        let readable = response.headers().contains_key("access-control-allow-origin");
        assert_eq!(readable, status == StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn keys_that_are_none_are_refused_alike() {
    let (harness, client) = fixture().await;
    let other = secrets::api_key::mint(domain::principal::Scope::TenantUser);
    let unknown = secrecy::ExposeSecret::expose_secret(&other.text).to_owned();
    let mut wrong = client.key.clone();
    let last = if wrong.pop() == Some('0') { '1' } else { '0' };
    wrong.push(last);
    for path in [ONE, "/api/v1/nobody/mcp"] {
        let mut bodies = Vec::new();
        for key in ["smcp_nonsense", &unknown, &wrong] {
            let response = harness.client(path, key).send(call("ping", &json!({}))).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path} {key}");
            assert!(response.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
            bodies.push(response.text().await.unwrap());
        }
        assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
    }
    let response = harness.client(ONE, "").send(call("ping", &json!({}))).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"sagemcp\"");
}

#[tokio::test]
async fn guessing_is_throttled_and_right_keys_are_not() {
    let (harness, client) = fixture().await;
    let bad = harness.client(ONE, "smcp_nonsense");
    let mut throttled = false;
    for _ in 0..40 {
        let response = bad.send(call("ping", &json!({}))).await;
        throttled |= response.status() == StatusCode::TOO_MANY_REQUESTS
            && response.headers().contains_key("retry-after");
    }
    assert!(throttled);
    assert_eq!(client.legacy("ping", json!({})).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_server_that_fails_is_a_failed_tool_that_names_it() {
    let (harness, client) = fixture().await;
    harness.doubles.script("one").answer("tools/call", "down");
    let (status, body) = client.legacy("tools/call", json!({"name": "echo"})).await;
    assert_eq!((status, &body["result"]["isError"]), (StatusCode::OK, &json!(true)), "{body}");
    assert_eq!(body["result"]["content"][0]["text"], "one: the server exited");
    harness.doubles.script("one").answer("tools/list", "down");
    let (status, body) = client.legacy("tools/list", json!({})).await;
    assert_eq!((status, body["error"]["code"].as_i64()), (StatusCode::OK, Some(-32603)), "{body}");
}
