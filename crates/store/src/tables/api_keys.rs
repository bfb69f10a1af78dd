//! API keys: an object has a row for every key that is live under it.

use async_trait::async_trait;
use domain::ids::{KeyId, ObjectKey, Origin, Revision, TenantId};
use sqlx::{AnyConnection, AnyPool, any::AnyRow};

use crate::{
    Result, StoreError,
    database::{Change, Edit},
    model::{ApiKeyRow, ApiKeyWrite, Applied, KeyMaterial, Kind},
    tables::{
        provenance,
        reading::Reading,
        row::{Stored, json},
        tenants, tombstones,
    },
};

#[async_trait]
impl Edit for ApiKeyWrite {
    type Outcome = Applied;

    async fn run(&self, change: &mut Change) -> Result<Applied> {
        if let Some(applied) = provenance::unchanged(change.sql(), Kind::ApiKey, &self.provenance).await?
            && self.is_stored(change.sql()).await?
        {
            return Ok(applied);
        }
        if let Some(tenant) = &self.tenant_id {
            tenants::check(change.sql(), &self.provenance.key.origin, tenant).await?;
        }
        for key in &self.keys {
            self.claim(change.sql(), &key.key_id).await?;
        }
        let stored = key_ids(change.sql(), &self.provenance.key).await?;
        if stored.is_empty() && self.keys.is_empty() {
            let revision = tombstones::newest(change.sql()).await?;
            return Ok(Applied { revision, changed: false });
        }
        let (revision, origin) = (change.revision().await?, &self.provenance.key.origin);
        for id in stored.iter().filter(|id| !self.keys.iter().any(|key| key.key_id.as_str() == *id)) {
            tombstones::bury(change.sql(), origin, Kind::ApiKey, id, revision, None).await?;
            sqlx::query("DELETE FROM api_keys WHERE key_id = $1")
                .bind(id.as_str())
                .execute(change.sql())
                .await?;
        }
        for key in &self.keys {
            self.write(change.sql(), key, revision).await?;
            tombstones::lift(change.sql(), origin, Kind::ApiKey, key.key_id.as_str()).await?;
        }
        Ok(Applied { revision, changed: true })
    }
}

/// What of a row is compared with a write.
type Compared = (String, String, Option<i64>, Option<String>, String, String, String, i64);

impl ApiKeyWrite {
    /// Whether the rows still say so, and are all there: the digest of the inputs does not know of a row that was changed
    /// or removed by hand. bcrypt is salted and decides only where the HMAC cannot, so it is not compared.
    async fn is_stored(&self, sql: &mut AnyConnection) -> Result<bool> {
        let key = &self.provenance.key;
        let mut rows: Vec<Compared> = sqlx::query_as(
            "SELECT key_id, hmac, expires_at_ms, tenant_id, scope, subject, connectors, read_only FROM api_keys
             WHERE origin = $1 AND namespace = $2 AND name = $3",
        )
        .bind(key.origin.as_str())
        .bind(key.namespace.as_str())
        .bind(key.name.as_str())
        .fetch_all(sql)
        .await?;
        let mut given: Vec<Compared> = self.keys.iter().map(|key| self.compared(key)).collect();
        rows.sort_unstable();
        given.sort_unstable();
        Ok(rows == given)
    }

    fn compared(&self, key: &KeyMaterial) -> Compared {
        (
            key.key_id.to_string(),
            key.hmac.clone(),
            key.expires_at_ms,
            self.tenant_id.as_ref().map(ToString::to_string),
            self.scope.as_str().to_owned(),
            self.subject.clone(),
            json(&self.connectors),
            i64::from(self.read_only),
        )
    }

    /// Refuses a key that another object holds.
    async fn claim(&self, sql: &mut AnyConnection, key_id: &KeyId) -> Result<()> {
        let holder: Option<(String, String, String)> =
            sqlx::query_as("SELECT origin, namespace, name FROM api_keys WHERE key_id = $1")
                .bind(key_id.as_str())
                .fetch_optional(sql)
                .await?;
        let Some((origin, namespace, name)) = holder else {
            return Ok(());
        };
        let by = ObjectKey { origin: Origin::new(origin), namespace, name };
        if by == self.provenance.key {
            return Ok(());
        }
        Err(StoreError::KeyIdTaken { key_id: key_id.to_string(), by })
    }

