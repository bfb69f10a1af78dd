//! Step 2: reads the tenant, the Secret and what the store has of the key.

use crds::v1alpha1::ApiKey;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use store::model::KeyMaterial;

use super::{
    secret::{self, FoundSecret},
    validate::ValidatedKey,
};
use crate::{
    context::Context,
    error::Error,
    kind::{Pass, beside},
    tenants::{self, FoundTenant},
};

/// What a key refers to.
#[derive(Debug)]
pub(super) struct Dereferenced {
    pub(super) tenant: Option<FoundTenant>,
    pub(super) secret: FoundSecret,
    /// What verifies the keys that are stored for the object.
    pub(super) stored: Vec<KeyMaterial>,
    /// Where clients use the key.
    pub(super) endpoint: Option<String>,
}

pub(super) async fn dereference(
    ctx: &Context,
    pass: &Pass<ApiKey>,
    validated: &ValidatedKey,
) -> Result<Dereferenced, Error> {
    let tenant = match &validated.tenant {
        Some(reference) => Some(tenants::find(ctx, &pass.key, reference).await?),
        None => None,
    };
    let endpoints = &ctx.options.endpoints;
    let endpoint =
        tenant.as_ref().map_or_else(|| endpoints.platform(), |tenant| endpoints.tenant(&tenant.slug));
    let secret = find_secret(ctx, pass, &validated.secret_name).await?;
    let stored = ctx.store.api_key_materials(&pass.key).await?;
    Ok(Dereferenced { tenant, secret, stored, endpoint })
}

async fn find_secret(ctx: &Context, pass: &Pass<ApiKey>, name: &str) -> Result<FoundSecret, Error> {
    let key = beside(&pass.key, name);
    if ctx.options.is_key_ring(&key) {
        return Ok(FoundSecret::KeyRing);
    }
    let api: Api<Secret> = Api::namespaced(ctx.client.clone(), &key.namespace);
    // Only the metadata of a Secret that may not be for us, so that it never reaches us.
    if ctx.secrets.get(&key).is_none() {
        match api.get_metadata_opt(name).await.map_err(Error::kube("read the metadata of a Secret"))? {
            None => return Ok(FoundSecret::Absent),
            Some(found) if !secret::is_ours(&found, &pass.object) && !secret::is_labelled(&found) => {
                return Ok(FoundSecret::NotLabelled);
            }
            Some(_) => {}
        }
    }
    let found = api.get_opt(name).await.map_err(Error::kube("read a Secret"))?;
    Ok(found.map_or(FoundSecret::Absent, |found| secret::read(&found, &pass.object)))
}
