//! Connectors.

use async_trait::async_trait;
use domain::ids::{ConnectorId, Revision, TenantId};
use sqlx::{AnyConnection, any::AnyRow};

use crate::{
    Result,
    database::{Change, Edit},
    model::{Applied, ConnectorRow, ConnectorWrite, Kind},
    tables::{
        identities, provenance,
        reading::Reading,
        row::{Stored, json},
        tenants, tombstones,
    },
};

#[async_trait]
impl Edit for ConnectorWrite {
    type Outcome = Applied;

    async fn run(&self, change: &mut Change) -> Result<Applied> {
        let id = self.connector_id.as_str();
        identities::check(change.sql(), Kind::Connector, &self.provenance.key, id).await?;
        if let Some(applied) = provenance::unchanged(change.sql(), Kind::Connector, &self.provenance).await?
            && self.is_stored(change.sql()).await?
        {
            return Ok(applied);
        }
        let origin = &self.provenance.key.origin;
        tenants::check(change.sql(), origin, &self.tenant_id).await?;
        let revision = change.revision().await?;
        self.write(change.sql(), revision).await?;
        tombstones::lift(change.sql(), origin, Kind::Connector, id).await?;
        Ok(Applied { revision, changed: true })
    }
}

impl ConnectorWrite {
    /// Whether the row still says so: the digest of the inputs does not know of a row that was changed by hand. A sealed
    /// value looks different each time it is made, so of that only the presence is compared; a forged one does not open.
    async fn is_stored(&self, sql: &mut AnyConnection) -> Result<bool> {
        let row: Option<(String, i64, String, Option<String>)> = sqlx::query_as(
            "SELECT tenant_id, created_at_ms, config, sealed FROM connectors WHERE connector_id = $1",
        )
        .bind(self.connector_id.as_str())
        .fetch_optional(sql)
        .await?;
        Ok(row.is_some_and(|(tenant, created_at_ms, config, sealed)| {
            tenant == self.tenant_id.as_str()
                && created_at_ms == self.created_at_ms
                && config == json(&self.config)
                && sealed.is_some() == self.sealed.is_some()
        }))
    }

    async fn write(&self, sql: &mut AnyConnection, revision: Revision) -> Result<()> {
        let from = &self.provenance;
        sqlx::query(
            "INSERT INTO connectors (connector_id, tenant_id, origin, namespace, name, uid, generation, inputs_hash,
                 created_at_ms, config, sealed, revision)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (connector_id) DO UPDATE SET tenant_id = excluded.tenant_id, uid = excluded.uid,
                 generation = excluded.generation, inputs_hash = excluded.inputs_hash,
                 created_at_ms = excluded.created_at_ms, config = excluded.config, sealed = excluded.sealed,
                 revision = excluded.revision",
        )
        .bind(self.connector_id.as_str())
        .bind(self.tenant_id.as_str())
        .bind(from.key.origin.as_str())
        .bind(from.key.namespace.as_str())
        .bind(from.key.name.as_str())
        .bind(from.uid.as_str())
        .bind(from.generation)
        .bind(from.inputs_hash.as_str())
        .bind(self.created_at_ms)
        .bind(json(&self.config))
        .bind(self.sealed.as_deref())
        .bind(revision.0)
        .execute(sql)
        .await?;
        Ok(())
    }
}

/// Connectors that changed.
pub(crate) async fn changed(reading: &mut Reading<'_>) -> Result<Vec<ConnectorRow>> {
    let query =
        "SELECT connector_id, tenant_id, origin, namespace, name, created_at_ms, config, sealed, revision
         FROM connectors WHERE origin = $1 AND revision > $2";
    reading.rows(Kind::Connector, query, read).await
}

fn read(row: &AnyRow) -> Result<ConnectorRow> {
    let row = Stored::new(row, "connectors", "connector_id")?;
    Ok(ConnectorRow {
        connector_id: ConnectorId::new(row.id()),
        tenant_id: TenantId::new(row.get::<String>("tenant_id")?),
        key: row.key()?,
        created_at_ms: row.get("created_at_ms")?,
        config: row.json("config")?,
        sealed: row.get("sealed")?,
        revision: row.revision()?,
    })
}