    async fn write(&self, sql: &mut AnyConnection, key: &KeyMaterial, revision: Revision) -> Result<()> {
        let from = &self.provenance;
        sqlx::query(
            "INSERT INTO api_keys (key_id, tenant_id, origin, namespace, name, uid, generation, inputs_hash, scope,
                 subject, connectors, read_only, bcrypt, hmac, expires_at_ms, revision)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             ON CONFLICT (key_id) DO UPDATE SET tenant_id = excluded.tenant_id, uid = excluded.uid,
                 generation = excluded.generation, inputs_hash = excluded.inputs_hash, scope = excluded.scope,
                 subject = excluded.subject, connectors = excluded.connectors, read_only = excluded.read_only,
                 bcrypt = excluded.bcrypt, hmac = excluded.hmac, expires_at_ms = excluded.expires_at_ms,
                 revision = excluded.revision",
        )
        .bind(key.key_id.as_str())
        .bind(self.tenant_id.as_ref().map(TenantId::as_str))
        .bind(from.key.origin.as_str())
        .bind(from.key.namespace.as_str())
        .bind(from.key.name.as_str())
        .bind(from.uid.as_str())
        .bind(from.generation)
        .bind(from.inputs_hash.as_str())
        .bind(self.scope.as_str())
        .bind(self.subject.as_str())
        .bind(json(&self.connectors))
        .bind(i64::from(self.read_only))
        .bind(key.bcrypt.as_str())
        .bind(key.hmac.as_str())
        .bind(key.expires_at_ms)
        .bind(revision.0)
        .execute(sql)
        .await?;
        Ok(())
    }
}

/// The keys that are stored for an object.
async fn key_ids(sql: &mut AnyConnection, key: &ObjectKey) -> Result<Vec<String>> {
    let ids = sqlx::query_scalar(
        "SELECT key_id FROM api_keys WHERE origin = $1 AND namespace = $2 AND name = $3 ORDER BY key_id",
    )
    .bind(key.origin.as_str())
    .bind(key.namespace.as_str())
    .bind(key.name.as_str())
    .fetch_all(sql)
    .await?;
    Ok(ids)
}

/// What verifies the keys that are stored for an object.
pub(crate) async fn materials(pool: &AnyPool, key: &ObjectKey) -> Result<Vec<KeyMaterial>> {
    let rows = sqlx::query(
        "SELECT key_id, bcrypt, hmac, expires_at_ms FROM api_keys
         WHERE origin = $1 AND namespace = $2 AND name = $3 ORDER BY key_id",
    )
    .bind(key.origin.as_str())
    .bind(key.namespace.as_str())
    .bind(key.name.as_str())
    .fetch_all(pool)
    .await?;
    rows.iter().map(|row| material(&Stored::new(row, "api_keys", "key_id")?)).collect()
}

fn material(row: &Stored<'_>) -> Result<KeyMaterial> {
    Ok(KeyMaterial {
        key_id: KeyId::new(row.id()),
        bcrypt: row.get("bcrypt")?,
        hmac: row.get("hmac")?,
        expires_at_ms: row.get("expires_at_ms")?,
    })
}

/// Keys that changed.
pub(crate) async fn changed(reading: &mut Reading<'_>) -> Result<Vec<ApiKeyRow>> {
    let query =
        "SELECT key_id, tenant_id, origin, namespace, name, scope, subject, connectors, read_only, bcrypt,
             hmac, expires_at_ms, revision
         FROM api_keys WHERE origin = $1 AND revision > $2";
    reading.rows(Kind::ApiKey, query, read).await
}

fn read(row: &AnyRow) -> Result<ApiKeyRow> {
    let row = Stored::new(row, "api_keys", "key_id")?;
    Ok(ApiKeyRow {
        material: material(&row)?,
        tenant_id: row.get::<Option<String>>("tenant_id")?.map(TenantId::new),
        key: row.key()?,
        scope: row.get::<String>("scope")?.parse().map_err(|error| row.corrupt(&error))?,
        subject: row.get("subject")?,
        connectors: row.json("connectors")?,
        read_only: row.get::<i64>("read_only")? != 0,
        revision: row.revision()?,
    })
}
