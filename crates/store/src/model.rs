//! What goes into the store and what comes out of it.

use domain::{
    config::{ConnectorConfig, TenantConfig},
    document::ConnectorDocument,
    ids::{ConnectorId, KeyId, ObjectKey, Origin, Revision, TenantId},
    principal::Scope,
    slug::Slug,
};
use serde::{Deserialize, Serialize};

/// The right to write an installation's configuration, until a later writer is raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The installation.
    pub origin: Origin,
    /// Its number; the highest one is in force.
    pub epoch: i64,
}

/// The kinds of configuration objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `Tenant`
    Tenant,
    /// `Connector`
    Connector,
    /// `ApiKey`
    ApiKey,
    /// `ConnectorDefinition`
    Definition,
}

/// Which incarnation of an object a write comes from, and what went into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The object.
    pub key: ObjectKey,
    /// `metadata.uid`
    pub uid: String,
    /// `metadata.generation`
    pub generation: i64,
    /// Digest of everything the row was made from: spec, versions of referenced Secrets, id of the sealing key.
    pub inputs_hash: String,
}

/// A tenant to write.
#[derive(Clone, Debug, PartialEq)]
pub struct TenantWrite {
    /// Where it comes from.
    pub provenance: Provenance,
    /// Its identity.
    pub tenant_id: TenantId,
    /// Its unique name.
    pub slug: Slug,
    /// Its configuration.
    pub config: TenantConfig,
    /// Whether its runtime rows are kept for seven days after its deletion.
    pub retain: bool,
}

/// A connector to write.
#[derive(Clone, PartialEq)]
pub struct ConnectorWrite {
    /// Where it comes from.
    pub provenance: Provenance,
    /// Its identity.
    pub connector_id: ConnectorId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// `metadata.creationTimestamp`: on a collision of tool names the older connector keeps the name.
    pub created_at_ms: i64,
    /// Its configuration.
    pub config: ConnectorConfig,
    /// Its secret values, sealed.
    pub sealed: Option<String>,
}

/// An API key object to write, with every key that is live under it.
#[derive(Clone, PartialEq)]
pub struct ApiKeyWrite {
    /// Where it comes from.
    pub provenance: Provenance,
    /// Its tenant; `None` for a platform key.
    pub tenant_id: Option<TenantId>,
    /// What it may do.
    pub scope: Scope,
    /// Whom it stands for.
    pub subject: String,
    /// The connectors it may use; empty means all.
    pub connectors: Vec<String>,
    /// Whether it may call only tools that change nothing.
    pub read_only: bool,
    /// The live keys: the current one and, during an overlap, the previous one.
    pub keys: Vec<KeyMaterial>,
}

/// What verifies one key.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyMaterial {
    /// The key's public id.
    pub key_id: KeyId,
    /// bcrypt of the secret.
    pub bcrypt: String,
    /// `v1.<ring key id>.<hex>`: HMAC of the secret, which decides.
    pub hmac: String,
    /// When the key stops working, in ms since the epoch.
    pub expires_at_ms: Option<i64>,
}

/// A connector definition to write.
#[derive(Clone, Debug, PartialEq)]
pub struct DefinitionWrite {
    /// Where it comes from.
    pub provenance: Provenance,
    /// The document.
    pub document: ConnectorDocument,
}

/// The outcome of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The revision at which the rows say what was asked.
    pub revision: Revision,
    /// Whether anything was written.
    pub changed: bool,
}

/// An object that has rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// The object.
    pub key: ObjectKey,
    /// The incarnation that wrote the rows.
    pub uid: String,
}

/// How many things [`crate::Store::purge`] removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Tenants whose retained rows went.
    pub tenants: u64,
    /// Tombstones.
    pub tombstones: u64,
    /// Replicas.
    pub replicas: u64,
}

/// All configuration of an installation at one revision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The newest revision of the database, whichever installation it came from.
    pub revision: Revision,
    /// Tenants.
    pub tenants: Vec<TenantRow>,
    /// Connectors.
    pub connectors: Vec<ConnectorRow>,
    /// Keys, one row each: an ApiKey object in rotation has two.
    pub keys: Vec<ApiKeyRow>,
    /// Definitions.
    pub definitions: Vec<DefinitionRow>,
}

