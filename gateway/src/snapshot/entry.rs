//! What a snapshot holds: tenants with their connectors, and keys. Each is built once a change and shared from then on.

use std::{fmt, num::NonZeroU32, sync::Arc};

use domain::{
    config::{Backend, ConnectorConfig, CredentialLevel, RateLimit, TenantConfig},
    document::ConnectorDocument,
    ids::{ConnectorId, KeyId, Revision, TenantId},
    permission::Grant,
    principal::{Principal, Scope},
    slug::Slug,
};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use secrets::ConnectorSecrets;
use sha2::{Digest, Sha256};
use store::model::ApiKeyRow;
use tokio::sync::Semaphore;

/// A tenant and its connectors.
pub struct Tenant {
    /// Its identity.
    pub id: TenantId,
    /// Its name in URLs.
    pub slug: Slug,
    /// Its configuration.
    pub config: TenantConfig,
    /// All of its connectors, older first and by name where they are of the same age.
    pub connectors: Vec<Arc<Connector>>,
    /// What it may take of this replica.
    pub bounds: Arc<Bounds>,
}

impl Tenant {
    /// The connector of a name, if it is enabled.
    #[must_use]
    pub fn connector(&self, name: &str) -> Option<&Arc<Connector>> {
        self.connectors.iter().find(|connector| connector.name == name && connector.config.enabled)
    }

    /// The enabled connectors, older first.
    pub fn enabled(&self) -> impl Iterator<Item = &Arc<Connector>> {
        self.connectors.iter().filter(|connector| connector.config.enabled)
    }
}

/// A tenant's share of this replica: how fast it may ask and how much may be in flight. Kept over changes of anything
/// else, so that editing a tenant refills nothing.
pub struct Bounds {
    /// The configured limit these were made from.
    pub rate: RateLimit,
    /// The token bucket.
    pub limiter: DefaultDirectRateLimiter,
    /// Calls in flight at once.
    pub concurrent_calls: u32,
    /// A permit for each call in flight.
    pub calls: Arc<Semaphore>,
}

impl Bounds {
    /// Fresh bounds.
    #[must_use]
    pub fn new(rate: RateLimit, concurrent_calls: u32) -> Self {
        let positive = |count: u32| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_minute(positive(rate.requests_per_minute))
            .allow_burst(positive(rate.burst.unwrap_or(rate.requests_per_minute)));
        Self {
            rate,
            limiter: RateLimiter::direct(quota),
            concurrent_calls,
            calls: Arc::new(Semaphore::new(concurrent_calls as usize)),
        }
    }
}

/// Which state of a connector an instance was made from. Two are equal exactly when one instance serves both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// When the connector's row last changed.
    pub row: Revision,
    /// When the definition that it uses last changed; zero for none.
    pub definition: Revision,
}

/// A connector, with its secrets open.
pub struct Connector {
    /// Its identity.
    pub id: ConnectorId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its tenant's name.
    pub tenant_slug: Slug,
    /// How many hosted servers its tenant may have on this replica.
    pub tenant_hosted_servers: u32,
    /// Its name in URLs.
    pub name: String,
    /// Its configuration.
    pub config: ConnectorConfig,
    /// Its secret values, or the word that they do not open.
    pub secrets: Result<ConnectorSecrets, secrets::OpenError>,
    /// The definition its service name stands for; `None` means the built-in catalog.
    pub definition: Option<Arc<ConnectorDocument>>,
    /// Which state this is.
    pub version: Version,
}

impl Connector {
    /// Whether callers may bring their own credential.
    #[must_use]
    pub fn takes_user_credentials(&self) -> bool {
        self.config.credential_level == CredentialLevel::User
    }

    /// Whether our own engine serves it.
    #[must_use]
    pub fn is_native(&self) -> bool {
        matches!(self.config.backend, Backend::Native { .. })
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// A key's row, ready to be asked.
pub struct Key {
    /// Its public id.
    pub id: KeyId,
    /// HMAC of its secret, which decides.
    pub hmac: String,
    /// bcrypt of its secret, asked where no live HMAC exists.
    pub bcrypt: String,
    /// Digest of what verifies it: a remembered match counts only while this stays the same.
    pub material: [u8; 32],
    /// When it stops working, in ms since the epoch.
    pub expires_at_ms: Option<i64>,
    /// Its tenant; `None` for a platform key.
    pub tenant: Option<TenantId>,
    /// What it may do.
    pub scope: Scope,
    /// Whom it stands for.
    pub principal: Principal,
    /// The connectors it may use; empty means all.
    pub connectors: Vec<String>,
    /// Whether it may call only tools that change nothing.
    pub read_only: bool,
}

impl Key {
    /// Takes over a row.
    #[must_use]
    pub fn new(row: ApiKeyRow) -> Self {
        let mut digest = Sha256::new();
        digest.update(row.material.hmac.as_bytes());
        digest.update([0]);
        digest.update(row.material.bcrypt.as_bytes());
        Self {
            id: row.material.key_id,
            hmac: row.material.hmac,
            bcrypt: row.material.bcrypt,
            material: digest.finalize().into(),
            expires_at_ms: row.material.expires_at_ms,
            tenant: row.tenant_id,
            scope: row.scope,
            principal: Principal::of_api_key(row.subject),
            connectors: row.connectors,
            read_only: row.read_only,
        }
    }

    /// What it is good for; `None` for a row that grants nothing.
    #[must_use]
    pub fn grant(&self) -> Option<Grant<'_>> {
        Grant::of(self.scope, self.tenant.as_ref())
    }

    /// Whether its time is over.
    #[must_use]
    pub fn is_expired(&self, now_ms: i64) -> bool {
        self.expires_at_ms.is_some_and(|end| end <= now_ms)
    }

    /// Whether it may use a connector of that name.
    #[must_use]
    pub fn may_use(&self, connector: &str) -> bool {
        self.connectors.is_empty() || self.connectors.iter().any(|name| name == connector)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).field("scope", &self.scope).finish_non_exhaustive()
    }
}
