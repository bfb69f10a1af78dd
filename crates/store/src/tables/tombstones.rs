//! Tombstones: what went, for readers that still have it.

use domain::ids::{Origin, Revision};
use sqlx::{AnyConnection, Row};

use crate::{
    Result, StoreError,
    model::{Kind, Removed},
    tables::provenance::word,
};

/// How long a tombstone stays. A reader that was away for longer loads everything.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// Leaves a tombstone. Without a time its age counts from the next purge.
pub(crate) async fn bury(
    sql: &mut AnyConnection,
    origin: &Origin,
    kind: Kind,
    id: &str,
    revision: Revision,
    at_ms: Option<i64>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO tombstones (origin, kind, id, revision, at_ms) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (origin, kind, id) DO UPDATE SET revision = excluded.revision, at_ms = excluded.at_ms",
    )
    .bind(origin.as_str())
    .bind(word(kind))
    .bind(id)
    .bind(revision.0)
    .bind(at_ms)
    .execute(sql)
    .await?;
    Ok(())
}

/// Takes an installation's tombstone away, because what it names is back there. Another installation's stays: its readers
/// still have to hear of it.
pub(crate) async fn lift(sql: &mut AnyConnection, origin: &Origin, kind: Kind, id: &str) -> Result<()> {
    sqlx::query("DELETE FROM tombstones WHERE origin = $1 AND kind = $2 AND id = $3")
        .bind(origin.as_str())
        .bind(word(kind))
        .bind(id)
        .execute(sql)
        .await?;
    Ok(())
}

/// What of an installation went after a revision.
pub(crate) async fn after(
    sql: &mut AnyConnection,
    origin: &Origin,
    revision: Revision,
) -> Result<Vec<Removed>> {
    let rows =
        sqlx::query("SELECT kind, id FROM tombstones WHERE origin = $1 AND revision > $2 ORDER BY revision")
            .bind(origin.as_str())
            .bind(revision.0)
            .fetch_all(sql)
            .await?;
    rows.iter()
        .map(|row| {
            let (kind, id): (String, String) = (row.try_get("kind")?, row.try_get("id")?);
            let known = [Kind::Tenant, Kind::Connector, Kind::ApiKey, Kind::Definition];
            match known.into_iter().find(|known| word(*known) == kind) {
                Some(kind) => Ok(Removed { kind, id }),
                None => {
                    Err(StoreError::Corrupt { table: "tombstones", row: id, reason: format!("kind {kind}") })
                }
            }
        })
        .collect()
}

/// The newest revision of the database.
pub(crate) async fn newest(sql: &mut AnyConnection) -> Result<Revision> {
    Ok(Revision(sqlx::query_scalar("SELECT value FROM revision").fetch_one(sql).await?))
}

/// The newest revision, and the newest one that a removed tombstone had.
pub(crate) async fn horizon(sql: &mut AnyConnection) -> Result<(Revision, Revision)> {
    let (newest, forgotten) = sqlx::query_as("SELECT value, forgotten FROM revision").fetch_one(sql).await?;
    Ok((Revision(newest), Revision(forgotten)))
}

/// Removes tombstones that are too old, and says how many. Those without a time get one.
pub(crate) async fn expire(sql: &mut AnyConnection, now_ms: i64) -> Result<u64> {
    sqlx::query("UPDATE tombstones SET at_ms = $1 WHERE at_ms IS NULL")
        .bind(now_ms)
        .execute(&mut *sql)
        .await?;
    let oldest = now_ms - KEPT_MS;
    sqlx::query(
        "UPDATE revision SET forgotten = COALESCE(
             (SELECT MAX(t.revision) FROM tombstones t WHERE t.at_ms < $1 AND t.revision > forgotten), forgotten)",
    )
    .bind(oldest)
    .execute(&mut *sql)
    .await?;
    let gone = sqlx::query("DELETE FROM tombstones WHERE at_ms < $1").bind(oldest).execute(sql).await?;
    Ok(gone.rows_affected())
}
