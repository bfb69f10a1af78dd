//! Where rows come from, and whether a write may and needs to be made.

use domain::ids::{ObjectKey, Origin, Revision};
use sqlx::{AnyConnection, AnyPool, Row};

use crate::{
    Result, StoreError,
    model::{Applied, Kind, Provenance, StoredObject},
};

/// A kind's name in rows.
pub(crate) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Tenant => "tenant",
        Kind::Connector => "connector",
        Kind::ApiKey => "api_key",
        Kind::Definition => "definition",
    }
}

/// Compares a write with the rows that are there. `Some`: they say the same already.
pub(crate) async fn unchanged(
    sql: &mut AnyConnection,
    kind: Kind,
    given: &Provenance,
) -> Result<Option<Applied>> {
    let row: Option<(String, i64, String, i64)> = sqlx::query_as(
        "SELECT uid, generation, inputs_hash, revision FROM provenance
         WHERE kind = $1 AND origin = $2 AND namespace = $3 AND name = $4 LIMIT 1",
    )
    .bind(word(kind))
    .bind(given.key.origin.as_str())
    .bind(given.key.namespace.as_str())
    .bind(given.key.name.as_str())
    .fetch_optional(sql)
    .await?;
    let Some((uid, stored, inputs_hash, revision)) = row else {
        return Ok(None);
    };
    // Another incarnation counts its generations anew, and its rows must say that they are its own.
    if uid != given.uid {
        return Ok(None);
    }
    if stored > given.generation {
        return Err(StoreError::Stale { key: given.key.clone(), stored, given: given.generation });
    }
    Ok((inputs_hash == given.inputs_hash).then_some(Applied { revision: Revision(revision), changed: false }))
}

/// The incarnation that wrote an object's rows, if it has any.
pub(crate) async fn uid(sql: &mut AnyConnection, kind: Kind, key: &ObjectKey) -> Result<Option<String>> {
    let uid = sqlx::query_scalar(
        "SELECT uid FROM provenance WHERE kind = $1 AND origin = $2 AND namespace = $3 AND name = $4 LIMIT 1",
    )
    .bind(word(kind))
    .bind(key.origin.as_str())
    .bind(key.namespace.as_str())
    .bind(key.name.as_str())
    .fetch_optional(sql)
    .await?;
    Ok(uid)
}

/// Every object of a kind that an installation has rows for.
pub(crate) async fn objects(pool: &AnyPool, origin: &Origin, kind: Kind) -> Result<Vec<StoredObject>> {
    let rows = sqlx::query(
        "SELECT DISTINCT namespace, name, uid FROM provenance WHERE kind = $1 AND origin = $2
         ORDER BY namespace, name",
    )
    .bind(word(kind))
    .bind(origin.as_str())
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            let key = ObjectKey {
                origin: origin.clone(),
                namespace: row.try_get("namespace")?,
                name: row.try_get("name")?,
            };
            Ok(StoredObject { key, uid: row.try_get("uid")? })
        })
        .collect()
}
