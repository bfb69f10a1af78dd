//! API keys: minted into a Secret, or adopted from one; rotated; hashed into rows.
//!
//! The Secret holds the key's text, the store what verifies it. A pass compares the two and mends whichever is behind,
//! so a crash between writing the one and the other loses nothing.

mod apply;
mod build;
mod dereference;
mod hash;
mod secret;
mod status;
mod validate;

use std::time::Duration;

use crds::v1alpha1::{ApiKey, ApiKeyStatus};
use domain::ids::ObjectKey;
use k8s_openapi::jiff::Timestamp;
use store::model::Kind;

use crate::{
    backoff,
    context::{Context, Watched},
    error::Error,
    kind::{Common, Managed, Pass, beside},
    references::Referent,
};

impl Managed for ApiKey {
    const KIND: Kind = Kind::ApiKey;
    const REFERS: bool = true;
    type Status = ApiKeyStatus;

    fn watched(ctx: &Context) -> &Watched<Self> {
        &ctx.api_keys
    }

    fn status(&self) -> Option<&ApiKeyStatus> {
        self.status.as_ref()
    }

    fn common(status: &ApiKeyStatus) -> Common<'_> {
        Common {
            observed_generation: status.observed_generation,
            conditions: &status.conditions,
            revision: status.revision,
        }
    }

    fn referents(&self, key: &ObjectKey) -> Vec<Referent> {
        let tenant = self.spec.tenant_ref.as_ref().map(|it| Referent::Tenant(beside(key, &it.name)));
        let secret = Referent::Secret(beside(key, secret_name(self)));
        tenant.into_iter().chain([secret]).collect()
    }

    async fn reconcile(ctx: &Context, pass: &Pass<Self>) -> Result<Duration, Error> {
        let now = ctx.options.clock.now_in_seconds();
        let outcome = program(ctx, pass, now).await;
        status::update(ctx, pass, outcome.as_ref()).await?;
        outcome.map(|applied| {
            let next = applied.times.next_event(now).unwrap_or(Duration::MAX);
            next.min(backoff::until_drift_check())
        })
    }
}

async fn program(ctx: &Context, pass: &Pass<ApiKey>, now: Timestamp) -> Result<apply::Applied, Error> {
    let validated = validate::validate(&pass.object, &ctx.options.namespace)?;
    let dereferenced = dereference::dereference(ctx, pass, &validated).await?;
    let prepared = build::build(pass, validated, dereferenced, now)?;
    apply::apply(ctx, pass, prepared, now).await
}

/// The Secret that holds the key.
fn secret_name(key: &ApiKey) -> &str {
    key.spec.secret_name.as_deref().or(key.metadata.name.as_deref()).unwrap_or_default()
}
