//! An HTTP server whose answers a test writes, and which remembers what it was asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) verb: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Received {
    /// The JSON-RPC method, or the verb of a request without one.
    pub(super) fn method(&self) -> &str {
        self.body["method"].as_str().unwrap_or(self.verb.as_str())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Listens until it is dropped.
pub(super) struct Scripted {
    pub(super) url: String,
    received: Arc<Mutex<Vec<Received>>>,
    _task: AbortOnDropHandle<()>,
}

impl Scripted {
    /// `script` gets each request and how many of its method came before.
    pub(super) async fn start(
        script: impl Fn(&Received, usize) -> Response + Clone + Send + Sync + 'static,
    ) -> Self {
        let received = Arc::new(Mutex::new(Vec::<Received>::new()));
        let log = Arc::clone(&received);
        let app = Router::new().fallback(move |verb: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let body = serde_json::from_slice(&body).unwrap_or_default();
            let request = Received { verb, path: uri.path().to_owned(), headers, body };
            let mut log = log.lock().unwrap();
            let before = log.iter().filter(|earlier| earlier.method() == request.method()).count();
            log.push(request.clone());
            drop(log);
            let response = script(&request, before);
            async move { response }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let task =
            AbortOnDropHandle::new(tokio::spawn(async move { axum::serve(listener, app).await.unwrap() }));
        Self { url, received, _task: task }
    }

    /// All requests so far.
    pub(super) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The requests of one method so far.
    pub(super) fn of(&self, method: &str) -> Vec<Received> {
        self.received().into_iter().filter(|request| request.method() == method).collect()
    }
}

/// Any answer.
pub(super) fn answer(status: StatusCode, headers: &[(&str, &str)], body: impl Into<Body>) -> Response {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).unwrap()
}

/// A result, as JSON.
pub(super) fn result(request: &Received, result: &Value) -> Response {
    let body = json!({"jsonrpc": "2.0", "id": request.body["id"], "result": result});
    answer(StatusCode::OK, &[("content-type", "application/json")], body.to_string())
}

/// A JSON-RPC error with an HTTP status.
pub(super) fn error(request: &Received, status: StatusCode, code: i64, message: &str) -> Response {
    let error = json!({"code": code, "message": message});
    let body = json!({"jsonrpc": "2.0", "id": request.body["id"], "error": error});
    answer(status, &[("content-type", "application/json")], body.to_string())
}

/// What a well-behaved legacy server with sessions answers.
pub(super) fn legacy(request: &Received, initializations: usize) -> Response {
    match request.method() {
        "server/discover" => {
            error(request, StatusCode::BAD_REQUEST, -32_000, "Bad Request: Server not initialized")
        }
        "initialize" => {
            let body = json!({"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "legacy"}});
            let mut response = result(request, &body);
            let session = format!("session-{}", initializations + 1).parse().unwrap();
            response.headers_mut().insert("mcp-session-id", session);
            response
        }
        method if method.starts_with("notifications/") => answer(StatusCode::ACCEPTED, &[], ""),
        _ => result(request, &json!({"ok": true})),
    }
}

/// What a well-behaved modern server answers.
pub(super) fn modern(request: &Received) -> Response {
    match request.method() {
        "server/discover" => {
            let body = json!({"resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}},
                "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "modern"}}});
            result(request, &body)
        }
        _ => result(request, &json!({"ok": true, "resultType": "complete"})),
    }
}
