//! Connector definitions. They have no namespace, so a name is claimed in the whole database, first come.

use async_trait::async_trait;
use domain::ids::{ObjectKey, Origin, Revision};
use sqlx::{AnyConnection, AnyPool, any::AnyRow};

use crate::{
    Result, StoreError,
    database::{Change, Edit},
    model::{Applied, DefinitionRow, DefinitionWrite, Kind},
    tables::{
        provenance,
        reading::Reading,
        row::{Stored, json},
        tombstones,
    },
};

#[async_trait]
impl Edit for DefinitionWrite {
    type Outcome = Applied;

    async fn run(&self, change: &mut Change) -> Result<Applied> {
        if let Some(applied) = provenance::unchanged(change.sql(), Kind::Definition, &self.provenance).await?
            && self.is_stored(change.sql()).await?
        {
            return Ok(applied);
        }
        self.claim_name(change.sql()).await?;
        let (revision, key) = (change.revision().await?, &self.provenance.key);
        self.write(change.sql(), revision).await?;
        tombstones::lift(change.sql(), &key.origin, Kind::Definition, &key.name).await?;
        Ok(Applied { revision, changed: true })
    }
}

impl DefinitionWrite {
    /// Whether the row still says so: the digest of the inputs does not know of a row that was changed by hand.
    async fn is_stored(&self, sql: &mut AnyConnection) -> Result<bool> {
        let document: Option<String> =
            sqlx::query_scalar("SELECT document FROM connector_definitions WHERE name = $1")
                .bind(self.provenance.key.name.as_str())
                .fetch_optional(sql)
                .await?;
        Ok(document == Some(json(&self.document)))
    }

    /// Refuses a name that another installation holds.
    async fn claim_name(&self, sql: &mut AnyConnection) -> Result<()> {
        let key = &self.provenance.key;
        let holder: Option<String> =
            sqlx::query_scalar("SELECT origin FROM connector_definitions WHERE name = $1 AND origin <> $2")
                .bind(key.name.as_str())
                .bind(key.origin.as_str())
                .fetch_optional(sql)
                .await?;
        let Some(origin) = holder else {
            return Ok(());
        };
        let by = ObjectKey { origin: Origin::new(origin), ..key.clone() };
        Err(StoreError::DefinitionTaken { name: key.name.clone(), by })
    }

    async fn write(&self, sql: &mut AnyConnection, revision: Revision) -> Result<()> {
        let from = &self.provenance;
        sqlx::query(
            "INSERT INTO connector_definitions (name, origin, uid, generation, inputs_hash, document, revision)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (name) DO UPDATE SET uid = excluded.uid, generation = excluded.generation,
                 inputs_hash = excluded.inputs_hash, document = excluded.document, revision = excluded.revision",
        )
        .bind(from.key.name.as_str())
        .bind(from.key.origin.as_str())
        .bind(from.uid.as_str())
        .bind(from.generation)
        .bind(from.inputs_hash.as_str())
        .bind(json(&self.document))
        .bind(revision.0)
        .execute(sql)
        .await?;
        Ok(())
    }
}

/// The stored definition of an object.
pub(crate) async fn get(pool: &AnyPool, key: &ObjectKey) -> Result<Option<DefinitionRow>> {
    let row = sqlx::query(
        "SELECT name, document, revision FROM connector_definitions WHERE name = $1 AND origin = $2",
    )
    .bind(key.name.as_str())
    .bind(key.origin.as_str())
    .fetch_optional(pool)
    .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &AnyRow) -> Result<DefinitionRow> {
    let row = Stored::new(row, "connector_definitions", "name")?;
    Ok(DefinitionRow {
        name: row.id().to_owned(),
        document: row.json("document")?,
        revision: row.revision()?,
    })
}

/// Definitions that changed.
pub(crate) async fn changed(reading: &mut Reading<'_>) -> Result<Vec<DefinitionRow>> {
    let query =
        "SELECT name, document, revision FROM connector_definitions WHERE origin = $1 AND revision > $2";
    reading.rows(Kind::Definition, query, read).await
}
