//! Who is calling: scopes of API keys and the principal that sessions and user credentials bind to.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an API key may do. Each includes the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Uses the tools of one tenant.
    TenantUser,
    /// Also administers that tenant.
    TenantAdmin,
    /// Administers the platform and every tenant.
    PlatformAdmin,
}

impl Scope {
    /// The two letters that stand for the scope in a key's text.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::PlatformAdmin => "pa",
            Self::TenantAdmin => "ta",
            Self::TenantUser => "tu",
        }
    }

    /// The scope's name in manifests and rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PlatformAdmin => "platform_admin",
            Self::TenantAdmin => "tenant_admin",
            Self::TenantUser => "tenant_user",
        }
    }

    /// The scope that a key's tag stands for.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        [Self::PlatformAdmin, Self::TenantAdmin, Self::TenantUser]
            .into_iter()
            .find(|scope| scope.tag() == tag)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no scope: use platform_admin, tenant_admin or tenant_user")]
pub struct UnknownScope(String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        [Self::PlatformAdmin, Self::TenantAdmin, Self::TenantUser]
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

/// The issuer of principals that come from API keys.
pub const API_KEY_ISSUER: &str = "apikey";

/// Who calls: an issuer and the subject it vouches for. Sessions and user credentials bind to this and never to a key
/// id, so rotating a key drops nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Principal {
    /// Who vouches: [`API_KEY_ISSUER`], or an identity provider's issuer URL.
    pub issuer: String,
    /// The person or agent.
    pub subject: String,
}

impl Principal {
    /// The principal of an API key.
    #[must_use]
    pub fn of_api_key(subject: impl Into<String>) -> Self {
        Self { issuer: API_KEY_ISSUER.to_owned(), subject: subject.into() }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.issuer, self.subject)
    }
}
