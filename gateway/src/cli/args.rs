//! The flags of `serve`, each with its environment variable.

use std::{net::SocketAddr, path::PathBuf};

use clap::{ArgAction, Args};
use connectors::egress::{EgressPolicy, EgressRule};
use domain::{config::RateLimit, duration::Span, ids::Origin};
use secrecy::{ExposeSecret, SecretString};
use secrets::KeyRing;
use telemetry::log::Format;
use url::Url;

use crate::{
    http::client::{Network, TrustedProxies},
    options::{DEFAULT_RPM, GatewayOptions, InvalidOption},
    pool::PoolLimits,
};

/// The passphrase that stands in for a ring file. A secret, so no flag exists for it.
const SECRET_KEY: &str = "SECRET_KEY";

/// What `serve` and `check-config` take.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Where MCP is served.
    #[arg(long, env = "SAGEMCP_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where /healthz, /readyz and /metrics are served.
    #[arg(long, env = "SAGEMCP_HEALTH_LISTEN", default_value = "127.0.0.1:8081", value_name = "ADDRESS")]
    health_listen: SocketAddr,
    /// The database: postgres://user:password@host/database or sqlite://path. Better given by the environment.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: SecretString,
    /// Where to LISTEN, if the database URL leads to a transaction pooler.
    #[arg(long, env = "DATABASE_LISTEN_URL", hide_env_values = true, value_name = "URL")]
    database_listen_url: Option<SecretString>,
    /// The role that every database connection takes on.
    #[arg(long, env = "SAGEMCP_DATABASE_ROLE", value_name = "ROLE")]
    database_role: Option<String>,
    /// The file with the installation's keys. Instead, the environment variable SECRET_KEY may hold a passphrase.
    #[arg(long, env = "SAGEMCP_KEYRING_FILE", value_name = "PATH")]
    keyring_file: Option<PathBuf>,
    /// The installation that this gateway belongs to.
    #[arg(long, env = "SAGEMCP_ORIGIN", default_value = "default", value_name = "NAME")]
    origin: String,
    /// The name of this replica, unique while it lives. Default: the host's name and a random part.
    #[arg(long, env = "SAGEMCP_REPLICA", value_name = "NAME")]
    replica: Option<String>,
    /// The domain below which each tenant has a host of its own, `https://{tenant}.DOMAIN/mcp`.
    #[arg(long, env = "SAGEMCP_BASE_DOMAIN", value_name = "DOMAIN")]
    base_domain: Option<String>,
    /// The URL under which clients reach this gateway.
    #[arg(long, env = "SAGEMCP_PUBLIC_URL", value_name = "URL")]
    public_url: Option<Url>,
    /// Networks of proxies whose X-Forwarded-For counts.
    #[arg(long, env = "SAGEMCP_TRUSTED_PROXIES", value_delimiter = ',', value_name = "CIDR")]
    trusted_proxies: Vec<Network>,
    /// Let hosted servers run as processes of this machine, in one trust domain with the gateway.
    #[arg(long, env = "SAGEMCP_ALLOW_PROCESS_RUNTIME")]
    allow_process_runtime: bool,
    /// Private addresses that connectors may reach, as `host|CIDR[:port]`.
    #[arg(long, env = "SAGEMCP_EGRESS_ALLOW", value_delimiter = ',', value_name = "RULE")]
    egress_allow: Vec<EgressRule>,
    /// How old configuration may be, with the database gone, before calls are refused.
    #[arg(long, env = "SAGEMCP_MAX_STALENESS", default_value = "15m", value_name = "DURATION")]
    max_staleness: Span,
    /// Requests a minute of a tenant whose manifest states no limit.
    #[arg(long, env = "RATE_LIMIT_RPM", default_value_t = DEFAULT_RPM, value_name = "COUNT")]
    rate_limit_rpm: u32,
    /// Browser origins that may read answers. `*` allows any.
    #[arg(long, env = "CORS_ALLOWED_ORIGINS", value_delimiter = ',', value_name = "ORIGIN")]
    cors_allowed_origins: Vec<String>,
    /// Browser origins that may call, and read answers. `*` allows any.
    #[arg(long, env = "MCP_ALLOWED_ORIGINS", value_delimiter = ',', value_name = "ORIGIN")]
    mcp_allowed_origins: Vec<String>,
    /// Live servers kept at once.
    #[arg(long, env = "SAGEMCP_POOL_SIZE", default_value_t = 5_000, value_name = "COUNT")]
    pool_size: usize,
    /// Time without use after which a live server ends.
    #[arg(long, env = "SAGEMCP_POOL_IDLE", default_value = "30m", value_name = "DURATION")]
    pool_idle: Span,
    /// Keep live servers between calls.
    #[arg(long, env = "SAGEMCP_ENABLE_SERVER_POOL", default_value_t = true, action = ArgAction::Set, value_name = "BOOL")]
    enable_server_pool: bool,
    /// Give clients of earlier protocol versions a session.
    #[arg(long, env = "SAGEMCP_ENABLE_SESSION_MANAGEMENT", default_value_t = true, action = ArgAction::Set, value_name = "BOOL")]
    enable_session_management: bool,
    /// Serve /metrics.
    #[arg(long, env = "SAGEMCP_ENABLE_METRICS", default_value_t = true, action = ArgAction::Set, value_name = "BOOL")]
    enable_metrics: bool,
    /// Ask for API keys. Can be off on a loopback listener only.
    #[arg(long, env = "SAGEMCP_ENABLE_AUTH", default_value_t = true, action = ArgAction::Set, value_name = "BOOL")]
    enable_auth: bool,
    /// How long calls in flight may take to end at shutdown.
    #[arg(long, env = "SAGEMCP_DRAIN_TIMEOUT", default_value = "25s", value_name = "DURATION")]
    drain_timeout: Span,
    /// What is logged: error, warn, info, debug, trace, or target=level pairs.
    #[arg(long, env = "SAGEMCP_LOG", default_value = "info", value_name = "FILTER")]
    pub(super) log_level: String,
    /// How it is logged: json or pretty.
    #[arg(long, env = "SAGEMCP_LOG_FORMAT", default_value_t = Format::Json, value_name = "FORMAT")]
    pub(super) log_format: Format,
}

