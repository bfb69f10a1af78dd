//! Step 4: what people see.

use crds::v1alpha1::{ConnectorDefinition, ConnectorDefinitionStatus};
use kube::Api;

use super::apply::Applied;
use crate::{
    context::Context,
    error::Error,
    kind::Pass,
    status::{Programmed, conditions, write},
};

pub(super) async fn update(
    ctx: &Context,
    pass: &Pass<ConnectorDefinition>,
    outcome: Result<&Applied, &Error>,
) -> Result<(), Error> {
    let programmed = outcome.map(|applied| Programmed::at(applied.revision));
    let Some(conditions) = conditions(ctx, pass, programmed.as_ref().map_err(|error| *error), Vec::new())
    else {
        return Ok(());
    };
    let observed_generation = pass.object.metadata.generation;
    let status = match outcome {
        Ok(applied) => ConnectorDefinitionStatus {
            observed_generation,
            conditions,
            tools: i32::try_from(applied.tools).ok(),
            revision: Some(applied.revision.0),
        },
        // What was written before stays in service, so the rest of the status still holds.
        Err(_) => {
            let old = pass.object.status.clone().unwrap_or_default();
            ConnectorDefinitionStatus { observed_generation, conditions, ..old }
        }
    };
    write::write(ctx, &Api::all(ctx.client.clone()), pass, status).await
}
