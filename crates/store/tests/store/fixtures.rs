//! Objects to write, and a store to write them to.

use std::{sync::Arc, time::Duration};

use domain::{
    config::{Backend, ConnectorConfig, CredentialLevel, TenantConfig},
    ids::{ConnectorId, KeyId, ObjectKey, Origin, Revision, TenantId},
    principal::Scope,
};
use store::{
    Store,
    model::{
        ApiKeyWrite, Changes, ConnectorWrite, DefinitionWrite, KeyMaterial, Provenance, Removed, Snapshot,
        TenantWrite, Writer,
    },
};
use tokio::time::timeout;

/// How long to wait for something that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A day, in ms.
pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Some moment.
pub(crate) const NOW_MS: i64 = 1_800_000_000_000;

/// The store as an operator has it, with the right to write, and as a gateway has it: on Postgres two processes with
/// different rights, on SQLite the same.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) writer: Writer,
    pub(crate) gateway: Arc<dyn Store>,
}

impl Scene {
    /// Raises a writer of the installation `main`.
    pub(crate) async fn new(store: Arc<dyn Store>, gateway: Arc<dyn Store>) -> Self {
        let writer = store.raise_writer(&Origin::new("main"), "test").await.unwrap();
        Self { store, writer, gateway }
    }

    /// One store for both.
    pub(crate) async fn alone(store: Arc<dyn Store>) -> Self {
        Self::new(Arc::clone(&store), store).await
    }

    /// The same store, seen by a writer of another installation.
    pub(crate) async fn elsewhere(&self, origin: &str) -> Self {
        let writer = self.store.raise_writer(&Origin::new(origin), "test").await.unwrap();
        Self { writer, ..self.clone() }
    }

    /// The key of an object in the namespace `team`.
    pub(crate) fn key(&self, name: &str) -> ObjectKey {
        ObjectKey { origin: self.writer.origin.clone(), namespace: "team".to_owned(), name: name.to_owned() }
    }

    /// The first incarnation of an object, at its first generation.
    pub(crate) fn provenance(&self, name: &str) -> Provenance {
        Provenance {
            key: self.key(name),
            uid: format!("uid-{name}"),
            generation: 1,
            inputs_hash: "inputs-1".to_owned(),
        }
    }

    /// A tenant with its identity, its slug being its name.
    pub(crate) async fn tenant(&self, name: &str) -> TenantWrite {
        TenantWrite {
            provenance: self.provenance(name),
            tenant_id: self.store.tenant_identity(&self.writer, &self.key(name)).await.unwrap(),
            slug: name.parse().unwrap(),
            config: TenantConfig { display_name: name.to_uppercase(), ..TenantConfig::default() },
            retain: true,
        }
    }

    /// A connector with its identity.
    pub(crate) async fn connector(&self, tenant: &TenantId, name: &str) -> ConnectorWrite {
        ConnectorWrite {
            provenance: self.provenance(name),
            connector_id: self.store.connector_identity(&self.writer, &self.key(name)).await.unwrap(),
            tenant_id: tenant.clone(),
            created_at_ms: NOW_MS,
            config: ConnectorConfig {
                display_name: name.to_uppercase(),
                enabled: true,
                backend: Backend::Remote { url: "https://mcp.example.com/".to_owned() },
                tools: Default::default(),
                tool_prefix: None,
                credential_level: CredentialLevel::Tenant,
            },
            sealed: Some("v1.ring.sealed".to_owned()),
        }
    }

    /// An API key object with these keys.
    pub(crate) fn api_key(&self, tenant: Option<&TenantId>, name: &str, key_ids: &[&str]) -> ApiKeyWrite {
        ApiKeyWrite {
            provenance: self.provenance(name),
            tenant_id: tenant.cloned(),
            scope: if tenant.is_some() { Scope::TenantUser } else { Scope::PlatformAdmin },
            subject: name.to_owned(),
            connectors: vec!["github".to_owned()],
            read_only: true,
            keys: key_ids.iter().map(|id| material(id)).collect(),
        }
    }

    /// A definition.
    pub(crate) fn definition(&self, name: &str) -> DefinitionWrite {
        let mut provenance = self.provenance(name);
        provenance.key.namespace.clear();
        let document = serde_json::json!({
            "service": name, "title": "Acme", "baseUrl": "https://api.example.com", "tools": []
        });
        DefinitionWrite { provenance, document: serde_json::from_value(document).unwrap() }
    }

    /// Writes a tenant and returns its id.
    pub(crate) async fn put_tenant(&self, name: &str) -> TenantId {
        let tenant = self.tenant(name).await;
        self.store.apply_tenant(&self.writer, &tenant).await.unwrap();
        tenant.tenant_id
    }

    /// Writes a connector and returns its id.
    pub(crate) async fn put_connector(&self, tenant: &TenantId, name: &str) -> ConnectorId {
        let connector = self.connector(tenant, name).await;
        self.store.apply_connector(&self.writer, &connector).await.unwrap();
        connector.connector_id
    }

    /// Writes an API key object.
    pub(crate) async fn put_api_key(&self, tenant: Option<&TenantId>, name: &str, key_ids: &[&str]) {
        let key = self.api_key(tenant, name, key_ids);
        self.store.apply_api_key(&self.writer, &key).await.unwrap();
    }

    /// The newest revision.
    pub(crate) async fn newest(&self) -> Revision {
        self.gateway.snapshot(&self.writer.origin).await.unwrap().revision
    }

    /// What changed after a revision, for a reader that is not too old.
    pub(crate) async fn delta(&self, after: Revision) -> (Snapshot, Vec<Removed>) {
        match self.gateway.changes_since(&self.writer.origin, after).await.unwrap() {
            Changes::Delta { upserts, removed } => (upserts, removed),
            Changes::Reload => panic!("the reader at {after} was told to load all"),
        }
    }

    /// Waits until the store knows of a revision.
    pub(crate) async fn wait_for(&self, revision: Revision) {
        let mut revisions = self.gateway.revisions();
        timeout(PATIENCE, revisions.wait_for(|known| *known >= revision)).await.unwrap().unwrap();
    }
}

/// What verifies a key.
pub(crate) fn material(key_id: &str) -> KeyMaterial {
    KeyMaterial {
        key_id: KeyId::new(key_id),
        bcrypt: format!("$2b$10${key_id}"),
        hmac: format!("v1.ring.{key_id}"),
        expires_at_ms: None,
    }
}

/// The same object, edited.
pub(crate) fn edited(provenance: &mut Provenance) {
    provenance.generation += 1;
    provenance.inputs_hash = format!("inputs-{}", provenance.generation);
}
