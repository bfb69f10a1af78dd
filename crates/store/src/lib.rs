//! The store: configuration that the operator writes, and what gateways need to serve and to report.
//!
//! One trait, one method a use case, on Postgres (a cluster) and SQLite (standalone). This is the only crate that
//! names sqlx. Times are integer milliseconds since the Unix epoch and are passed in by the caller; ids are texts.

mod configuration;
mod database;
mod error;
pub mod model;
mod open;
mod postgres;
mod schema;
mod sql_store;
mod sqlite;
mod tables;

pub use error::StoreError;
pub use open::{Options, open};
pub use postgres::migrate::{MigrateOptions, migrate};

use async_trait::async_trait;
use domain::ids::{ConnectorId, ObjectKey, Origin, Revision, TenantId};
use model::{
    ApiKeyWrite, Applied, Changes, ConnectorWrite, DefinitionRow, DefinitionWrite, Discovery, Heartbeat,
    KeyMaterial, Kind, Purged, Replica, Snapshot, StoredObject, TenantWrite, Writer,
};
use tokio::sync::watch;

/// A `Result` with the store's error.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Everything the operator and the gateway ask of a database.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Answers if the database does.
    async fn ping(&self) -> Result<()>;

    // ---- Identity -------------------------------------------------------------------------------------------------

    /// The tenant id of an object, minted on first sight and kept over re-creation and restore.
    async fn tenant_identity(&self, writer: &Writer, key: &ObjectKey) -> Result<TenantId>;

    /// The id and the slug of the tenant that an object's row puts in service; `None` where it has no row, as when it
    /// was refused from the start.
    async fn tenant_in_service(&self, key: &ObjectKey) -> Result<Option<(TenantId, String)>>;

    /// The connector id of an object, minted and kept like a tenant's.
    async fn connector_identity(&self, writer: &Writer, key: &ObjectKey) -> Result<ConnectorId>;

    /// The tenant's data key, wrapped by the key ring. The first one put stays; what is stored comes back.
    async fn put_tenant_key(&self, tenant: &TenantId, wrapped: &str) -> Result<String>;

    /// The tenant's wrapped data key, if it has one.
    async fn tenant_key(&self, tenant: &TenantId) -> Result<Option<String>>;

    // ---- Configuration: the operator writes -----------------------------------------------------------------------

    /// Makes the caller the one writer of an installation. Every earlier writer gets [`StoreError::Deposed`] from then
    /// on. `holder` names it for people.
    async fn raise_writer(&self, origin: &Origin, holder: &str) -> Result<Writer>;

    /// Writes a tenant. Equal `inputs_hash`, and a row that nobody changed by hand: no write, no revision. [`StoreError::SlugTaken`] if another object of any
    /// installation holds the slug.
    async fn apply_tenant(&self, writer: &Writer, tenant: &TenantWrite) -> Result<Applied>;

    /// Writes a connector.
    async fn apply_connector(&self, writer: &Writer, connector: &ConnectorWrite) -> Result<Applied>;

    /// Writes an API key: the object's rows become exactly those of `key.keys`.
    async fn apply_api_key(&self, writer: &Writer, key: &ApiKeyWrite) -> Result<Applied>;

    /// What verifies the stored keys of an API key object: the operator writes an unchanged key back as it is, and knows
    /// the previous key during an overlap.
    async fn api_key_materials(&self, key: &ObjectKey) -> Result<Vec<KeyMaterial>>;

    /// Writes a connector definition.
    async fn apply_definition(&self, writer: &Writer, definition: &DefinitionWrite) -> Result<Applied>;

    /// The stored definition of a name: what gateways serve, even while the object's newest spec is refused.
    async fn definition(&self, key: &ObjectKey) -> Result<Option<DefinitionRow>>;

    /// Removes an object's rows and leaves a tombstone. With `uid`, only rows that this incarnation wrote. A tenant
    /// takes its connectors and keys along; its runtime rows stay until [`Store::purge`] unless its deletion policy was
    /// `Delete`. Returns the revision of the removal, or `None` if there was nothing to remove.
    async fn remove(
        &self,
        writer: &Writer,
        kind: Kind,
        key: &ObjectKey,
        uid: Option<&str>,
        now_ms: i64,
    ) -> Result<Option<Revision>>;

    /// Every object of a kind that an installation has rows for: what the sweep compares with the cluster.
    async fn objects(&self, origin: &Origin, kind: Kind) -> Result<Vec<StoredObject>>;

    /// Removes what has outlived its time: retained data of tenants deleted more than seven days ago, tombstones older
    /// than 24 hours, replicas silent for an hour.
    async fn purge(&self, writer: &Writer, now_ms: i64) -> Result<Purged>;

    // ---- Configuration: the gateway reads -------------------------------------------------------------------------

    /// All configuration of an installation, at the newest revision of the database. A row that cannot be read is logged
    /// and left out.
    async fn snapshot(&self, origin: &Origin) -> Result<Snapshot>;

    /// What changed of an installation after a revision, or the word that a tombstone may be missing and the reader must
    /// load all. Other installations' changes move the revision and nothing else. A changed row that cannot be read is
    /// logged and counts as removed.
    async fn changes_since(&self, origin: &Origin, after: Revision) -> Result<Changes>;

    /// The newest revision of the database, of all installations together, as far as this process knows. It moves on a
    /// notice of the database, and on a poll every second, which repairs a lost one.
    fn revisions(&self) -> watch::Receiver<Revision>;

    // ---- Runtime: the gateway writes, the operator reads ----------------------------------------------------------

    /// Says that a replica lives and what it serves.
    async fn heartbeat(&self, beat: &Heartbeat) -> Result<()>;

    /// Takes a replica out, at the end of its drain.
    async fn retire_replica(&self, replica: &str) -> Result<()>;

    /// Replicas whose last heartbeat is not older than `since_ms`.
    async fn replicas(&self, since_ms: i64) -> Result<Vec<Replica>>;

    /// Records what a gateway found when it asked a connector for its tools.
    async fn record_discovery(&self, discovery: &Discovery) -> Result<()>;

    /// The latest discovery of a connector.
    async fn discovery(&self, connector: &ConnectorId) -> Result<Option<Discovery>>;

    /// Discoveries recorded at or after a time, to learn whose status may have changed.
    async fn discoveries_since(&self, since_ms: i64) -> Result<Vec<Discovery>>;
}
