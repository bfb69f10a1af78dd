//! Step 5: what people see.

use crds::v1alpha1::{Tenant, TenantStatus};

use super::apply::Applied;
use crate::{
    context::Context,
    error::Error,
    kind::Pass,
    status::{Programmed, conditions, write},
};

pub(super) async fn update(
    ctx: &Context,
    pass: &Pass<Tenant>,
    outcome: Result<&Applied, &Error>,
) -> Result<(), Error> {
    let programmed = outcome.map(|applied| Programmed::at(applied.revision));
    let Some(conditions) = conditions(ctx, pass, programmed.as_ref().map_err(|error| *error), Vec::new())
    else {
        return Ok(());
    };
    let observed_generation = pass.object.metadata.generation;
    let status = match outcome {
        Ok(applied) => TenantStatus {
            observed_generation,
            conditions,
            slug: Some(pass.object.slug().to_owned()),
            endpoint: ctx.options.endpoints.tenant(pass.object.slug()),
            tenant_id: Some(applied.tenant_id.to_string()),
            revision: Some(applied.revision.0),
        },
        // What was written before stays in service, so the rest of the status still holds.
        Err(_) => {
            let old = pass.object.status.clone().unwrap_or_default();
            TenantStatus { observed_generation, conditions, ..old }
        }
    };
    write::write(ctx, &write::namespaced(ctx, pass), pass, status).await
}
