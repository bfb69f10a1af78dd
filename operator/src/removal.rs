//! Removes the rows of an object that was deleted.

use domain::ids::ObjectKey;
use store::model::Kind;

use crate::{
    context::Context,
    crd::{self, Crd},
    error::Error,
    kind::{Managed, label},
    references::Referent,
};

/// Removes an object's rows, unless its CRD is going: then nobody asked for this object to be deleted, and what it
/// configured stays in service until the sweep is allowed to remove it.
pub(crate) async fn remove<K: Managed>(ctx: &Context, key: &ObjectKey) -> Result<(), Error> {
    if crd::look::<K>(ctx).await? == Crd::Going {
        ctx.options.metrics.held_removal(K::KIND);
        ctx.sweep.request(K::KIND);
        tracing::warn!(kind = label(K::KIND), object = %key, "the CRD is gone or going; the object's rows stay");
        return Ok(());
    }
    rows(ctx, K::KIND, key).await
}

/// Removes an object's rows, and asks for passes over what depended on them.
pub(crate) async fn rows(ctx: &Context, kind: Kind, key: &ObjectKey) -> Result<(), Error> {
    let now_ms = ctx.options.clock.now_ms();
    let removed = ctx.store.remove(&ctx.writer, kind, key, None, now_ms).await?;
    ctx.runtime.forget(kind, key);
    ctx.held_back.forget(kind, key);
    if let Some(revision) = removed {
        tracing::info!(kind = label(kind), object = %key, revision = revision.0, "removed");
    }
    match kind {
        Kind::Tenant => {
            ctx.trigger_referrers(&Referent::Tenant(key.clone()));
            // Whoever waits for the slug may have it now.
            for waiting in ctx.tenants.cache.select(|tenant| crate::tenant::is_contested(tenant)) {
                ctx.trigger(Kind::Tenant, waiting);
            }
        }
        Kind::Definition => ctx.trigger_referrers(&Referent::Definition(key.name.clone())),
        Kind::Connector | Kind::ApiKey => {}
    }
    Ok(())
}
