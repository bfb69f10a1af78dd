//! Connector definitions: documents that are compiled here, so that gateways never meet a broken one.

mod apply;
mod build;
mod status;
mod validate;

use std::{sync::Arc, time::Duration};

use crds::v1alpha1::{ConnectorDefinition, ConnectorDefinitionStatus};
use domain::ids::ObjectKey;
use store::model::Kind;

use crate::{
    backoff,
    context::{Context, Watched},
    documents::on_blocking_thread,
    error::Error,
    kind::{Common, Managed, Pass},
    references::Referent,
};

impl Managed for ConnectorDefinition {
    const KIND: Kind = Kind::Definition;
    const REFERS: bool = false;
    type Status = ConnectorDefinitionStatus;

    fn watched(ctx: &Context) -> &Watched<Self> {
        &ctx.definitions
    }

    fn status(&self) -> Option<&ConnectorDefinitionStatus> {
        self.status.as_ref()
    }

    fn common(status: &ConnectorDefinitionStatus) -> Common<'_> {
        Common {
            observed_generation: status.observed_generation,
            conditions: &status.conditions,
            revision: status.revision,
        }
    }

    fn referents(&self, _: &ObjectKey) -> Vec<Referent> {
        Vec::new()
    }

    async fn reconcile(ctx: &Context, pass: &Pass<Self>) -> Result<Duration, Error> {
        let outcome = program(ctx, pass).await;
        status::update(ctx, pass, outcome.as_ref()).await?;
        outcome.map(|_| backoff::until_drift_check())
    }
}

async fn program(ctx: &Context, pass: &Pass<ConnectorDefinition>) -> Result<apply::Applied, Error> {
    let (object, egress) = (Arc::clone(&pass.object), ctx.options.egress.clone());
    // A large document takes a while to compile.
    let validated = on_blocking_thread(move || validate::validate(&object, &egress)).await??;
    let prepared = build::build(&ctx.ring, pass, &validated)?;
    let applied = apply::apply(ctx, prepared).await?;
    if applied.changed {
        ctx.trigger_referrers(&Referent::Definition(pass.key.name.clone()));
    }
    Ok(applied)
}
