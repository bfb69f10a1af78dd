//! A vendor's API on loopback: it answers as told and keeps what it was asked. It stands for somebody else's server,
//! never for a part of ours.

mod reply;

use std::{
    collections::{HashMap, VecDeque},
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method},
    response::Response,
};
use tokio::{net::TcpListener, task::JoinHandle};

pub use reply::Reply;

/// More than any request of ours: a larger one is a mistake of the test.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// A running vendor. It ends with this value.
#[derive(Debug)]
pub struct Vendor {
    address: SocketAddr,
    state: Arc<Mutex<Script>>,
    server: JoinHandle<()>,
}

/// What the vendor was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method.
    pub method: Method,
    /// The path as it came, percent-encoding and all.
    pub path: String,
    /// The query as it came, without the question mark; empty if there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Asked {
    /// A header's value; empty if it was not sent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// If it is none.
    pub fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

#[derive(Debug, Default)]
struct Script {
    once: HashMap<(Method, String), VecDeque<Reply>>,
    always: HashMap<(Method, String), Reply>,
    asked: Vec<Asked>,
}

impl Vendor {
    /// Starts a vendor that answers 404 to everything.
    ///
    /// # Errors
    /// If no port can be bound.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(Script::default()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("the vendor ended: {error}");
            }
        });
        Ok(Self { address, state, server })
    }

    /// Its base URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How it answers a method and path (without query) from now on.
    pub fn reply(&self, method: Method, path: &str, reply: Reply) {
        script(&self.state).always.insert((method, path.to_owned()), reply);
    }

    /// How it answers the next request of a method and path; several come in the order given, before [`Vendor::reply`].
    pub fn reply_once(&self, method: Method, path: &str, reply: Reply) {
        script(&self.state).once.entry((method, path.to_owned())).or_default().push_back(reply);
    }

    /// What it has been asked so far, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        script(&self.state).asked.clone()
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn script(state: &Mutex<Script>) -> MutexGuard<'_, Script> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(state): State<Arc<Mutex<Script>>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await.map(Vec::from).unwrap_or_default();
    let key = (parts.method.clone(), parts.uri.path().to_owned());
    let reply = {
        let mut script = script(&state);
        script.asked.push(Asked {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body,
        });
        let once = script.once.get_mut(&key).and_then(VecDeque::pop_front);
        once.or_else(|| script.always.get(&key).cloned())
    };
    let unscripted = || Reply::json(404, &serde_json::json!({ "message": "the test scripted no reply" }));
    reply.unwrap_or_else(unscripted).into_response().await
}

#[cfg(test)]
mod tests;
