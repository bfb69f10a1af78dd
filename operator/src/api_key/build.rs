//! Step 3: what is to be in the Secret, and which keys are to work until when. Pure.

mod times;

use crds::v1alpha1::{
    ApiKey,
    names::{LABEL_USE, SECRET_API_KEY, USE_API_KEY},
};
use k8s_openapi::jiff::Timestamp;
use store::model::KeyMaterial;

pub(super) use times::Times;

use super::{
    dereference::Dereferenced,
    secret::{FoundSecret, KeyInSecret},
    validate::ValidatedKey,
};
use crate::{
    error::{Error, Finding},
    kind::Pass,
    tenants::FoundTenant,
};

/// What is to be done to the Secret.
#[derive(Debug)]
pub(super) enum Plan {
    /// The object has expired and there is no key: none is minted.
    Nothing,
    /// Mint a key into a new Secret.
    Mint,
    /// Mint the next key into our Secret.
    Rotate { current: KeyInSecret, version: Option<String> },
    /// The key stays; our Secret must tell another endpoint, or was changed by hand.
    Retell { current: KeyInSecret, version: Option<String> },
    /// The key stays as it is.
    Keep { current: KeyInSecret },
}

/// A plan with everything that carrying it out needs.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) plan: Plan,
    pub(super) key: ValidatedKey,
    pub(super) tenant: Option<FoundTenant>,
    pub(super) endpoint: Option<String>,
    pub(super) stored: Vec<KeyMaterial>,
}

pub(super) fn build(
    pass: &Pass<ApiKey>,
    key: ValidatedKey,
    dereferenced: Dereferenced,
    now: Timestamp,
) -> Result<Prepared, Error> {
    let Dereferenced { tenant, secret, stored, endpoint } = dereferenced;
    let plan = plan(&key, secret, endpoint.as_deref(), &pass.key.namespace, now)?;
    Ok(Prepared { plan, key, tenant, endpoint, stored })
}

fn plan(
    key: &ValidatedKey,
    secret: FoundSecret,
    endpoint: Option<&str>,
    namespace: &str,
    now: Timestamp,
) -> Result<Plan, Error> {
    let name = &key.secret_name;
    let expired = key.expires_at.is_some_and(|end| end <= now);
    let (found, ours) = match secret {
        FoundSecret::Absent if expired => return Ok(Plan::Nothing),
        FoundSecret::Absent => return Ok(Plan::Mint),
        FoundSecret::KeyRing => {
            let message = format!(
                "spec.secretName: Secret \"{name}\" holds the installation's key ring and can never be used; name another"
            );
            return Err(Error::Refused(Finding::new("SecretForbidden", message)));
        }
        FoundSecret::NotLabelled => {
            let message = format!(
                "spec.secretName: Secret \"{name}\" exists and is not marked for use; name another, or, to adopt the key \
                 in it: kubectl label secret --namespace {namespace} {name} {LABEL_USE}={USE_API_KEY}"
            );
            return Err(unresolved("SecretNotLabelled", message));
        }
        FoundSecret::Minted { key, endpoint: told, intact, version } => {
            (key, Some((intact && told.as_deref() == endpoint, version)))
        }
        FoundSecret::Foreign { key } => (key, None),
    };
    let Some(current) = found else {
        let message = format!(
            "spec.secretName: entry \"{SECRET_API_KEY}\" of Secret \"{name}\" holds no API key of ours; store one, or \
             delete the Secret to have one minted"
        );
        return Err(unresolved("SecretWithoutKey", message));
    };
    check_scope(key, &current)?;
    let Some((in_order, version)) = ours else {
        if key.rotation.is_some() {
            let message = format!(
                "spec.rotation: the key in Secret \"{name}\" was not minted here and cannot be rotated; remove \
                 spec.rotation, or delete the Secret to have a key minted"
            );
            return Err(Error::Refused(Finding::new("AdoptedKey", message)));
        }
        return Ok(Plan::Keep { current });
    };
    let times = Times::of(key, current.since);
    if !expired && times.next_rotation.is_some_and(|at| at <= now) {
        return Ok(Plan::Rotate { current, version });
    }
    if !in_order {
        return Ok(Plan::Retell { current, version });
    }
    Ok(Plan::Keep { current })
}

/// A key's text says its scope, and people read it there.
fn check_scope(key: &ValidatedKey, current: &KeyInSecret) -> Result<(), Error> {
    use secrecy::ExposeSecret;
    let scope = secrets::api_key::parse(current.text.expose_secret()).map(|parts| parts.scope);
    match scope {
        Some(scope) if scope != key.scope => {
            let message = format!(
                "spec.secretName: the key in Secret \"{}\" is a {scope} key, spec.scope says {}; name another Secret",
                key.secret_name, key.scope
            );
            Err(unresolved("ScopeMismatch", message))
        }
        _ => Ok(()),
    }
}

fn unresolved(reason: &'static str, message: String) -> Error {
    Error::Unresolved(Finding::new(reason, message))
}

#[cfg(test)]
mod tests;
