//! What gateways found when they asked connectors for their tools.

use domain::ids::{ConnectorId, Revision};
use sqlx::{AnyPool, any::AnyRow};

use crate::{
    Result,
    model::Discovery,
    tables::row::{Stored, json},
};

/// Records a discovery, unless a later one of the connector is known or the connector is gone: neither helps anybody.
pub(crate) async fn record(pool: &AnyPool, discovery: &Discovery) -> Result<()> {
    sqlx::query(
        "INSERT INTO observations (connector_id, tenant_id, revision, outcome, at_ms)
         SELECT connector_id, tenant_id, $2, $3, $4 FROM connectors WHERE connector_id = $1
         ON CONFLICT (connector_id) DO UPDATE SET tenant_id = excluded.tenant_id, revision = excluded.revision,
             outcome = excluded.outcome, at_ms = excluded.at_ms
         WHERE excluded.revision > observations.revision
             OR (excluded.revision = observations.revision AND excluded.at_ms >= observations.at_ms)",
    )
    .bind(discovery.connector_id.as_str())
    .bind(discovery.revision.0)
    .bind(json(&discovery.outcome))
    .bind(discovery.at_ms)
    .execute(pool)
    .await?;
    Ok(())
}

/// The latest discovery of a connector.
pub(crate) async fn of(pool: &AnyPool, connector: &ConnectorId) -> Result<Option<Discovery>> {
    let row = sqlx::query(
        "SELECT connector_id, revision, outcome, at_ms FROM observations WHERE connector_id = $1",
    )
    .bind(connector.as_str())
    .fetch_optional(pool)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Discoveries recorded at or after a time, oldest first.
pub(crate) async fn since(pool: &AnyPool, since_ms: i64) -> Result<Vec<Discovery>> {
    let rows = sqlx::query(
        "SELECT connector_id, revision, outcome, at_ms FROM observations WHERE at_ms >= $1 ORDER BY at_ms",
    )
    .bind(since_ms)
    .fetch_all(pool)
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Discovery> {
    let row = Stored::new(row, "observations", "connector_id")?;
    Ok(Discovery {
        connector_id: ConnectorId::new(row.id()),
        revision: Revision(row.get("revision")?),
        outcome: row.json("outcome")?,
        at_ms: row.get("at_ms")?,
    })
}
