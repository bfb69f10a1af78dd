//! Loopback servers that answer as a vendor describes, and note what the vendor would not understand.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connectors::egress::{EgressPolicy, GuardedClient, Timeouts};
use domain::document::{AuthScheme, ConnectorDocument};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use crate::check::{Seen, violations};
use crate::credential;
use crate::document::{self, original};
use crate::fixture::Fixture;
use crate::graphql;
use crate::oracle::{Oracle, Reply};
use crate::reply::{self, Replies};

/// What one call sent, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Record {
    /// The requests.
    pub(crate) sent: Vec<Seen>,
    /// What is wrong, with the oracle that says so.
    pub(crate) wrong: Vec<(String, String)>,
    /// Sets of scopes that each request needs, with the oracle and the operation.
    pub(crate) scopes: Vec<(String, String, Vec<Vec<String>>)>,
    /// The most examples that an operation has.
    pub(crate) examples: usize,
    /// Requests that were answered from a description of replies.
    pub(crate) described: usize,
    /// Whether all of them were answered with JSON.
    pub(crate) json: bool,
}

impl Default for Record {
    fn default() -> Self {
        let (sent, wrong, scopes) = (Vec::new(), Vec::new(), Vec::new());
        Self { sent, wrong, scopes, examples: 0, described: 0, json: true }
    }
}

impl Record {
    /// Notes which reply a request gets.
    fn note(&mut self, reply: Option<&Reply>) {
        let Some(reply) = reply else { return };
        self.described += 1;
        self.examples = self.examples.max(reply.examples.len());
        self.json &=
            reply.schema.is_some() && reply.content_type.as_deref().is_none_or(|name| name.contains("json"));
    }
}

/// The oracles of a connector, by where they are from.
#[derive(Debug, Default)]
pub(crate) struct Oracles {
    /// Built from packages and facts.
    pub(crate) own: Vec<Oracle>,
    /// From `SAGEMCP_VENDOR_APIS`.
    pub(crate) reference: Vec<Oracle>,
}

/// Running servers of one connector: the vendor's hosts, and one that stands for `allowedHosts`.
pub(crate) struct Vendor {
    state: Arc<Shared>,
    url: Url,
    elsewhere: Url,
    servers: [JoinHandle<()>; 2],
}

struct Shared {
    oracles: Arc<Oracles>,
    fixture: Fixture,
    /// Whether each request to the vendor carries the credential.
    authenticated: bool,
    /// The URL that `baseVariables` asks, which the reference need not know.
    lookup: Option<String>,
    link: String,
    replies: Mutex<Replies>,
    /// Replies made before: some are large.
    made: Mutex<HashMap<(String, usize, Replies), Value>>,
    record: Mutex<Record>,
    used: Mutex<BTreeSet<(String, usize)>>,
    /// The ids, or methods and paths, of what was answered.
    answered: Mutex<BTreeSet<String>>,
}

impl Vendor {
    /// Starts both.
    pub(crate) async fn start(document: &ConnectorDocument, oracles: Arc<Oracles>, fixture: Fixture) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (vendor, url) = listen().await;
        let (other, elsewhere) = listen().await;
        let state = Arc::new(Shared {
            oracles,
            fixture,
            authenticated: document.auth.scheme != AuthScheme::None,
            lookup: document::lookup(document),
            link: format!("{elsewhere}files/report"),
            replies: Mutex::new(Replies::Full),
            made: Mutex::default(),
            record: Mutex::default(),
            used: Mutex::default(),
            answered: Mutex::default(),
        });
        let vendor_router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let other_router = Router::new().fallback(download).with_state(Arc::clone(&state));
        let servers = [(vendor, vendor_router), (other, other_router)].map(|(listener, router)| {
            tokio::spawn(async move { axum::serve(listener, router).await.unwrap() })
        });
        Self { state, url, elsewhere, servers }
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn elsewhere(&self) -> &Url {
        &self.elsewhere
    }

