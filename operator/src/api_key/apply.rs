//! Step 4: writes the Secret, then the rows.
//!
//! In this order, because a key whose text is lost is worth nothing, while one whose rows are missing gets them in the
//! next pass.

use crds::v1alpha1::{ApiKey, names::OPERATOR};
use domain::ids::{KeyId, Revision};
use k8s_openapi::{api::core::v1::Secret, jiff::Timestamp};
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::json;
use store::model::{ApiKeyWrite, KeyMaterial};

use super::{
    build::{Plan, Prepared, Times},
    hash,
    secret::{self, KeyInSecret},
    validate::ValidatedKey,
};
use crate::{context::Context, error::Error, inputs::provenance, kind::Pass};

/// Secret and rows that say what the spec says.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) secret_name: String,
    pub(super) key_id: Option<KeyId>,
    pub(super) times: Times,
    pub(super) expired: bool,
    pub(super) revision: Revision,
}

pub(super) async fn apply(
    ctx: &Context,
    pass: &Pass<ApiKey>,
    prepared: Prepared,
    now: Timestamp,
) -> Result<Applied, Error> {
    let Prepared { plan, key, tenant, endpoint, stored } = prepared;
    let current = carry_out(ctx, pass, plan, &key, endpoint.as_deref(), now).await?;
    let times = current.as_ref().map_or_else(
        || Times { expires: key.expires_at, ..Times::default() },
        |current| Times::of(&key, current.since),
    );
    let keys = match &current {
        Some(current) => hash::materials(ctx, current, &stored, &times, now).await?,
        None => Vec::new(),
    };
    let inputs = json!({
        "tenant": tenant.as_ref().map(|tenant| &tenant.id),
        "scope": key.scope,
        "subject": key.subject,
        "connectors": key.connectors,
        "readOnly": key.read_only,
        "keys": keys.iter().map(told_apart_by).collect::<Vec<_>>(),
    });
    let ValidatedKey { scope, subject, connectors, read_only, secret_name, .. } = key;
    let row = ApiKeyWrite {
        provenance: provenance(&ctx.ring, &pass.key, pass.object.as_ref(), &inputs)?,
        tenant_id: tenant.map(|tenant| tenant.id),
        scope,
        subject,
        connectors,
        read_only,
        keys,
    };
    let revision = if row.keys.is_empty() && stored.is_empty() {
        // An expired object without rows stays without: the revision at which it came to that is the one it tells.
        Revision(pass.object.status.as_ref().and_then(|status| status.revision).unwrap_or_default())
    } else {
        ctx.store
            .apply_api_key(&ctx.writer, &row)
            .await
            .map_err(|error| Error::of_write(error, &row.provenance.key))?
            .revision
    };
    let expired = times.is_expired(now);
    let key_id = current.map(|current| current.id());
    Ok(Applied { secret_name, key_id, times, expired, revision })
}

/// What tells a key's rows apart. The bcrypt is salted, and the HMAC says the same.
fn told_apart_by(key: &KeyMaterial) -> (&KeyId, &str, Option<i64>) {
    (&key.key_id, &key.hmac, key.expires_at_ms)
}

/// Brings the Secret in order; returns the key in it.
async fn carry_out(
    ctx: &Context,
    pass: &Pass<ApiKey>,
    plan: Plan,
    key: &ValidatedKey,
    endpoint: Option<&str>,
    now: Timestamp,
) -> Result<Option<KeyInSecret>, Error> {
    let api: Api<Secret> = Api::namespaced(ctx.client.clone(), &pass.key.namespace);
    let mint = |previous| KeyInSecret { text: secrets::api_key::mint(key.scope).text, since: now, previous };
    let secret = |current: &KeyInSecret, version| {
        secret::write(&pass.object, &key.secret_name, current, endpoint, version)
    };
    match plan {
        Plan::Nothing => Ok(None),
        Plan::Keep { current } => Ok(Some(current)),
        Plan::Mint => {
            let minted = mint(None);
            // Created and not applied, so that a Secret that appears just now is not overwritten.
            let params = PostParams { field_manager: Some(OPERATOR.to_owned()), ..PostParams::default() };
            api.create(&params, &secret(&minted, None)).await.map_err(Error::kube("create a Secret"))?;
            tracing::info!(object = %pass.key, key_id = %minted.id(), "minted a key");
            Ok(Some(minted))
        }
        Plan::Rotate { current, version } => {
            let next = mint(Some(current.id()));
            replace(&api, &key.secret_name, &secret(&next, version)).await?;
            tracing::info!(object = %pass.key, key_id = %next.id(), previous = %current.id(), "rotated a key");
            Ok(Some(next))
        }
        Plan::Retell { current, version } => {
            replace(&api, &key.secret_name, &secret(&current, version)).await?;
            Ok(Some(current))
        }
    }
}

async fn replace(api: &Api<Secret>, name: &str, secret: &Secret) -> Result<(), Error> {
    let params = PatchParams::apply(OPERATOR).force();
    api.patch(name, &params, &Patch::Apply(secret)).await.map_err(Error::kube("write a Secret"))?;
    Ok(())
}
