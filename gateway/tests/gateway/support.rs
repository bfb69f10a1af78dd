//! A running gateway with its store, and a client.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    config::{Backend, ConnectorConfig, CredentialLevel, TenantConfig},
    ids::{ConnectorId, ObjectKey, Origin, Revision, TenantId},
    principal::Scope,
    tools::ToolRules,
};
use gateway::{Bound, GatewayOptions, clock::Clock, run::run_with};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use secrets::{ConnectorSecrets, KeyRing, api_key};
use serde_json::{Value, json};
use store::{
    Store,
    model::{ApiKeyWrite, ConnectorWrite, KeyMaterial, Kind, Provenance, TenantWrite, Writer},
};
use tokio::{sync::oneshot, task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::double::Doubles;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// A gateway under test. Its task ends with it.
pub(crate) struct Harness {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) ring: KeyRing,
    pub(crate) bound: Bound,
    pub(crate) doubles: Arc<Doubles>,
    pub(crate) stop: CancellationToken,
    pub(crate) running: Option<JoinHandle<Result<(), gateway::RunError>>>,
    pub(crate) writer: Writer,
    pub(crate) http: reqwest::Client,
    tenant_keys: HashMap<TenantId, String>,
    generation: i64,
    _data: tempfile::TempDir,
}

impl Drop for Harness {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(running) = &self.running {
            running.abort();
        }
    }
}

pub(crate) fn origin() -> Origin {
    Origin::new("test")
}

pub(crate) fn object(name: &str) -> ObjectKey {
    ObjectKey { origin: origin(), namespace: "team".to_owned(), name: name.to_owned() }
}

impl Harness {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}, Clock::system()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut GatewayOptions), clock: Clock) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let data = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", data.path().join("store.db").display());
        let store = store::open(&url, store::Options::default()).await.unwrap();
        let writer = store.raise_writer(&origin(), "test").await.unwrap();
        let ring = KeyRing::generate();
        let mut options = GatewayOptions::loopback(origin(), "replica-1");
        options.health_listen = Some(([127, 0, 0, 1], 0).into());
        options.egress = connectors::egress::EgressPolicy::new(vec!["127.0.0.1".parse().unwrap()]);
        options.default_rate.requests_per_minute = 100_000;
        options.drain = Duration::from_secs(10);
        change(&mut options);
        let doubles = Arc::new(Doubles::new(options.egress.clone()));
        let stop = CancellationToken::new();
        let (bound, ready) = oneshot::channel();
        let run =
            run_with(options, store.clone(), ring.clone(), doubles.clone(), clock, stop.clone(), |at| {
                bound.send(at).unwrap();
            });
        let running = Some(tokio::spawn(run));
        let bound = tokio::time::timeout(PATIENCE, ready).await.unwrap().unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            store,
            ring,
            bound,
            doubles,
            stop,
            running,
            writer,
            http,
            tenant_keys: HashMap::new(),
            generation: 0,
            _data: data,
        }
    }

    fn provenance(&mut self, name: &str) -> Provenance {
        self.generation += 1;
        Provenance {
            key: object(name),
            uid: format!("uid-{name}"),
            generation: self.generation,
            inputs_hash: self.generation.to_string(),
        }
    }

    pub(crate) async fn tenant(&mut self, slug: &str) -> TenantId {
        self.tenant_with(slug, TenantConfig { display_name: slug.to_owned(), ..TenantConfig::default() })
            .await
    }

    pub(crate) async fn tenant_with(&mut self, slug: &str, config: TenantConfig) -> TenantId {
        let provenance = self.provenance(slug);
        let tenant_id = self.store.tenant_identity(&self.writer, &provenance.key).await.unwrap();
        let wrapped = self.ring.new_tenant_key(tenant_id.as_str());
        let wrapped = self.store.put_tenant_key(&tenant_id, &wrapped).await.unwrap();
        self.tenant_keys.insert(tenant_id.clone(), wrapped);
        let write = TenantWrite {
            provenance,
            tenant_id: tenant_id.clone(),
            slug: slug.parse().unwrap(),
            config,
            retain: false,
        };
        let applied = self.store.apply_tenant(&self.writer, &write).await.unwrap();
        self.served(applied.revision).await;
        tenant_id
    }

    pub(crate) async fn connector(
        &mut self,
        tenant: &TenantId,
        name: &str,
        config: ConnectorConfig,
    ) -> ConnectorId {
        self.connector_with(tenant, name, config, ConnectorSecrets::default()).await
    }

    pub(crate) async fn connector_with(
        &mut self,
        tenant: &TenantId,
        name: &str,
        config: ConnectorConfig,
        secrets: ConnectorSecrets,
    ) -> ConnectorId {
        let provenance = self.provenance(name);
        let connector_id = self.store.connector_identity(&self.writer, &provenance.key).await.unwrap();
        let cipher = self.ring.tenant_cipher(tenant.as_str(), &self.tenant_keys[tenant]).unwrap();
        let sealed = (!secrets.is_empty()).then(|| secrets.seal(&cipher, connector_id.as_str()));
        let write = ConnectorWrite {
            created_at_ms: provenance.generation,
            provenance,
            connector_id: connector_id.clone(),
            tenant_id: tenant.clone(),
            config,
            sealed,
        };
        let applied = self.store.apply_connector(&self.writer, &write).await.unwrap();
        self.served(applied.revision).await;
        connector_id
    }

    /// A key of a tenant, with changes to what is written.
    pub(crate) async fn key_with(
        &mut self,
        name: &str,
        tenant: Option<&TenantId>,
        scope: Scope,
        change: impl FnOnce(&mut ApiKeyWrite),
    ) -> String {
        let minted = api_key::mint(scope);
        let material = self.material(&minted.text);
        self.write_key(name, tenant, scope, vec![material], change).await;
        minted.text.expose_secret().to_owned()
    }

    pub(crate) fn material(&self, text: &SecretString) -> KeyMaterial {
        let parts = api_key::parse(text.expose_secret()).unwrap();
        KeyMaterial {
            key_id: parts.key_id(),
            bcrypt: api_key::bcrypt_hash(&parts),
            hmac: self.ring.api_key_hmac(&parts),
            expires_at_ms: None,
        }
    }

    pub(crate) async fn write_key(
        &mut self,
        name: &str,
        tenant: Option<&TenantId>,
        scope: Scope,
        keys: Vec<KeyMaterial>,
        change: impl FnOnce(&mut ApiKeyWrite),
    ) {
        let mut write = ApiKeyWrite {
            provenance: self.provenance(name),
            tenant_id: tenant.cloned(),
            scope,
            subject: name.to_owned(),
            connectors: Vec::new(),
            read_only: false,
            keys,
        };
        change(&mut write);
        let applied = self.store.apply_api_key(&self.writer, &write).await.unwrap();
        self.served(applied.revision).await;
    }

    pub(crate) async fn key(&mut self, name: &str, tenant: &TenantId) -> String {
        self.key_with(name, Some(tenant), Scope::TenantUser, |_| {}).await
    }

    pub(crate) async fn remove(&mut self, kind: Kind, name: &str) {
        let removed = self.store.remove(&self.writer, kind, &object(name), None, 1).await.unwrap();
        self.served(removed.unwrap()).await;
    }

    /// Waits until the replica says that it serves a revision.
    pub(crate) async fn served(&self, revision: Revision) {
        let replicas = || async { self.store.replicas(0).await.unwrap() };
        eventually("the revision is served", || async {
            replicas().await.iter().any(|replica| replica.revision >= revision)
        })
        .await;
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.bound.mcp)
    }

    /// A client of one endpoint.
    pub(crate) fn client(&self, path: &str, key: &str) -> Client {
        Client { http: self.http.clone(), url: self.url(path), key: key.to_owned(), headers: Vec::new() }
    }
}