/// What changed after a revision.
#[derive(Clone, Debug, PartialEq)]
pub enum Changes {
    /// Rows that are new or changed, and the ids of those that went; apply `removed` first.
    Delta {
        /// New and changed rows, and the revision they lead to.
        upserts: Snapshot,
        /// What went, or changed and cannot be read.
        removed: Vec<Removed>,
    },
    /// The reader is too old: load all.
    Reload,
}

/// Something that went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// What it was.
    pub kind: Kind,
    /// Its id: tenant id, connector id, key id, or the definition's name.
    pub id: String,
}

/// A tenant as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct TenantRow {
    /// Its identity.
    pub tenant_id: TenantId,
    /// The object.
    pub key: ObjectKey,
    /// Its unique name.
    pub slug: Slug,
    /// Its configuration.
    pub config: TenantConfig,
    /// Its data key, wrapped by the key ring.
    pub wrapped_key: Option<String>,
    /// When the row last changed.
    pub revision: Revision,
}

/// A connector as stored.
#[derive(Clone, PartialEq)]
pub struct ConnectorRow {
    /// Its identity.
    pub connector_id: ConnectorId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The object; its name is the connector's name in URLs.
    pub key: ObjectKey,
    /// When the object was created.
    pub created_at_ms: i64,
    /// Its configuration.
    pub config: ConnectorConfig,
    /// Its secret values, sealed.
    pub sealed: Option<String>,
    /// When the row last changed.
    pub revision: Revision,
}

/// A key as stored.
#[derive(Clone, PartialEq)]
pub struct ApiKeyRow {
    /// What verifies it.
    pub material: KeyMaterial,
    /// Its tenant; `None` for a platform key.
    pub tenant_id: Option<TenantId>,
    /// The object.
    pub key: ObjectKey,
    /// What it may do.
    pub scope: Scope,
    /// Whom it stands for.
    pub subject: String,
    /// The connectors it may use; empty means all.
    pub connectors: Vec<String>,
    /// Whether it may call only tools that change nothing.
    pub read_only: bool,
    /// When the row last changed.
    pub revision: Revision,
}

/// A definition as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct DefinitionRow {
    /// Its name, which is the service's.
    pub name: String,
    /// The document.
    pub document: ConnectorDocument,
    /// When the row last changed.
    pub revision: Revision,
}

/// A gateway replica's sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The replica's name, unique while it lives.
    pub replica: String,
    /// The installation it serves.
    pub origin: Origin,
    /// The revision it serves.
    pub revision: Revision,
    /// Whether it accepts calls.
    pub ready: bool,
    /// Now.
    pub at_ms: i64,
}

/// A replica as last heard of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    /// Its name.
    pub replica: String,
    /// The installation it serves.
    pub origin: Origin,
    /// The revision it serves.
    pub revision: Revision,
    /// Whether it accepts calls.
    pub ready: bool,
    /// When it was last heard of.
    pub at_ms: i64,
}

/// What a gateway found when it asked a connector for its tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// The connector.
    pub connector_id: ConnectorId,
    /// The connector row's revision that was asked.
    pub revision: Revision,
    /// What came of it.
    pub outcome: DiscoveryOutcome,
    /// When.
    pub at_ms: i64,
}

/// What came of a discovery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "outcome")]
pub enum DiscoveryOutcome {
    /// The tools, after the connector's rules.
    Tools {
        /// How many.
        count: u32,
        /// Those among them that not every model's API would take.
        #[serde(default)]
        unportable: Unportable,
    },
    /// The server gave none.
    Failed {
        /// One word in CamelCase.
        reason: String,
        /// A sentence for people, without secrets.
        message: String,
    },
}

/// Tools whose names or schemas some API of a model refuses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unportable {
    /// How many tools.
    pub tools: u32,
    /// What is wrong with the first of them, a line each.
    pub findings: Vec<String>,
}

impl std::fmt::Debug for ConnectorWrite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectorWrite")
            .field("key", &self.provenance.key)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ApiKeyWrite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKeyWrite")
            .field("key", &self.provenance.key)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyMaterial").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ConnectorRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectorRow")
            .field("key", &self.key)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ApiKeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKeyRow")
            .field("key", &self.key)
            .field("material", &self.material)
            .finish_non_exhaustive()
    }
}
