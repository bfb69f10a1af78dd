//! What a gateway is told: typed, and checked before a port is bound.

use std::{net::SocketAddr, time::Duration};

use connectors::egress::EgressPolicy;
use domain::{config::RateLimit, ids::Origin};
use url::Url;

use crate::{app::Settings, http::client::TrustedProxies, http::origin::OriginRules, pool::PoolLimits};

/// Everything that is configured of a gateway, but for its store and its keys.
#[derive(Clone, Debug)]
pub struct GatewayOptions {
    /// Where MCP is served. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where `/healthz`, `/readyz` and `/metrics` are served; `None` serves none.
    pub health_listen: Option<SocketAddr>,
    /// The installation that this gateway belongs to.
    pub origin: Origin,
    /// The name of this replica, unique while it lives.
    pub replica: String,
    /// The domain below which tenants have hosts of their own.
    pub base_domain: Option<String>,
    /// The URL under which clients reach the gateway.
    pub public_url: Option<Url>,
    /// Proxies whose forwarded headers count.
    pub trusted_proxies: TrustedProxies,
    /// Whether hosted servers may run as processes of this machine.
    pub allow_process_runtime: bool,
    /// What of the private network connectors and remote servers may reach.
    pub egress: EgressPolicy,
    /// How old configuration may be before it is not served any more.
    pub max_staleness: Duration,
    /// The limit of tenants that state none.
    pub default_rate: RateLimit,
    /// Browser origins that may call.
    pub allowed_origins: Vec<String>,
    /// How many instances live, and how long.
    pub pool: PoolLimits,
    /// Whether legacy clients get a session.
    pub sessions: bool,
    /// Whether `/metrics` is served.
    pub metrics: bool,
    /// Whether keys are asked for.
    pub authenticate: bool,
    /// How long calls in flight may take to end at shutdown.
    pub drain: Duration,
}

/// A setting that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{flag}: {reason}")]
pub struct InvalidOption {
    /// The flag.
    pub flag: &'static str,
    /// What is wrong with it, and what helps.
    pub reason: String,
}

impl GatewayOptions {
    /// Options of a gateway on loopback, as `sagemcp up` runs it.
    #[must_use]
    pub fn loopback(origin: Origin, replica: impl Into<String>) -> Self {
        Self {
            listen: ([127, 0, 0, 1], 0).into(),
            health_listen: None,
            origin,
            replica: replica.into(),
            base_domain: None,
            public_url: None,
            trusted_proxies: TrustedProxies::default(),
            allow_process_runtime: false,
            egress: EgressPolicy::default(),
            max_staleness: Duration::from_secs(15 * 60),
            default_rate: RateLimit { requests_per_minute: DEFAULT_RPM, burst: None },
            allowed_origins: Vec::new(),
            pool: PoolLimits::default(),
            sessions: true,
            metrics: true,
            authenticate: true,
            drain: Duration::from_secs(25),
        }
    }

    /// Checks what no type can.
    ///
    /// # Errors
    /// [`InvalidOption`] names the flag.
    pub fn validate(&self) -> Result<(), InvalidOption> {
        let wrong = |flag, reason: &str| Err(InvalidOption { flag, reason: reason.to_owned() });
        if !self.authenticate && !self.listen.ip().is_loopback() {
            return wrong(
                "--enable-auth",
                "authentication can be off on a loopback listener only; see --listen",
            );
        }
        if self.replica.is_empty() || self.replica.len() > 253 {
            return wrong("--replica", "must have 1 to 253 characters");
        }
        if self.origin.as_str().is_empty() {
            return wrong("--origin", "must not be empty");
        }
        let domain = |name: &String| {
            !name.is_empty()
                && name.split('.').all(|label| {
                    !label.is_empty()
                        && label
                            .bytes()
                            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                })
        };
        if self.base_domain.as_ref().is_some_and(|name| !domain(name)) {
            return wrong(
                "--base-domain",
                "must be a lower-case DNS name without a port, as in mcp.example.com",
            );
        }
        if let Some(url) = &self.public_url
            && (!["http", "https"].contains(&url.scheme()) || url.host().is_none())
        {
            return wrong("--public-url", "must be an http or https URL");
        }
        if self.default_rate.requests_per_minute == 0 {
            return wrong("--rate-limit-rpm", "must be at least 1");
        }
        for origin in &self.allowed_origins {
            if origin != "*"
                && Url::parse(origin).map(|url| url.origin().ascii_serialization()) != Ok(origin.clone())
            {
                let reason = format!(
                    "{origin:?} is no origin: write scheme, host and port, as in https://app.example.com"
                );
                return wrong("--mcp-allowed-origins", &reason);
            }
        }
        Ok(())
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            authenticate: self.authenticate,
            base_domain: self.base_domain.clone(),
            origins: OriginRules {
                allowed: self.allowed_origins.clone(),
                public_url: self.public_url.clone(),
                loopback: self.listen.ip().is_loopback(),
                base_domain: self.base_domain.clone(),
            },
            trusted_proxies: self.trusted_proxies.clone(),
            max_staleness: self.max_staleness,
        }
    }
}

/// Requests a minute of a tenant that states no limit.
pub const DEFAULT_RPM: u32 = 600;

#[cfg(test)]
mod tests {
    use super::*;

    fn flag(change: impl FnOnce(&mut GatewayOptions)) -> &'static str {
        let mut options = GatewayOptions::loopback(Origin::new("o"), "r");
        options.validate().unwrap();
        change(&mut options);
        options.validate().unwrap_err().flag
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let open = flag(|options| {
            options.authenticate = false;
            options.listen = ([0, 0, 0, 0], 80).into();
        });
        assert_eq!(open, "--enable-auth");
        assert_eq!(flag(|options| options.replica.clear()), "--replica");
        assert_eq!(flag(|options| options.base_domain = Some("Example.com:80".into())), "--base-domain");
        assert_eq!(flag(|options| options.public_url = Some("ftp://x".parse().unwrap())), "--public-url");
        assert_eq!(
            flag(|options| options.allowed_origins = vec!["app.example".into()]),
            "--mcp-allowed-origins"
        );
        assert_eq!(flag(|options| options.default_rate.requests_per_minute = 0), "--rate-limit-rpm");
    }
}
