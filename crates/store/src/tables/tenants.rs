//! Tenants and the slugs they claim.

use async_trait::async_trait;
use domain::ids::{ObjectKey, Origin, Revision, TenantId};
use sqlx::{AnyConnection, AnyPool, any::AnyRow};

use crate::{
    Result, StoreError,
    database::{Change, Edit},
    model::{Applied, Kind, TenantRow, TenantWrite},
    tables::{
        identities, provenance,
        reading::Reading,
        retention,
        row::{Stored, json},
        tombstones,
    },
};

#[async_trait]
impl Edit for TenantWrite {
    type Outcome = Applied;

    async fn run(&self, change: &mut Change) -> Result<Applied> {
        let id = self.tenant_id.as_str();
        identities::check(change.sql(), Kind::Tenant, &self.provenance.key, id).await?;
        if let Some(applied) = provenance::unchanged(change.sql(), Kind::Tenant, &self.provenance).await?
            && self.is_stored(change.sql()).await?
        {
            return Ok(applied);
        }
        self.claim_slug(change.sql()).await?;
        let revision = change.revision().await?;
        self.write(change.sql(), revision).await?;
        retention::end(change.sql(), &self.tenant_id).await?;
        tombstones::lift(change.sql(), &self.provenance.key.origin, Kind::Tenant, id).await?;
        Ok(Applied { revision, changed: true })
    }
}

impl TenantWrite {
    /// Whether the row still says so: the digest of the inputs does not know of a row that was changed by hand.
    async fn is_stored(&self, sql: &mut AnyConnection) -> Result<bool> {
        let row: Option<(String, String, i64)> =
            sqlx::query_as("SELECT slug, config, retain FROM tenants WHERE tenant_id = $1")
                .bind(self.tenant_id.as_str())
                .fetch_optional(sql)
                .await?;
        Ok(row == Some((self.slug.to_string(), json(&self.config), i64::from(self.retain))))
    }

    /// Refuses a slug that another object holds. Nobody takes it in between: we hold the lock.
    async fn claim_slug(&self, sql: &mut AnyConnection) -> Result<()> {
        let holder: Option<(String, String, String)> =
            sqlx::query_as("SELECT origin, namespace, name FROM tenants WHERE slug = $1 AND tenant_id <> $2")
                .bind(self.slug.as_str())
                .bind(self.tenant_id.as_str())
                .fetch_optional(sql)
                .await?;
        let Some((origin, namespace, name)) = holder else {
            return Ok(());
        };
        let by = ObjectKey { origin: Origin::new(origin), namespace, name };
        Err(StoreError::SlugTaken { slug: self.slug.to_string(), by })
    }

    async fn write(&self, sql: &mut AnyConnection, revision: Revision) -> Result<()> {
        let from = &self.provenance;
        sqlx::query(
            "INSERT INTO tenants (tenant_id, origin, namespace, name, uid, generation, inputs_hash, slug, config,
                 retain, revision)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (tenant_id) DO UPDATE SET uid = excluded.uid, generation = excluded.generation,
                 inputs_hash = excluded.inputs_hash, slug = excluded.slug, config = excluded.config,
                 retain = excluded.retain, revision = excluded.revision",
        )
        .bind(self.tenant_id.as_str())
        .bind(from.key.origin.as_str())
        .bind(from.key.namespace.as_str())
        .bind(from.key.name.as_str())
        .bind(from.uid.as_str())
        .bind(from.generation)
        .bind(from.inputs_hash.as_str())
        .bind(self.slug.as_str())
        .bind(json(&self.config))
        .bind(i64::from(self.retain))
        .bind(revision.0)
        .execute(sql)
        .await?;
        Ok(())
    }
}

/// The id and the slug in an object's row.
pub(crate) async fn in_service(pool: &AnyPool, key: &ObjectKey) -> Result<Option<(TenantId, String)>> {
    let row: Option<(String, String)> = sqlx::query_as(
        "SELECT tenant_id, slug FROM tenants WHERE origin = $1 AND namespace = $2 AND name = $3",
    )
    .bind(key.origin.as_str())
    .bind(key.namespace.as_str())
    .bind(key.name.as_str())
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|(id, slug)| (TenantId::new(id), slug)))
}

/// Refuses a row that belongs to a tenant that the installation does not have.
pub(crate) async fn check(sql: &mut AnyConnection, origin: &Origin, tenant: &TenantId) -> Result<()> {
    let found: Option<String> =
        sqlx::query_scalar("SELECT tenant_id FROM tenants WHERE tenant_id = $1 AND origin = $2")
            .bind(tenant.as_str())
            .bind(origin.as_str())
            .fetch_optional(sql)
            .await?;
    found.map(drop).ok_or_else(|| StoreError::TenantGone { tenant: tenant.clone() })
}

/// Tenants that changed.
pub(crate) async fn changed(reading: &mut Reading<'_>) -> Result<Vec<TenantRow>> {
    let query = "SELECT t.tenant_id, t.origin, t.namespace, t.name, t.slug, t.config, t.revision, k.wrapped
         FROM tenants t LEFT JOIN tenant_keys k ON k.tenant_id = t.tenant_id
         WHERE t.origin = $1 AND t.revision > $2";
    reading.rows(Kind::Tenant, query, read).await
}

fn read(row: &AnyRow) -> Result<TenantRow> {
    let row = Stored::new(row, "tenants", "tenant_id")?;
    Ok(TenantRow {
        tenant_id: TenantId::new(row.id()),
        key: row.key()?,
        slug: row.get::<String>("slug")?.parse().map_err(|error| row.corrupt(&error))?,
        config: row.json("config")?,
        wrapped_key: row.get("wrapped")?,
        revision: row.revision()?,
    })
}
