//! Writes a status, only when it differs.

use std::sync::Arc;

use crds::v1alpha1::names::OPERATOR;
use kube::{
    Api, Resource, ResourceExt,
    api::{Patch, PatchParams},
    core::NamespaceResourceScope,
};
use serde_json::json;

use super::news;
use crate::{
    context::Context,
    error::Error,
    kind::{Managed, Pass},
};

/// The API of a namespaced kind, in the object's namespace.
pub(crate) fn namespaced<K>(ctx: &Context, pass: &Pass<K>) -> Api<K>
where
    K: Managed + Resource<Scope = NamespaceResourceScope>,
{
    Api::namespaced(ctx.client.clone(), &pass.key.namespace)
}

/// Writes the status if it differs from the one last seen, and tells what is news in it.
pub(crate) async fn write<K: Managed>(
    ctx: &Context,
    api: &Api<K>,
    pass: &Pass<K>,
    status: K::Status,
) -> Result<(), Error> {
    if pass.object.status() == Some(&status) {
        news::tell(ctx, pass, &status).await;
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
    news::tell(ctx, pass, &status).await;
    K::watched(ctx).cache.refresh(&pass.key, |seen| Arc::ptr_eq(seen, &pass.object), Arc::new(updated));
    Ok(())
}
