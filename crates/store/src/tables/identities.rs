//! Ids of tenants and connectors, minted once for an object's name.

use async_trait::async_trait;
use domain::ids::ObjectKey;
use sqlx::AnyConnection;

use crate::{
    Result, StoreError,
    database::{Change, Database, Edit, check_epoch},
    model::{Kind, Writer},
    tables::provenance::word,
};

/// Finds an object's id or mints it.
pub(crate) async fn identity(
    database: &Database,
    writer: &Writer,
    kind: Kind,
    key: &ObjectKey,
) -> Result<String> {
    let mut view = database.view().await?;
    check_epoch(&mut view, writer).await?;
    let found = find(&mut view, kind, key).await?;
    view.commit().await?;
    match found {
        Some(id) => Ok(id),
        None => database.change(Some(writer), &Mint { kind, key }).await,
    }
}

/// Refuses an id that was not minted for the object.
pub(crate) async fn check(sql: &mut AnyConnection, kind: Kind, key: &ObjectKey, id: &str) -> Result<()> {
    if find(sql, kind, key).await?.as_deref() == Some(id) {
        return Ok(());
    }
    Err(StoreError::Gone { what: format!("identity {id} of {} {key}", word(kind)) })
}

async fn find(sql: &mut AnyConnection, kind: Kind, key: &ObjectKey) -> Result<Option<String>> {
    let id = sqlx::query_scalar(
        "SELECT id FROM identities WHERE kind = $1 AND origin = $2 AND namespace = $3 AND name = $4",
    )
    .bind(word(kind))
    .bind(key.origin.as_str())
    .bind(key.namespace.as_str())
    .bind(key.name.as_str())
    .fetch_optional(sql)
    .await?;
    Ok(id)
}

/// Mints an id, unless another did since we looked.
struct Mint<'a> {
    kind: Kind,
    key: &'a ObjectKey,
}

#[async_trait]
impl Edit for Mint<'_> {
    type Outcome = String;

    async fn run(&self, change: &mut Change) -> Result<String> {
        let fresh = format!("{}-{:032x}", word(self.kind), rand::random::<u128>());
        // Updating a row to what it was makes RETURNING answer with it.
        let id = sqlx::query_scalar(
            "INSERT INTO identities (kind, origin, namespace, name, id) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (kind, origin, namespace, name) DO UPDATE SET id = identities.id RETURNING id",
        )
        .bind(word(self.kind))
        .bind(self.key.origin.as_str())
        .bind(self.key.namespace.as_str())
        .bind(self.key.name.as_str())
        .bind(fresh)
        .fetch_one(change.sql())
        .await?;
        Ok(id)
    }
}
