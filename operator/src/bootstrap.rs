//! The first key of the platform's administrator, given to the operator as a setting.
//!
//! It becomes a Secret and an ApiKey that adopts it, so that from there on it is a key like any other: shown, rotated by
//! a new setting, revoked by deleting the ApiKey.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crds::v1alpha1::{
    ApiKey,
    names::{LABEL_USE, OPERATOR, SECRET_API_KEY, USE_API_KEY},
};
use domain::{ids::ObjectKey, principal::Scope};
use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{
    Api,
    api::{ObjectMeta, Patch, PatchParams},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::{backoff::Backoff, context::Context, error::Error};

/// What the Secret and the ApiKey are called.
const NAME: &str = "bootstrap-admin";

/// A `platform_admin` key.
#[derive(Clone)]
pub struct BootstrapKey(SecretString);

impl BootstrapKey {
    /// Takes a key as it was minted, without the line break at a file's end; `None` for anything else than a
    /// `platform_admin` key.
    #[must_use]
    pub fn parse(text: &SecretString) -> Option<Self> {
        let text = text.expose_secret().trim_end();
        let parts = secrets::api_key::parse(text)?;
        (parts.scope == Scope::PlatformAdmin).then(|| Self(SecretString::from(text)))
    }
}

impl fmt::Debug for BootstrapKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BootstrapKey")
    }
}

/// Applies the two objects, again and again until the API has taken them, and then waits until the task is dropped.
pub(crate) async fn run(ctx: Arc<Context>) {
    let Some(key) = &ctx.options.bootstrap_admin else { return std::future::pending().await };
    let backoff = Backoff::default();
    let namespace = ctx.options.namespace.clone();
    let object = ObjectKey { origin: ctx.options.origin.clone(), namespace, name: NAME.to_owned() };
    while let Err(error) = apply(&ctx, key).await {
        tracing::warn!(object = %object, reason = error.chain(), "the bootstrap key is applied again later");
        tokio::time::sleep(backoff.failed(&object)).await;
    }
    std::future::pending::<()>().await;
}

async fn apply(ctx: &Context, key: &BootstrapKey) -> Result<(), Error> {
    let namespace = &ctx.options.namespace;
    // Without force: a Secret in which somebody else has put another key is not overwritten.
    let params = PatchParams::apply(OPERATOR);
    let secret = Secret {
        metadata: ObjectMeta {
            name: Some(NAME.to_owned()),
            namespace: Some(namespace.clone()),
            labels: Some(BTreeMap::from([(LABEL_USE.to_owned(), USE_API_KEY.to_owned())])),
            ..ObjectMeta::default()
        },
        data: Some(BTreeMap::from([(
            SECRET_API_KEY.to_owned(),
            ByteString(key.0.expose_secret().as_bytes().to_vec()),
        )])),
        ..Secret::default()
    };
    let secrets: Api<Secret> = Api::namespaced(ctx.client.clone(), namespace);
    let applied = secrets.patch(NAME, &params, &Patch::Apply(&secret)).await;
    applied.map_err(Error::kube("apply the Secret bootstrap-admin"))?;
    let object = json!({
        "apiVersion": "sagemcp.io/v1alpha1",
        "kind": "ApiKey",
        "metadata": { "name": NAME, "namespace": namespace },
        "spec": { "scope": Scope::PlatformAdmin, "secretName": NAME },
    });
    let keys: Api<ApiKey> = Api::namespaced(ctx.client.clone(), namespace);
    let applied = keys.patch(NAME, &params, &Patch::Apply(&object)).await;
    applied.map_err(Error::kube("apply the ApiKey bootstrap-admin"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_key_of_the_platform_is_taken() {
        let minted = |scope| secrets::api_key::mint(scope).text;
        let with_line_break = format!("{}\n", minted(Scope::PlatformAdmin).expose_secret());
        let key = BootstrapKey::parse(&SecretString::from(with_line_break)).unwrap();
        assert!(!format!("{key:?}").contains("smcp_"));
        assert!(BootstrapKey::parse(&minted(Scope::TenantAdmin)).is_none());
        assert!(BootstrapKey::parse(&SecretString::from("smcp_pa_mistyped")).is_none());
    }
}
