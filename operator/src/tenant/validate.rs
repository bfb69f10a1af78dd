//! Step 2: is the spec valid by itself? Pure.

use crds::v1alpha1::{DeletionPolicy, Tenant};
use domain::{config::TenantConfig, slug::Slug};

use crate::error::{Error, Finding};

/// A tenant whose spec is valid.
#[derive(Debug, PartialEq)]
pub(super) struct ValidatedTenant {
    pub(super) slug: Slug,
    pub(super) config: TenantConfig,
    pub(super) retain: bool,
}

/// Checks what the CRD's schema checks too, for objects that came in before a rule did, and what it cannot.
pub(super) fn validate(tenant: &Tenant) -> Result<ValidatedTenant, Error> {
    let refused = |reason, message: String| Error::Refused(Finding::new(reason, message));
    let slug: Slug =
        tenant.slug().parse().map_err(|error| refused("InvalidSlug", format!("spec.slug: {error}")))?;
    let spec = &tenant.spec;
    for (index, origin) in spec.allowed_origins.iter().enumerate() {
        if !is_origin(origin) {
            let fault = format!(
                "spec.allowedOrigins[{index}]: \"{origin}\" is no origin; write scheme, host and port only, as in \
                 https://app.example.com, or *"
            );
            return Err(refused("InvalidOrigin", fault));
        }
    }
    Ok(ValidatedTenant {
        config: TenantConfig {
            display_name: spec.display_name.clone().unwrap_or_else(|| name(tenant).to_owned()),
            suspended: spec.suspended,
            rate_limit: spec.rate_limit,
            limits: spec.limits.clone(),
            allowed_origins: spec.allowed_origins.clone(),
        },
        retain: spec.deletion_policy == DeletionPolicy::Retain,
        slug,
    })
}

fn name(tenant: &Tenant) -> &str {
    tenant.metadata.name.as_deref().unwrap_or_default()
}

/// An origin as browsers send it (RFC 6454 section 6.2), or `*`.
fn is_origin(text: &str) -> bool {
    text == "*"
        || url::Url::parse(text)
            .is_ok_and(|url| url.origin().is_tuple() && url.origin().ascii_serialization() == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{finding, tenant};

    #[test]
    fn the_name_is_slug_and_display_name_unless_the_spec_says_otherwise() {
        let plain = validate(&tenant("{}")).unwrap();
        assert_eq!((plain.slug.as_str(), plain.config.display_name.as_str()), ("acme", "acme"));
        assert!(plain.retain && !plain.config.suspended);
        let full = validate(&tenant(
            "{slug: other, displayName: Acme Inc., suspended: true, deletionPolicy: Delete, \
             rateLimit: {requestsPerMinute: 60}, allowedOrigins: ['https://a.example:8443', '*']}",
        ))
        .unwrap();
        assert_eq!((full.slug.as_str(), full.config.display_name.as_str()), ("other", "Acme Inc."));
        assert!(!full.retain && full.config.suspended);
        assert_eq!(full.config.rate_limit.unwrap().requests_per_minute, 60);
    }

    #[test]
    fn what_the_schema_may_have_let_through_is_refused_with_the_field() {
        let (reason, message) = finding(validate(&tenant("{allowedOrigins: ['https://a.example/path']}")));
        assert_eq!(reason, "InvalidOrigin");
        assert!(message.starts_with("spec.allowedOrigins[0]:"), "{message}");
        let mut reserved = tenant("{}");
        reserved.metadata.name = Some("admin".into());
        assert_eq!(finding(validate(&reserved)).0, "InvalidSlug");
    }
}
