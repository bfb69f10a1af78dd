//! Step 4: writes the row.

use domain::ids::{Revision, TenantId};

use super::build::Prepared;
use crate::{context::Context, error::Error};

/// A row that says what the spec says.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) tenant_id: TenantId,
    pub(super) revision: Revision,
    pub(super) changed: bool,
}

pub(super) async fn apply(ctx: &Context, prepared: Prepared) -> Result<Applied, Error> {
    let Prepared { row } = prepared;
    let applied = ctx
        .store
        .apply_tenant(&ctx.writer, &row)
        .await
        .map_err(|error| Error::of_write(error, &row.provenance.key))?;
    Ok(Applied { tenant_id: row.tenant_id, revision: applied.revision, changed: applied.changed })
}
