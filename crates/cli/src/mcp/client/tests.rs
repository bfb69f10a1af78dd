//! The client against servers of both eras, over real HTTP.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, Method, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::*;

/// What a server got: method of HTTP, headers, body.
type Seen = Arc<Mutex<Vec<(Method, HeaderMap, Value)>>>;

/// Serves until the test's runtime ends.
async fn serve(answer: fn(&Method, &Value) -> Response) -> (String, Seen) {
    let seen = Seen::default();
    let handler = move |method: Method, State(seen): State<Seen>, headers: HeaderMap, body: String| async move {
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        let response = answer(&method, &body);
        seen.lock().unwrap().push((method, headers, body));
        response
    };
    let router = Router::new().fallback(handler).with_state(Arc::clone(&seen));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, seen)
}

async fn connect(url: &str) -> Result<Client, McpError> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let endpoint = Endpoint { url: url.to_owned(), key: Some("k3y".into()) };
    Client::connect(endpoint, Duration::from_secs(30)).await
}

fn given(args: &[&str]) -> arguments::Given {
    let args: Vec<String> = args.iter().map(|&it| it.to_owned()).collect();
    arguments::given(&args, None).unwrap()
}

fn result(body: &Value, result: &Value) -> Response {
    Json(json!({"jsonrpc": "2.0", "id": body["id"], "result": result})).into_response()
}

fn error(status: u16, body: &Value, code: i64, data: &Value) -> Response {
    let error = json!({"code": code, "message": "refused", "data": data});
    let status = StatusCode::from_u16(status).unwrap();
    (status, Json(json!({"jsonrpc": "2.0", "id": body["id"], "error": error}))).into_response()
}

fn tools() -> Value {
    let properties = json!({"city": {"type": "string", "x-mcp-header": "City"}});
    json!({"tools": [{"name": "weather", "inputSchema": {"type": "object", "properties": properties}}]})
}

/// Knows the handshake only, answers lists as a stream of events, and says at first that it is busy.
fn legacy(method: &Method, body: &Value) -> Response {
    match (method, body["method"].as_str().unwrap_or_default()) {
        (&Method::DELETE, _) => StatusCode::NO_CONTENT.into_response(),
        (_, "initialize") => {
            let about = json!({"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "old"}});
            ([("Mcp-Session-Id", "s1")], result(body, &about)).into_response()
        }
        (_, "notifications/initialized") => StatusCode::ACCEPTED.into_response(),
        (_, "tools/list") => {
            let busy = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {}});
            let answer = json!({"jsonrpc": "2.0", "id": body["id"], "result": tools()});
            let events = format!("event: message\ndata: {busy}\n\ndata: {answer}\n\n");
            ([(CONTENT_TYPE, "text/event-stream")], events).into_response()
        }
        (_, "tools/call") => result(body, &json!({"content": [{"type": "text", "text": "sun"}]})),
        _ => error(400, body, -32_000, &Value::Null),
    }
}

fn modern(_: &Method, body: &Value) -> Response {
    match body["method"].as_str().unwrap_or_default() {
        "server/discover" => {
            result(body, &json!({"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}))
        }
        "tools/list" if body["params"]["cursor"].is_null() => {
            result(body, &json!({"tools": [], "nextCursor": "2"}))
        }
        "tools/list" => result(body, &tools()),
        "tools/call" => result(body, &json!({"resultType": "input_required", "inputRequests": {}})),
        _ => error(404, body, -32_601, &Value::Null),
    }
}

#[tokio::test]
async fn a_server_that_knows_the_handshake_only_gets_one() {
    let (url, seen) = serve(legacy).await;
    let mut client = connect(&url).await.unwrap();
    assert_eq!(client.info()["protocolVersion"], "2025-06-18");
    let answer = client.call("weather", given(&["city=Bern"])).await.unwrap();
    assert_eq!(answer["content"][0]["text"], "sun");
    client.close().await;
    let seen = seen.lock().unwrap();
    let last = seen.last().unwrap();
    assert_eq!(last.0, Method::DELETE);
    for (_, headers, body) in seen.iter().filter(|(_, _, body)| body["method"] != "server/discover") {
        assert_eq!(headers["authorization"], "Bearer k3y");
        if body["method"] != "initialize" {
            assert_eq!(
                (&headers["mcp-session-id"], &headers["mcp-protocol-version"]),
                (&"s1".parse().unwrap(), &"2025-06-18".parse().unwrap())
            );
        }
        assert!(body["params"]["_meta"].is_null(), "{body}");
    }
}

#[tokio::test]
async fn a_modern_server_gets_headers_that_repeat_the_request() {
    let (url, seen) = serve(modern).await;
    let mut client = connect(&url).await.unwrap();
    let asked = client.call("weather", given(&["city=Zürich"])).await.unwrap_err();
    assert!(matches!(asked, McpError::InputRequired(_)), "{asked}");
    let seen = seen.lock().unwrap();
    let (_, headers, body) = seen.last().unwrap();
    assert_eq!(headers["mcp-protocol-version"], "2026-07-28");
    assert_eq!(
        (&headers["mcp-method"], &headers["mcp-name"]),
        (&"tools/call".parse().unwrap(), &"weather".parse().unwrap())
    );
    assert_eq!(headers["mcp-param-city"], "=?base64?WsO8cmljaA==?=");
    assert_eq!(body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
    // Every page was read, and nobody was asked to initialize.
    assert_eq!(seen.iter().filter(|(_, _, body)| body["method"] == "tools/list").count(), 2);
    assert!(seen.iter().all(|(_, _, body)| body["method"] != "initialize"));
}

#[tokio::test]
async fn what_is_no_mcp_server_is_told_apart() {
    async fn failure(answer: fn(&Method, &Value) -> Response) -> String {
        let (url, _) = serve(answer).await;
        let failure = connect(&url).await.map(drop).unwrap_err().to_string();
        failure.replace(&url, "URL")
    }
    insta::assert_snapshot!(failure(|_, _| StatusCode::UNAUTHORIZED.into_response()).await, @"URL answers 401: the key is missing, wrong, expired or not for this tenant; --api-key chooses another ApiKey, SAGEMCP_API_KEY gives a key");
    insta::assert_snapshot!(failure(|_, _| StatusCode::NOT_FOUND.into_response()).await, @"URL answers 404: there is no MCP server at this URL");
    insta::assert_snapshot!(failure(|_, _| "hello".into_response()).await, @"URL does not speak MCP: the answer is no JSON-RPC response to our request");
    insta::assert_snapshot!(failure(|_, body| error(400, body, -32_020, &Value::Null)).await, @"server/discover: the server answers with error -32020: refused");
    insta::assert_snapshot!(failure(|_, body| error(400, body, -32_022, &json!({"supported": ["2027-01-01"]}))).await, @"server/discover: the server answers with error -32022: refused");
    let closed = connect("http://127.0.0.1:1/mcp").await.map(drop).unwrap_err();
    assert!(matches!(closed, McpError::Unreachable { .. }), "{closed}");
    let no_url = connect("ftp://x").await.map(drop).unwrap_err();
    insta::assert_snapshot!(no_url, @"--endpoint ftp://x: not an http:// or https:// URL");
}
