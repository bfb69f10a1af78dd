//! Step 5: what people see.

use crds::v1alpha1::{Connector, ConnectorStatus};

use super::{apply::Applied, discovered};
use crate::{
    context::Context,
    error::Error,
    kind::Pass,
    status::{Own, Programmed, conditions, write},
};

pub(super) async fn update(
    ctx: &Context,
    pass: &Pass<Connector>,
    outcome: Result<&Applied, &Error>,
) -> Result<(), Error> {
    let programmed = outcome.map(|applied| Programmed::at(applied.revision));
    let (own, tools) = match outcome {
        Ok(applied) => {
            let discovery = ctx.store.discovery(&applied.connector_id).await?;
            let (verdict, tools) = discovered::judge(discovery.as_ref(), applied.revision);
            let weighs = discovered::weighs(&verdict, &pass.object.spec);
            let portable = discovered::judge_portability(discovery.as_ref(), applied.revision);
            let own = [Own { verdict, weighs }, Own { verdict: portable, weighs: false }];
            (Vec::from(own), tools)
        }
        Err(_) => (Vec::new(), None),
    };
    let Some(conditions) = conditions(ctx, pass, programmed.as_ref().map_err(|error| *error), own) else {
        return Ok(());
    };
    let observed_generation = pass.object.metadata.generation;
    let status = match outcome {
        Ok(applied) => ConnectorStatus {
            observed_generation,
            conditions,
            kind: Some(applied.kind.to_owned()),
            endpoint: ctx.options.endpoints.connector(&applied.slug, &pass.key.name),
            tools,
            connector_id: Some(applied.connector_id.to_string()),
            revision: Some(applied.revision.0),
        },
        // What was written before stays in service, so the rest of the status still holds.
        Err(_) => {
            let old = pass.object.status.clone().unwrap_or_default();
            ConnectorStatus { observed_generation, conditions, ..old }
        }
    };
    write::write(ctx, &write::namespaced(ctx, pass), pass, status).await
}