    /// A client that may reach both.
    pub(crate) fn client(&self) -> GuardedClient {
        self.client_with(Timeouts::default())
    }

    /// A client that may reach both, and is as patient as this.
    pub(crate) fn client_with(&self, timeouts: Timeouts) -> GuardedClient {
        let rule =
            |url: &Url| format!("{}:{}", url.host_str().unwrap(), url.port().unwrap()).parse().unwrap();
        let policy: EgressPolicy = [rule(&self.url), rule(&self.elsewhere)].into_iter().collect();
        GuardedClient::new(policy, timeouts).unwrap()
    }

    pub(crate) fn answer_with(&self, replies: Replies) {
        *self.state.replies.lock().unwrap() = replies;
    }

    /// What has come since this was last asked.
    pub(crate) fn take(&self) -> Record {
        std::mem::take(&mut self.state.record.lock().unwrap())
    }

    /// The keys under which a fixture could say something about a reply.
    pub(crate) fn answered(&self) -> BTreeSet<String> {
        self.state.answered.lock().unwrap().clone()
    }

    /// Operations of our own oracles that no request was for.
    pub(crate) fn unused(&self) -> Vec<(String, String)> {
        let used = self.state.used.lock().unwrap();
        let all =
            self.state.oracles.own.iter().filter(|oracle| oracle.graphql.is_none()).flat_map(|oracle| {
                oracle.operations.iter().enumerate().map(move |(at, operation)| (oracle, at, operation))
            });
        all.filter(|(oracle, at, _)| !used.contains(&(oracle.name.clone(), *at)))
            .map(|(oracle, _, operation)| (oracle.name.clone(), operation.id.clone()))
            .collect()
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.servers.iter().for_each(JoinHandle::abort);
    }
}

async fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    (listener, url)
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let Some(url) = original(uri.path()) else { return StatusCode::NOT_FOUND.into_response() };
    let seen = Seen { method: method.to_string(), url, query, headers, body: body.to_vec() };
    let is_lookup = shared.lookup.as_ref() == Some(&seen.url);
    let replies = if is_lookup { Replies::Full } else { *shared.replies.lock().unwrap() };
    if let Replies::Fault(fault) = replies {
        shared.record.lock().unwrap().sent.push(seen);
        return fault.answer(&shared.fixture).await;
    }
    let mut record = shared.record.lock().unwrap();
    if shared.authenticated && !credential::is_carried(&seen.headers, &seen.body) {
        record.wrong.push(("engine".to_owned(), format!("{} {} has no credential", seen.method, seen.url)));
    }
    if !is_lookup {
        judge(&shared.oracles.reference, &seen, &mut record, "reference");
    }
    let reply = match judge(&shared.oracles.own, &seen, &mut record, "") {
        Some((oracle, at)) => {
            shared.used.lock().unwrap().insert((oracle.name.clone(), at));
            if !is_lookup {
                record.note(oracle.operations[at].reply.as_ref());
            }
            described(&shared, oracle, at, &seen, replies)
        }
        None => by_fixture(&shared, &seen, json!({})).into_response(),
    };
    if !is_lookup {
        record.sent.push(seen);
    }
    reply
}

/// Holds a request against oracles, and gives the one that it belongs to.
fn judge<'a>(
    oracles: &'a [Oracle],
    seen: &Seen,
    record: &mut Record,
    name: &str,
) -> Option<(&'a Oracle, usize)> {
    if oracles.is_empty() {
        return None;
    }
    let named = |oracle: &Oracle| if name.is_empty() { oracle.name.clone() } else { name.to_owned() };
    let found = oracles.iter().find_map(|oracle| Some((oracle, oracle.find(seen)?)));
    let Some((oracle, (at, path))) = found else {
        let which = if let [one] = oracles { named(one) } else { name.to_owned() };
        record.wrong.push((which, format!("{} {} is no operation", seen.method, seen.url)));
        return None;
    };
    let operation = &oracle.operations[at];
    let mut wrong = violations(oracle, operation, &path, seen);
    if let Some(schema) = &oracle.graphql {
        wrong.extend(graphql::violations(schema, &seen.body));
    }
    let place = format!("{} {}", operation.method, operation.path);
    record.wrong.extend(wrong.into_iter().map(|why| (named(oracle), format!("{place}: {why}"))));
    if !operation.scopes.is_empty() {
        record.scopes.push((named(oracle), place, operation.scopes.clone()));
    }
    Some((oracle, at))
}

