//! Step 1: is the spec valid by itself? Pure.

use std::time::Duration;

use crds::v1alpha1::{ApiKey, TenantRef};
use domain::{duration::Span, principal::Scope};
use k8s_openapi::jiff::Timestamp;

use super::secret_name;
use crate::error::{Error, Finding};

/// The shortest time between two rotations.
const SHORTEST: Duration = Duration::from_secs(60);

/// A key whose spec is valid.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ValidatedKey {
    pub(super) tenant: Option<TenantRef>,
    pub(super) scope: Scope,
    pub(super) subject: String,
    pub(super) secret_name: String,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) ttl: Option<Duration>,
    pub(super) rotation: Option<Rotation>,
    pub(super) connectors: Vec<String>,
    pub(super) read_only: bool,
}

/// How a key is rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rotation {
    pub(super) every: Duration,
    pub(super) overlap: Duration,
}

pub(super) fn validate(key: &ApiKey, operator_namespace: &str) -> Result<ValidatedKey, Error> {
    let spec = &key.spec;
    let name = key.metadata.name.clone().unwrap_or_default();
    let namespace = key.metadata.namespace.as_deref().unwrap_or_default();
    match (spec.scope, &spec.tenant_ref) {
        (Scope::PlatformAdmin, _) if namespace != operator_namespace => {
            return Err(refused(
                "ForbiddenNamespace",
                format!(
                    "spec.scope: platform_admin is accepted only in the operator's namespace \"{operator_namespace}\"; \
                     create the ApiKey there, or use tenant_admin"
                ),
            ));
        }
        (Scope::PlatformAdmin, Some(_)) => {
            return Err(refused(
                "InvalidSpec",
                "spec.tenantRef: a platform_admin key belongs to no tenant; remove it",
            ));
        }
        (Scope::TenantAdmin | Scope::TenantUser, None) => {
            return Err(refused(
                "InvalidSpec",
                "spec.tenantRef: is required for tenant_admin and tenant_user keys",
            ));
        }
        _ => {}
    }
    if spec.expires_at.is_some() && spec.ttl.is_some() {
        return Err(refused("InvalidSpec", "spec: set at most one of expiresAt and ttl"));
    }
    let ttl = spec.ttl.as_ref().map(Span::duration);
    Ok(ValidatedKey {
        tenant: spec.tenant_ref.clone(),
        scope: spec.scope,
        subject: spec.subject.clone().unwrap_or(name),
        secret_name: secret_name(key).to_owned(),
        expires_at: spec.expires_at.as_ref().map(|time| time.0),
        ttl,
        rotation: rotation(key, ttl)?,
        connectors: spec.connectors.clone(),
        read_only: spec.read_only,
    })
}

fn rotation(key: &ApiKey, ttl: Option<Duration>) -> Result<Option<Rotation>, Error> {
    let Some(spec) = &key.spec.rotation else { return Ok(None) };
    let rotation = Rotation { every: spec.every.duration(), overlap: spec.overlap.duration() };
    let fault = if rotation.every < SHORTEST {
        Some(format!("spec.rotation.every: {} is too short; use at least 1m", spec.every))
    } else if rotation.overlap > rotation.every {
        Some(format!(
            "spec.rotation.overlap: {} is longer than spec.rotation.every {}; at most two keys may work at once",
            spec.overlap, spec.every
        ))
    } else if ttl.is_some_and(|ttl| ttl <= rotation.every) {
        Some("spec.rotation.every: must be shorter than spec.ttl, or each key expires before the next is minted".into())
    } else {
        None
    };
    fault.map_or(Ok(Some(rotation)), |fault| Err(refused("InvalidRotation", fault)))
}

fn refused(reason: &'static str, message: impl Into<String>) -> Error {
    Error::Refused(Finding::new(reason, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{api_key, finding};

    const USER: &str = "scope: tenant_user, tenantRef: {name: acme}";

    #[test]
    fn defaults_come_from_the_objects_name() {
        let key = validate(&api_key(&format!("{{{USER}}}")), "system").unwrap();
        assert_eq!((key.subject.as_str(), key.secret_name.as_str()), ("agent", "agent"));
        let named =
            validate(&api_key(&format!("{{{USER}, subject: bob, secretName: s}}")), "system").unwrap();
        assert_eq!((named.subject.as_str(), named.secret_name.as_str()), ("bob", "s"));
    }

    #[test]
    fn the_platform_is_administered_from_the_operators_namespace_only() {
        let (reason, message) = finding(validate(&api_key("{scope: platform_admin}"), "system"));
        assert_eq!(reason, "ForbiddenNamespace");
        assert!(message.contains("\"system\""), "{message}");
        assert!(validate(&api_key("{scope: platform_admin}"), "team-a").is_ok());
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_field() {
        for (spec, field) in [
            ("scope: tenant_user".to_owned(), "spec.tenantRef"),
            (format!("{USER}, ttl: 1h, expiresAt: '2027-01-01T00:00:00Z'"), "spec"),
            (format!("{USER}, rotation: {{every: 30s, overlap: 10s}}"), "spec.rotation.every"),
            (format!("{USER}, rotation: {{every: 1h, overlap: 2h}}"), "spec.rotation.overlap"),
            (format!("{USER}, ttl: 1d, rotation: {{every: 1d, overlap: 1h}}"), "spec.rotation.every"),
        ] {
            let (_, message) = finding(validate(&api_key(&format!("{{{spec}}}")), "system"));
            assert!(message.starts_with(&format!("{field}:")), "{spec}: {message}");
        }
    }
}
