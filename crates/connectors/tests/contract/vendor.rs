//! A loopback server that answers as GitHub describes, and notes what GitHub would not understand.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use connectors::egress::{EgressPolicy, GuardedClient, Timeouts};
use serde_json::Value;
use url::Url;

use crate::description::{Description, violations};
use crate::sample::{Fill, reply};

/// What the server answers with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Replies {
    /// Replies with all that schemas describe.
    Full,
    /// Replies with the least that schemas describe.
    Sparse,
    /// GitHub's example of this number; the last one where there are fewer.
    Example(usize),
}

/// A running server.
pub(crate) struct Vendor {
    address: std::net::SocketAddr,
    state: Arc<Seen>,
    _server: tokio::task::JoinHandle<()>,
}

struct Seen {
    description: Description,
    replies: Replies,
    violations: Mutex<Vec<String>>,
    requests: Mutex<Vec<String>>,
    used: Mutex<BTreeSet<usize>>,
}

impl Vendor {
    pub(crate) async fn start(description: Description, replies: Replies) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let state = Arc::new(Seen {
            description,
            replies,
            violations: Mutex::default(),
            requests: Mutex::default(),
            used: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, state, _server: server }
    }

    pub(crate) fn url(&self) -> Url {
        Url::parse(&format!("http://{}", self.address)).unwrap()
    }

    pub(crate) fn client(&self) -> GuardedClient {
        let policy: EgressPolicy = std::iter::once(self.address.to_string().parse().unwrap()).collect();
        GuardedClient::new(policy, Timeouts::default()).unwrap()
    }

    pub(crate) fn take_violations(&self) -> Vec<String> {
        std::mem::take(&mut self.state.violations.lock().unwrap())
    }

    pub(crate) fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state.requests.lock().unwrap())
    }

    /// Operations that no request was for.
    pub(crate) fn unused(&self) -> Vec<String> {
        let used = self.state.used.lock().unwrap();
        let operations = self.state.description.operations.iter().enumerate();
        operations
            .filter(|(index, _)| !used.contains(index))
            .map(|(_, operation)| operation["id"].to_string())
            .collect()
    }
}

/// GitHub's example of a file says "encoded content ..." where base64 belongs.
fn encoded(mut example: Value) -> Value {
    if example["encoding"] == "base64" {
        example["content"] = "IyBIZWxs\nbyB3b3JsZAo=\n".into();
    }
    example
}

async fn answer(State(seen): State<Arc<Seen>>, method: Method, uri: Uri, body: Bytes) -> Response {
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let said = format!("{method} {} {query:?} {}", uri.path(), String::from_utf8_lossy(&body));
    seen.requests.lock().unwrap().push(said);
    let Some((index, path)) = seen.description.find(method.as_str(), uri.path()) else {
        seen.violations.lock().unwrap().push(format!("{method} {} is no operation", uri.path()));
        return StatusCode::NOT_FOUND.into_response();
    };
    seen.used.lock().unwrap().insert(index);
    let operation = &seen.description.operations[index];
    seen.violations.lock().unwrap().extend(violations(operation, &path, &query, &body));
    let schema = &operation["reply"]["schema"];
    let examples: Vec<&Value> = operation["reply"]["examples"].as_object().unwrap().values().collect();
    let body = match seen.replies {
        Replies::Full => reply(schema, &seen.description.schemas, Fill::All),
        Replies::Sparse => reply(schema, &seen.description.schemas, Fill::Least),
        Replies::Example(number) => encoded(examples[number.min(examples.len() - 1)].clone()),
    };
    let status = StatusCode::from_u16(operation["reply"]["status"].as_u64().unwrap() as u16).unwrap();
    let headers = [
        (
            "link",
            "<https://api.github.com/x?per_page=10&page=2>; rel=\"next\", <https://api.github.com/x?page=9>; rel=\"last\"",
        ),
        ("x-oauth-scopes", "repo, read:org"),
        ("x-accepted-oauth-scopes", "user"),
        ("github-authentication-token-expiration", "2027-01-01 00:00:00 UTC"),
    ];
    (status, headers, Json(body)).into_response()
}