impl ServeArgs {
    /// The options and keys that the flags mean.
    pub(super) fn resolve(&self) -> Result<(GatewayOptions, KeyRing), InvalidOption> {
        let options = self.options()?;
        options.validate()?;
        telemetry::log::check_filter(&self.log_level)
            .map_err(|error| InvalidOption { flag: "--log-level", reason: error.to_string() })?;
        Ok((options, self.ring()?))
    }

    fn options(&self) -> Result<GatewayOptions, InvalidOption> {
        let mut allowed_origins = self.mcp_allowed_origins.clone();
        allowed_origins.extend(self.cors_allowed_origins.iter().cloned());
        Ok(GatewayOptions {
            listen: self.listen,
            health_listen: Some(self.health_listen),
            origin: Origin::new(&self.origin),
            replica: self.replica.clone().unwrap_or_else(default_replica),
            base_domain: self.base_domain.clone(),
            public_url: self.public_url.clone(),
            trusted_proxies: TrustedProxies(self.trusted_proxies.clone()),
            allow_process_runtime: self.allow_process_runtime,
            egress: EgressPolicy::new(self.egress_allow.clone()),
            max_staleness: self.max_staleness.duration(),
            default_rate: RateLimit { requests_per_minute: self.rate_limit_rpm, burst: None },
            allowed_origins: allowed_origins.into_iter().filter(|origin| !origin.is_empty()).collect(),
            pool: PoolLimits {
                size: if self.enable_server_pool { self.pool_size } else { 0 },
                idle: self.pool_idle.duration(),
            },
            sessions: self.enable_session_management,
            metrics: self.enable_metrics,
            authenticate: self.enable_auth,
            drain: self.drain_timeout.duration(),
        })
    }

    fn ring(&self) -> Result<KeyRing, InvalidOption> {
        let wrong = |reason: String| InvalidOption { flag: "--keyring-file", reason };
        if let Some(path) = &self.keyring_file {
            let text = std::fs::read_to_string(path)
                .map(SecretString::from)
                .map_err(|error| wrong(format!("cannot read {}: {error}", path.display())))?;
            return KeyRing::parse(text.expose_secret()).map_err(|error| wrong(error.to_string()));
        }
        let phrase = std::env::var(SECRET_KEY).map(SecretString::from);
        let phrase =
            phrase.map_err(|_| wrong(format!("give a key ring, or a passphrase in {SECRET_KEY}")))?;
        KeyRing::from_passphrase(&phrase).map_err(|error| wrong(error.to_string()))
    }

    pub(super) fn database_url(&self) -> &str {
        self.database_url.expose_secret()
    }

    pub(super) fn store_options(&self) -> store::Options {
        store::Options {
            role: self.database_role.clone(),
            listen_url: self.database_listen_url.as_ref().map(|url| url.expose_secret().to_owned()),
            ..store::Options::default()
        }
    }
}

/// The host's name, which is the pod's in a cluster, and a random part for hosts with several replicas.
fn default_replica() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "gateway".to_owned());
    format!("{host}-{:06x}", rand::random::<u32>() & 0x00ff_ffff)
}