/// Headers of every reply.
const HEADERS: [(&str, &str); 6] = [
    ("link", "<{url}?page=2&after=two%7C2>; rel=\"next\", <{url}?page=9>; rel=\"last\""),
    ("x-next-page", "2"),
    ("x-total", "7"),
    ("x-oauth-scopes", "repo, read:org"),
    ("x-accepted-oauth-scopes", "user"),
    ("github-authentication-token-expiration", "2027-01-01 00:00:00 UTC"),
];

/// The reply of an operation, with headers that some vendors lead on by.
fn described(shared: &Shared, oracle: &Oracle, at: usize, seen: &Seen, replies: Replies) -> Response {
    let operation = &oracle.operations[at];
    shared.answered.lock().unwrap().insert(operation.id.clone());
    let reply = operation.reply.as_ref();
    let make = || reply::body(oracle, operation, replies, &shared.link);
    let mut body = match &oracle.graphql {
        Some(schema) => graphql::reply(schema, &seen.body, replies),
        None => {
            shared.made.lock().unwrap().entry((oracle.name.clone(), at, replies)).or_insert_with(make).clone()
        }
    };
    if let Some(values) = shared.fixture.replies.get(&operation.id) {
        reply::put(&mut body, values);
    }
    let status = StatusCode::from_u16(reply.map_or(200, |reply| reply.status)).unwrap();
    let content_type = reply.and_then(|reply| reply.content_type.as_deref()).unwrap_or("application/json");
    let mut headers = HeaderMap::new();
    let own = shared.fixture.headers.get(&operation.id).into_iter().flatten();
    for (name, value) in HEADERS.into_iter().chain(own.map(|(name, value)| (name.as_str(), value.as_str()))) {
        let name: HeaderName = name.parse().unwrap();
        headers.insert(name, value.replace("{url}", &seen.url).parse().unwrap());
    }
    headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
    let bytes = match &body {
        _ if status == StatusCode::NO_CONTENT => Vec::new(),
        Value::String(text) if !content_type.ends_with("json") => text.clone().into_bytes(),
        Value::Object(file) if !content_type.ends_with("json") => bytes_of(file),
        body => body.to_string().into_bytes(),
    };
    (status, headers, bytes).into_response()
}

/// A file that is no text.
fn bytes_of(file: &Map<String, Value>) -> Vec<u8> {
    let base64 = file.get("base64").and_then(Value::as_str).unwrap();
    STANDARD.decode(base64).unwrap()
}

/// The reply of a request that no oracle describes: what the fixture says, by method and path.
fn by_fixture(shared: &Shared, seen: &Seen, mut body: Value) -> axum::Json<Value> {
    let path = Url::parse(&seen.url).map(|url| url.path().to_owned()).unwrap_or_default();
    let key = format!("{} {path}", seen.method);
    shared.answered.lock().unwrap().insert(key.clone());
    if let Some(values) = shared.fixture.replies.get(&key) {
        reply::put(&mut body, values);
    }
    axum::Json(body)
}

async fn download(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    if credential::is_carried(&headers, &body) {
        let wrong = ("engine".to_owned(), "a host of allowedHosts was sent the credential".to_owned());
        shared.record.lock().unwrap().wrong.push(wrong);
    }
    ([(header::CONTENT_TYPE, "application/octet-stream")], shared.fixture.download.clone()).into_response()
}
