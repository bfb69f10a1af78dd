//! Tenants: a slug, a data key, a row. The only kind with a finalizer, since its data outlives the object on purpose.

mod apply;
mod build;
mod dereference;
mod status;
mod validate;

use std::{sync::Arc, time::Duration};

use crds::v1alpha1::{
    Tenant, TenantStatus,
    names::TENANT_FINALIZER,
    status::{ACCEPTED, State},
};
use domain::ids::ObjectKey;
use kube::runtime::{
    controller::Action,
    finalizer::{self, Event, finalizer},
};
use store::model::Kind;
use tokio::sync::Mutex;

use crate::{
    backoff,
    context::{Context, Watched},
    crd::{self, Crd},
    error::{Class, Error},
    kind::{Common, Managed, Pass},
    references::Referent,
    removal,
    status::write,
};

impl Managed for Tenant {
    const KIND: Kind = Kind::Tenant;
    const REFERS: bool = false;
    type Status = TenantStatus;

    fn watched(ctx: &Context) -> &Watched<Self> {
        &ctx.tenants
    }

    fn status(&self) -> Option<&TenantStatus> {
        self.status.as_ref()
    }

    fn common(status: &TenantStatus) -> Common<'_> {
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
        let api = write::namespaced(ctx, pass);
        // What the finalizer's event handler returned: its own Action cannot carry it.
        let next = Mutex::new(backoff::until_drift_check());
        let done = finalizer(&api, TENANT_FINALIZER, Arc::clone(&pass.object), |event| async {
            match event {
                Event::Apply(_) => *next.lock().await = put(ctx, pass).await?,
                Event::Cleanup(object) => {
                    let pass = Pass { key: pass.key.clone(), object };
                    cleanup(ctx, &pass).await?;
                }
            }
            Ok(Action::await_change())
        })
        .await;
        match done {
            Ok(_) => Ok(next.into_inner()),
            Err(finalizer::Error::ApplyFailed(error) | finalizer::Error::CleanupFailed(error)) => Err(error),
            // Gone in the meantime.
            Err(
                finalizer::Error::AddFinalizer(kube::Error::Api(answer))
                | finalizer::Error::RemoveFinalizer(kube::Error::Api(answer)),
            ) if answer.code == 404 => Ok(next.into_inner()),
            Err(finalizer::Error::AddFinalizer(error)) => Err(Error::kube("add the finalizer")(error)),
            Err(finalizer::Error::RemoveFinalizer(error)) => Err(Error::kube("remove the finalizer")(error)),
            Err(error) => Err(Error::Bug(error.to_string())),
        }
    }
}

/// Whether a tenant waits for a slug that another holds.
pub(crate) fn is_contested(tenant: &Tenant) -> bool {
    let conditions = tenant.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
    conditions.iter().any(|condition| {
        condition.type_ == ACCEPTED
            && condition.status == State::False.as_str()
            && condition.reason == "SlugTaken"
    })
}

async fn put(ctx: &Context, pass: &Pass<Tenant>) -> Result<Duration, Error> {
    let outcome = program(ctx, pass).await;
    status::update(ctx, pass, outcome.as_ref()).await?;
    outcome.map(|_| backoff::until_drift_check())
}

async fn program(ctx: &Context, pass: &Pass<Tenant>) -> Result<apply::Applied, Error> {
    let validated = validate::validate(&pass.object)?;
    let dereferenced = dereference::dereference(ctx, pass).await?;
    let prepared = build::build(&ctx.ring, pass, &validated, &dereferenced)?;
    let applied = apply::apply(ctx, prepared).await?;
    if applied.changed {
        ctx.trigger_referrers(&Referent::Tenant(pass.key.clone()));
    }
    Ok(applied)
}

/// Removes the tenant's rows before the object may go. Tolerates a tenant that never had any.
async fn cleanup(ctx: &Context, pass: &Pass<Tenant>) -> Result<(), Error> {
    if crd::look::<Tenant>(ctx).await? == Crd::Going {
        // The object must be let go, or the CRD could never be created anew; its rows stay in service.
        ctx.options.metrics.held_removal(Kind::Tenant);
        ctx.sweep.request(Kind::Tenant);
        tracing::warn!(object = %pass.key, "the CRD is gone or going; the tenant's rows stay");
        return Ok(());
    }
    // A deletion policy set just before the deletion has not reached the row. Whatever keeps the spec from being
    // written must not keep the object from being deleted.
    if let Err(error) = program(ctx, pass).await
        && matches!(error.class(), Class::Transient | Class::Fatal)
    {
        return Err(error);
    }
    removal::rows(ctx, Kind::Tenant, &pass.key).await
}
