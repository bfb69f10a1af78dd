//! A server that answers as a test says and keeps what it was asked.

use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use connectors::egress::{EgressPolicy, GuardedClient, Timeouts};
use connectors::{CallTarget, Catalog, Connector, Content, ToolResult, compile, parse};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use url::Url;

/// The token that tests use. It must never be seen in a result.
pub(crate) const TOKEN: &str = "ghp_secretSECRETsecret";

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) address: std::net::SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Starts a server. The answer may depend on how many requests came before.
    pub(crate) async fn start<R: IntoResponse>(
        answer: impl Fn(usize, &Asked) -> R + Clone + Send + Sync + 'static,
    ) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let seen = Arc::clone(&asked);
        let handler = async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| -> Response {
            let one = Asked { method, uri, headers, body };
            let before = {
                let mut seen = seen.lock().unwrap();
                seen.push(one.clone());
                seen.len() - 1
            };
            answer(before, &one).into_response()
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await.unwrap() });
        Self { address, asked }
    }

    /// A server that gives this JSON to everything.
    pub(crate) async fn json(status: u16, body: Value) -> Self {
        Self::start(move |_, _| (StatusCode::from_u16(status).unwrap(), axum::Json(body.clone()))).await
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn target(&self, credential: Option<&str>) -> CallTarget {
        CallTarget {
            secret_headers: std::collections::BTreeMap::new(),
            base_url: Some(Url::parse(&format!("http://{}", self.address)).unwrap()),
            credential: credential.map(SecretString::from),
            settings: Map::new(),
        }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client that may reach this server and those.
    pub(crate) fn client(&self, others: &[&Self]) -> GuardedClient {
        let addresses = others.iter().map(|other| other.address).chain([self.address]);
        let policy: EgressPolicy = addresses.map(|address| address.to_string().parse().unwrap()).collect();
        GuardedClient::new(policy, Timeouts::default()).unwrap()
    }

    /// Calls a GitHub tool here.
    pub(crate) async fn call(&self, tool: &str, arguments: Value, credential: Option<&str>) -> ToolResult {
        let target = self.target(credential);
        let result = github().call(&self.client(&[]), &target, tool, &object(arguments)).await.unwrap();
        assert!(!serde_json::to_string(&result).unwrap().contains(TOKEN), "{result:?}");
        result
    }
}

/// A document's connector.
pub(crate) fn connector(document: &str) -> Connector {
    compile(&parse(document).unwrap()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// A target with a credential, for documents that name a server by themselves.
pub(crate) fn with_credential(credential: &str) -> CallTarget {
    CallTarget { credential: Some(SecretString::from(credential)), ..CallTarget::default() }
}

/// The GitHub connector, compiled once for all tests.
pub(crate) fn github() -> Arc<Connector> {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::new);
    CATALOG.connector("github").unwrap().unwrap()
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("{value} is no object") };
    map
}

/// The texts of a result.
pub(crate) fn text(result: &ToolResult) -> String {
    let texts = result.content.iter().filter_map(|item| match item {
        Content::Text { text } => Some(text.as_str()),
        Content::Resource { .. } | Content::ResourceLink { .. } => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// Arguments that name a repository.
pub(crate) fn repository() -> Value {
    json!({"owner": "octocat", "repo": "Hello-World"})
}
