//! Step 5: what people see.

use crds::v1alpha1::{ApiKey, ApiKeyStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{apply::Applied, build::Times};
use crate::{
    context::Context,
    error::{Error, Finding},
    kind::Pass,
    status::{Programmed, conditions, write},
};

pub(super) async fn update(
    ctx: &Context,
    pass: &Pass<ApiKey>,
    outcome: Result<&Applied, &Error>,
) -> Result<(), Error> {
    let programmed = outcome.map(|applied| Programmed { revision: applied.revision, but: expired(applied) });
    let Some(conditions) = conditions(ctx, pass, programmed.as_ref().map_err(|error| *error), Vec::new())
    else {
        return Ok(());
    };
    let observed_generation = pass.object.metadata.generation;
    let status = match outcome {
        Ok(applied) => {
            let Times { since, expires, next_rotation, .. } = applied.times;
            ApiKeyStatus {
                observed_generation,
                conditions,
                secret_name: Some(applied.secret_name.clone()),
                key_id: applied.key_id.as_ref().map(ToString::to_string),
                minted_at: since.map(Time),
                expires_at: expires.map(Time),
                next_rotation: next_rotation.filter(|_| !applied.expired).map(Time),
                revision: Some(applied.revision.0),
            }
        }
        // What was written before stays in service, so the rest of the status still holds.
        Err(_) => {
            let old = pass.object.status.clone().unwrap_or_default();
            ApiKeyStatus { observed_generation, conditions, ..old }
        }
    };
    write::write(ctx, &write::namespaced(ctx, pass), pass, status).await
}

/// Why the key is of no use although everything is written.
fn expired(applied: &Applied) -> Option<Finding> {
    let at = applied.times.expires.filter(|_| applied.expired)?;
    let message = format!(
        "the key expired at {at}; set a later spec.expiresAt, or with spec.ttl delete the Secret to have a new key minted"
    );
    Some(Finding::new("Expired", message))
}