/// Waits for a condition.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A connector of the test double.
pub(crate) fn hosted() -> ConnectorConfig {
    config(Backend::Hosted {
        command: "double".to_owned(),
        args: Vec::new(),
        env: std::collections::BTreeMap::new(),
    })
}

/// The GitHub connector at a base URL.
pub(crate) fn github(base_url: &str) -> ConnectorConfig {
    config(Backend::Native {
        service: "github".to_owned(),
        base_url: Some(base_url.to_owned()),
        settings: serde_json::Map::new(),
    })
}

fn config(backend: Backend) -> ConnectorConfig {
    ConnectorConfig {
        display_name: "A connector".to_owned(),
        enabled: true,
        backend,
        tools: ToolRules::default(),
        tool_prefix: None,
        credential_level: CredentialLevel::Tenant,
    }
}

/// A client that sends what it is told.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) key: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Client {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) async fn send(&self, body: impl Into<reqwest::Body>) -> Response {
        let mut request = self
            .http
            .post(&self.url)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(body);
        if !self.key.is_empty() {
            request = request.bearer_auth(&self.key);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.send().await.unwrap()
    }

    /// A legacy request: its status and body.
    pub(crate) async fn legacy(&self, method: &str, params: Value) -> (StatusCode, Value) {
        let mut body = json!({"jsonrpc": "2.0", "id": 7, "method": method});
        body["params"] = params;
        read(self.send(body.to_string()).await).await
    }

    /// A modern request with the headers that go with it: its status and body.
    pub(crate) async fn modern(&self, method: &str, params: Value) -> (StatusCode, Value) {
        read(self.modern_response(method, params).await).await
    }

    pub(crate) async fn modern_response(&self, method: &str, mut params: Value) -> Response {
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
        let name =
            params.get("name").or_else(|| params.get("uri")).and_then(Value::as_str).map(ToOwned::to_owned);
        let mut client =
            self.clone().header("mcp-protocol-version", "2026-07-28").header("mcp-method", method);
        if let Some(name) = name {
            client = client.header("mcp-name", &name);
        }
        let mut body = json!({"jsonrpc": "2.0", "id": 7, "method": method});
        body["params"] = params;
        client.send(body.to_string()).await
    }
}

pub(crate) async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// The names in a tool list.
pub(crate) fn names(body: &Value) -> Vec<&str> {
    let tools = body["result"]["tools"].as_array().unwrap_or_else(|| panic!("no tools in {body}"));
    tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}
