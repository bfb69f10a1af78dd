//! Step 3: writes the row.

use domain::ids::Revision;

use super::build::Prepared;
use crate::{context::Context, error::Error};

/// A row that says what the spec says.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) revision: Revision,
    pub(super) tools: usize,
    pub(super) changed: bool,
}

pub(super) async fn apply(ctx: &Context, prepared: Prepared) -> Result<Applied, Error> {
    let Prepared { row, tools } = prepared;
    let applied = ctx
        .store
        .apply_definition(&ctx.writer, &row)
        .await
        .map_err(|error| Error::of_write(error, &row.provenance.key))?;
    Ok(Applied { revision: applied.revision, tools, changed: applied.changed })
}
