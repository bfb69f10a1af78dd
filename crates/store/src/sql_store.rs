//! [`Store`] over a database: which transaction or statement stands behind each use case.

use std::future::Future;

use async_trait::async_trait;
use domain::ids::{ConnectorId, ObjectKey, Origin, Revision, TenantId};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    Result, Store, StoreError, configuration,
    database::{Database, Edit, Raise},
    model::{
        ApiKeyWrite, Applied, Changes, ConnectorWrite, DefinitionRow, DefinitionWrite, Discovery, Heartbeat,
        KeyMaterial, Kind, Purged, Replica, Snapshot, StoredObject, TenantWrite, Writer,
    },
    tables::{
        api_keys, definitions, identities, observations, provenance, removal::Removal, replicas,
        retention::Purge, tenant_keys, tenants,
    },
};

/// A store on Postgres or SQLite.
pub(crate) struct SqlStore {
    database: Database,
    /// What keeps the newest revision known. It ends with the store.
    _followers: JoinSet<()>,
}

impl SqlStore {
    /// A store, and the tasks that keep its revision known.
    pub(crate) fn new(database: Database, followers: JoinSet<()>) -> Self {
        Self { database, _followers: followers }
    }

    /// Gives a use case its time. A server that went silent cannot be told to stop by a timeout of its own.
    async fn within<T>(&self, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        tokio::time::timeout(self.database.deadline, work)
            .await
            .unwrap_or(Err(StoreError::Unavailable(sqlx::Error::PoolTimedOut)))
    }

    /// Makes a change of an object that the writer's installation owns.
    async fn edit<E: Edit>(&self, writer: &Writer, key: &ObjectKey, edit: &E) -> Result<E::Outcome> {
        own(writer, key)?;
        self.within(self.database.change(Some(writer), edit)).await
    }

    async fn identity(&self, writer: &Writer, kind: Kind, key: &ObjectKey) -> Result<String> {
        own(writer, key)?;
        self.within(identities::identity(&self.database, writer, kind, key)).await
    }
}

/// Refuses a writer that would write another installation's rows.
fn own(writer: &Writer, key: &ObjectKey) -> Result<()> {
    if writer.origin == key.origin {
        return Ok(());
    }
    let reason = format!("{} may not write {key} of {}", writer.origin, key.origin);
    Err(StoreError::Config { setting: "origin", reason })
}

#[async_trait]
impl Store for SqlStore {
    async fn ping(&self) -> Result<()> {
        self.within(async {
            sqlx::query("SELECT 1").execute(&self.database.pool).await?;
            Ok(())
        })
        .await
    }

    async fn tenant_identity(&self, writer: &Writer, key: &ObjectKey) -> Result<TenantId> {
        self.identity(writer, Kind::Tenant, key).await.map(TenantId::new)
    }

    async fn tenant_in_service(&self, key: &ObjectKey) -> Result<Option<(TenantId, String)>> {
        self.within(tenants::in_service(&self.database.pool, key)).await
    }

    async fn connector_identity(&self, writer: &Writer, key: &ObjectKey) -> Result<ConnectorId> {
        self.identity(writer, Kind::Connector, key).await.map(ConnectorId::new)
    }

    async fn put_tenant_key(&self, tenant: &TenantId, wrapped: &str) -> Result<String> {
        if let Some(stored) = self.tenant_key(tenant).await? {
            return Ok(stored);
        }
        self.within(self.database.change(None, &tenant_keys::Put { tenant, wrapped })).await
    }

    async fn tenant_key(&self, tenant: &TenantId) -> Result<Option<String>> {
        self.within(tenant_keys::get(&self.database.pool, tenant)).await
    }

    async fn raise_writer(&self, origin: &Origin, holder: &str) -> Result<Writer> {
        self.within(self.database.change(None, &Raise { origin, holder })).await
    }

    async fn apply_tenant(&self, writer: &Writer, tenant: &TenantWrite) -> Result<Applied> {
        self.edit(writer, &tenant.provenance.key, tenant).await
    }

    async fn apply_connector(&self, writer: &Writer, connector: &ConnectorWrite) -> Result<Applied> {
        self.edit(writer, &connector.provenance.key, connector).await
    }

    async fn apply_api_key(&self, writer: &Writer, key: &ApiKeyWrite) -> Result<Applied> {
        self.edit(writer, &key.provenance.key, key).await
    }

    async fn api_key_materials(&self, key: &ObjectKey) -> Result<Vec<KeyMaterial>> {
        self.within(api_keys::materials(&self.database.pool, key)).await
    }

    async fn definition(&self, key: &ObjectKey) -> Result<Option<DefinitionRow>> {
        self.within(definitions::get(&self.database.pool, key)).await
    }

    async fn apply_definition(&self, writer: &Writer, definition: &DefinitionWrite) -> Result<Applied> {
        self.edit(writer, &definition.provenance.key, definition).await
    }

    async fn remove(
        &self,
        writer: &Writer,
        kind: Kind,
        key: &ObjectKey,
        uid: Option<&str>,
        now_ms: i64,
    ) -> Result<Option<Revision>> {
        self.edit(writer, key, &Removal { kind, key, uid, now_ms }).await
    }

    async fn objects(&self, origin: &Origin, kind: Kind) -> Result<Vec<StoredObject>> {
        self.within(provenance::objects(&self.database.pool, origin, kind)).await
    }

    async fn purge(&self, writer: &Writer, now_ms: i64) -> Result<Purged> {
        self.within(self.database.change(Some(writer), &Purge { now_ms })).await
    }

    async fn snapshot(&self, origin: &Origin) -> Result<Snapshot> {
        self.within(configuration::snapshot(&self.database, origin)).await
    }

    async fn changes_since(&self, origin: &Origin, after: Revision) -> Result<Changes> {
        self.within(configuration::changes(&self.database, origin, after)).await
    }

    fn revisions(&self) -> watch::Receiver<Revision> {
        self.database.revisions.subscribe()
    }

    async fn heartbeat(&self, beat: &Heartbeat) -> Result<()> {
        self.within(replicas::heartbeat(&self.database.pool, beat)).await
    }

    async fn retire_replica(&self, replica: &str) -> Result<()> {
        self.within(replicas::retire(&self.database.pool, replica)).await
    }

    async fn replicas(&self, since_ms: i64) -> Result<Vec<Replica>> {
        self.within(replicas::since(&self.database.pool, since_ms)).await
    }

    async fn record_discovery(&self, discovery: &Discovery) -> Result<()> {
        self.within(observations::record(&self.database.pool, discovery)).await
    }

    async fn discovery(&self, connector: &ConnectorId) -> Result<Option<Discovery>> {
        self.within(observations::of(&self.database.pool, connector)).await
    }

    async fn discoveries_since(&self, since_ms: i64) -> Result<Vec<Discovery>> {
        self.within(observations::since(&self.database.pool, since_ms)).await
    }
}
