//! Tenants' data keys, wrapped by the key ring. Removing one makes everything sealed for the tenant unreadable.

use async_trait::async_trait;
use domain::ids::TenantId;
use sqlx::AnyPool;

use crate::{
    Result,
    database::{Change, Edit},
};

/// The tenant's key.
pub(crate) async fn get(pool: &AnyPool, tenant: &TenantId) -> Result<Option<String>> {
    let wrapped = sqlx::query_scalar("SELECT wrapped FROM tenant_keys WHERE tenant_id = $1")
        .bind(tenant.as_str())
        .fetch_optional(pool)
        .await?;
    Ok(wrapped)
}

/// Puts a tenant's first key.
pub(crate) struct Put<'a> {
    pub(crate) tenant: &'a TenantId,
    pub(crate) wrapped: &'a str,
}

#[async_trait]
impl Edit for Put<'_> {
    type Outcome = String;

    async fn run(&self, change: &mut Change) -> Result<String> {
        let inserted = sqlx::query(
            "INSERT INTO tenant_keys (tenant_id, wrapped) VALUES ($1, $2) ON CONFLICT (tenant_id) DO NOTHING",
        )
        .bind(self.tenant.as_str())
        .bind(self.wrapped)
        .execute(change.sql())
        .await?;
        if inserted.rows_affected() > 0 {
            self.show(change).await?;
        }
        let stored = sqlx::query_scalar("SELECT wrapped FROM tenant_keys WHERE tenant_id = $1")
            .bind(self.tenant.as_str())
            .fetch_one(change.sql())
            .await?;
        Ok(stored)
    }
}

impl Put<'_> {
    /// Gives a tenant that gateways have loaded without a key a new revision, so that they load the key.
    async fn show(&self, change: &mut Change) -> Result<()> {
        let loaded: Option<String> = sqlx::query_scalar("SELECT tenant_id FROM tenants WHERE tenant_id = $1")
            .bind(self.tenant.as_str())
            .fetch_optional(change.sql())
            .await?;
        if loaded.is_some() {
            let revision = change.revision().await?;
            sqlx::query("UPDATE tenants SET revision = $1 WHERE tenant_id = $2")
                .bind(revision.0)
                .bind(self.tenant.as_str())
                .execute(change.sql())
                .await?;
        }
        Ok(())
    }
}
