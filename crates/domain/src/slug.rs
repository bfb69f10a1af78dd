//! Tenant slugs: the name of a tenant in URLs and host names.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// First path segments and host labels that the platform uses itself, so no tenant may take them.
///
/// The CRD's CEL rule repeats the list; a test of the CRDs compares the two.
pub const RESERVED: &[&str] = &[
    "admin",
    "api",
    "app",
    "auth",
    "console",
    "docs",
    "gateway",
    "healthz",
    "internal",
    "livez",
    "login",
    "mcp",
    "metrics",
    "oauth",
    "operator",
    "platform",
    "readyz",
    "sagemcp",
    "static",
    "status",
    "system",
    "well-known",
    "www",
];

/// Longest slug: one DNS label (RFC 1035 section 2.3.4).
pub const MAX_LEN: usize = 63;

/// The pattern of a DNS label (RFC 1123 section 2.1), as the CRD states it.
pub const PATTERN: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

/// A tenant's name in URLs (`/api/v1/{slug}/…`) and host names (`{slug}.example.com`): one lower-case DNS label.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is no slug.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    /// Empty, or longer than a DNS label.
    #[error("slug \"{0}\" must have 1 to {MAX_LEN} characters")]
    Length(String),
    /// A character that a DNS label cannot hold.
    #[error(
        "slug \"{0}\" must consist of lower-case letters, digits and '-', and start and end with a letter or digit"
    )]
    Characters(String),
    /// A name that the platform uses itself.
    #[error("slug \"{0}\" is reserved; choose another in spec.slug")]
    Reserved(String),
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        if text.is_empty() || text.len() > MAX_LEN {
            return Err(SlugError::Length(text.chars().take(80).collect()));
        }
        let label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !text.chars().all(label) || text.starts_with('-') || text.ends_with('-') {
            return Err(SlugError::Characters(text.to_owned()));
        }
        if RESERVED.contains(&text) {
            return Err(SlugError::Reserved(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, SlugError> {
        text.parse()
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl schemars::JsonSchema for Slug {
    fn schema_name() -> Cow<'static, str> {
        "Slug".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX_LEN, "pattern": PATTERN })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dns_label_is_a_slug() {
        for ok in ["a", "acme", "acme-2", "0", &"x".repeat(63)] {
            assert_eq!(ok.parse::<Slug>().unwrap().as_str(), ok);
        }
    }

    #[test]
    fn anything_else_is_refused_with_the_reason() {
        let reason = |text: &str| text.parse::<Slug>().unwrap_err();
        assert!(matches!(reason(""), SlugError::Length(_)));
        assert!(matches!(reason(&"x".repeat(64)), SlugError::Length(_)));
        for bad in ["Acme", "-a", "a-", "a.b", "a_b", "ä", "a/b", "a b"] {
            assert!(matches!(reason(bad), SlugError::Characters(_)), "{bad}");
        }
        for taken in RESERVED {
            assert!(matches!(reason(taken), SlugError::Reserved(_)), "{taken}");
        }
    }
}
