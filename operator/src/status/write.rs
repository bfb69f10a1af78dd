//! Writes a status, and tells of it in an Event, only when it differs.

use std::sync::Arc;

use crds::v1alpha1::{
    names::OPERATOR,
    status::{READY, State},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{
    Api, Resource, ResourceExt,
    api::{Patch, PatchParams},
    core::NamespaceResourceScope,
};
use serde_json::json;

use crate::{
    context::Context,
    error::{Error, TENANT_NOT_READY},
    kind::{Managed, Pass},
};

/// The API of a namespaced kind, in the object's namespace.
pub(crate) fn namespaced<K>(ctx: &Context, pass: &Pass<K>) -> Api<K>
where
    K: Managed + Resource<Scope = NamespaceResourceScope>,
{
    Api::namespaced(ctx.client.clone(), &pass.key.namespace)
}

/// Writes the status if it differs from the one last seen.
pub(crate) async fn write<K: Managed>(
    ctx: &Context,
    api: &Api<K>,
    pass: &Pass<K>,
    status: K::Status,
) -> Result<(), Error> {
    if pass.object.status() == Some(&status) {
        return Ok(());
    }
    let body = json!({
        "apiVersion": K::api_version(&()),
        "kind": K::kind(&()),
        // The uid makes the API refuse a status meant for an earlier object of the same name.
        "metadata": { "name": pass.key.name, "uid": pass.object.uid() },
        "status": status,
    });
    let params = PatchParams::apply(OPERATOR).force();
    let updated = match api.patch_status(&pass.key.name, &params, &Patch::Apply(&body)).await {
        Ok(updated) => updated,
        // Deleted, or deleted and created anew: the watch tells.
        Err(kube::Error::Api(answer)) if answer.code == 404 || answer.code == 409 => return Ok(()),
        Err(error) => return Err(Error::kube("write the status")(error)),
    };
    ctx.options.metrics.status_written(K::KIND);
    let before = pass.object.status().map(K::common).unwrap_or_default();
    let news = ready_changed(before.conditions, K::common(&status).conditions);
    // The Tenant has an Event of its own where that lasts.
    if let Some(news) = news.filter(|news| news.reason != TENANT_NOT_READY) {
        ctx.events.tell(pass.object.as_ref(), news).await;
    }
    K::watched(ctx).cache.refresh(&pass.key, |seen| Arc::ptr_eq(seen, &pass.object), Arc::new(updated));
    Ok(())
}

/// The `Ready` condition, if its value or reason is new.
fn ready_changed<'a>(before: &[Condition], after: &'a [Condition]) -> Option<&'a Condition> {
    let old = before.iter().find(|condition| condition.type_ == READY);
    let new = after.iter().find(|condition| condition.type_ == READY)?;
    // Waiting for the gateways is the ordinary course of things and no news.
    let ordinary = new.status == State::Unknown.as_str() || new.reason == crate::runtime::LOADING;
    let changed = old.is_none_or(|old| (&old.status, &old.reason) != (&new.status, &new.reason));
    (changed && !ordinary).then_some(new)
}
