//! What stays of a tenant after its objects went, and for how long.

use async_trait::async_trait;
use domain::ids::TenantId;
use sqlx::AnyConnection;

use crate::{
    Result,
    database::{Change, Edit},
    model::Purged,
    tables::{replicas, tombstones},
};

/// How long a removed tenant's data is kept.
const KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Starts the clock of a tenant's data.
pub(crate) async fn begin(sql: &mut AnyConnection, tenant: &TenantId, now_ms: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO retained_tenants (tenant_id, removed_at_ms) VALUES ($1, $2)
         ON CONFLICT (tenant_id) DO UPDATE SET removed_at_ms = excluded.removed_at_ms",
    )
    .bind(tenant.as_str())
    .bind(now_ms)
    .execute(sql)
    .await?;
    Ok(())
}

/// Stops the clock: the tenant is back.
pub(crate) async fn end(sql: &mut AnyConnection, tenant: &TenantId) -> Result<()> {
    sqlx::query("DELETE FROM retained_tenants WHERE tenant_id = $1")
        .bind(tenant.as_str())
        .execute(sql)
        .await?;
    Ok(())
}

/// Removes everything a tenant has left. Its id stays its own; its key goes, and with it the meaning of every sealed
/// value in old backups.
pub(crate) async fn purge_tenant(sql: &mut AnyConnection, tenant: &TenantId) -> Result<()> {
    for delete in [
        "DELETE FROM tenant_keys WHERE tenant_id = $1",
        "DELETE FROM observations WHERE tenant_id = $1",
        "DELETE FROM retained_tenants WHERE tenant_id = $1",
    ] {
        sqlx::query(delete).bind(tenant.as_str()).execute(&mut *sql).await?;
    }
    Ok(())
}

/// Removes what has outlived its time.
pub(crate) struct Purge {
    pub(crate) now_ms: i64,
}

#[async_trait]
impl Edit for Purge {
    type Outcome = Purged;

    async fn run(&self, change: &mut Change) -> Result<Purged> {
        let sql = change.sql();
        let due: Vec<String> =
            sqlx::query_scalar("SELECT tenant_id FROM retained_tenants WHERE removed_at_ms < $1")
                .bind(self.now_ms - KEPT_MS)
                .fetch_all(&mut *sql)
                .await?;
        for tenant in &due {
            purge_tenant(sql, &TenantId::new(tenant)).await?;
        }
        // A gateway that had not heard of a removal may have recorded once more.
        sqlx::query(
            "DELETE FROM observations WHERE connector_id NOT IN (SELECT connector_id FROM connectors)
                 AND tenant_id NOT IN (SELECT tenant_id FROM retained_tenants)",
        )
        .execute(&mut *sql)
        .await?;
        Ok(Purged {
            tenants: due.len() as u64,
            tombstones: tombstones::expire(sql, self.now_ms).await?,
            replicas: replicas::expire(sql, self.now_ms).await?,
        })
    }
}
