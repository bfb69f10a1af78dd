//! Gateway replicas: that they live and what they serve.

use domain::ids::{Origin, Revision};
use sqlx::{AnyConnection, AnyPool, Row};

use crate::{
    Result,
    model::{Heartbeat, Replica},
};

/// How long a replica that says nothing is remembered.
const KEPT_MS: i64 = 60 * 60 * 1000;

/// Records a sign of life.
pub(crate) async fn heartbeat(pool: &AnyPool, beat: &Heartbeat) -> Result<()> {
    sqlx::query(
        "INSERT INTO replicas (replica, origin, revision, ready, at_ms) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (replica) DO UPDATE SET origin = excluded.origin, revision = excluded.revision,
             ready = excluded.ready, at_ms = excluded.at_ms",
    )
    .bind(beat.replica.as_str())
    .bind(beat.origin.as_str())
    .bind(beat.revision.0)
    .bind(i64::from(beat.ready))
    .bind(beat.at_ms)
    .execute(pool)
    .await?;
    Ok(())
}

/// Forgets a replica.
pub(crate) async fn retire(pool: &AnyPool, replica: &str) -> Result<()> {
    sqlx::query("DELETE FROM replicas WHERE replica = $1").bind(replica).execute(pool).await?;
    Ok(())
}

/// Replicas heard of since a time.
pub(crate) async fn since(pool: &AnyPool, since_ms: i64) -> Result<Vec<Replica>> {
    let rows = sqlx::query(
        "SELECT replica, origin, revision, ready, at_ms FROM replicas WHERE at_ms >= $1 ORDER BY replica",
    )
    .bind(since_ms)
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Replica {
                replica: row.try_get("replica")?,
                origin: Origin::new(row.try_get::<String, _>("origin")?),
                revision: Revision(row.try_get("revision")?),
                ready: row.try_get::<i64, _>("ready")? != 0,
                at_ms: row.try_get("at_ms")?,
            })
        })
        .collect()
}

/// Removes replicas that have been silent for too long, and says how many.
pub(crate) async fn expire(sql: &mut AnyConnection, now_ms: i64) -> Result<u64> {
    let gone =
        sqlx::query("DELETE FROM replicas WHERE at_ms < $1").bind(now_ms - KEPT_MS).execute(sql).await?;
    Ok(gone.rows_affected())
}
