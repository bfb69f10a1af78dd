//! Step 4: writes the row.

use domain::ids::{ConnectorId, Revision};

use super::build::Prepared;
use crate::{context::Context, error::Error};

/// A row that says what the spec says.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) connector_id: ConnectorId,
    pub(super) slug: String,
    pub(super) kind: &'static str,
    pub(super) revision: Revision,
}

pub(super) async fn apply(ctx: &Context, prepared: Prepared) -> Result<Applied, Error> {
    let Prepared { row, slug } = prepared;
    let kind = row.config.backend.kind();
    let applied = ctx
        .store
        .apply_connector(&ctx.writer, &row)
        .await
        .map_err(|error| Error::of_write(error, &row.provenance.key))?;
    Ok(Applied { connector_id: row.connector_id, slug, kind, revision: applied.revision })
}
