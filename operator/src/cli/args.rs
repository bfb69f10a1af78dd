//! The flags, each with its environment variable. What they mean is checked before anything is opened.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use connectors::egress::{EgressPolicy, EgressRule};
use domain::{duration::Span, ids::Origin};
use kube::Config;
use secrecy::{ExposeSecret, SecretString};
use secrets::KeyRing;
use store::MigrateOptions;
use telemetry::log::Format;
use url::Url;

use crate::{
    bootstrap::BootstrapKey, endpoints::Endpoints, error::Error, leader::LeaderOptions,
    options::OperatorOptions,
};

/// Holds a passphrase, if there is no key ring.
const SECRET_KEY: &str = "SECRET_KEY";
/// Holds the platform administrator's first key, if no file does.
const BOOTSTRAP_ADMIN_KEY: &str = "SAGEMCP_BOOTSTRAP_ADMIN_KEY";

/// What `operator run` is told.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Where the database is. It holds a password, so give it in the environment.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: SecretString,
    /// Where to LISTEN, if the database URL leads to a transaction pooler.
    #[arg(long, env = "DATABASE_LISTEN_URL", hide_env_values = true, value_name = "URL")]
    database_listen_url: Option<SecretString>,
    /// The database role to take on after login.
    #[arg(long, env = "SAGEMCP_DATABASE_ROLE", value_name = "ROLE")]
    database_role: Option<String>,
    /// The file with the installation's keys. Instead, the environment variable SECRET_KEY may hold a passphrase.
    #[arg(long, env = "SAGEMCP_KEYRING_FILE", value_name = "PATH")]
    keyring_file: Option<PathBuf>,
    /// The Secret in the operator's namespace that the key ring comes from. No object may name it.
    #[arg(long, env = "SAGEMCP_KEYRING_SECRET", value_name = "NAME")]
    keyring_secret: Option<String>,
    /// The file with a platform_admin key to begin with: it becomes Secret and ApiKey `bootstrap-admin` in the operator's
    /// namespace. Instead, the environment variable SAGEMCP_BOOTSTRAP_ADMIN_KEY may hold the key.
    #[arg(long, env = "SAGEMCP_BOOTSTRAP_ADMIN_KEY_FILE", value_name = "PATH")]
    bootstrap_admin_key_file: Option<PathBuf>,
    /// The installation, if several share the database. It must never change while its rows exist.
    #[arg(long, env = "SAGEMCP_ORIGIN", default_value = "default", value_name = "NAME")]
    origin: String,
    /// The operator's own namespace: where the Lease is, and where `platform_admin` keys are accepted. Default: the
    /// namespace of the service account or the kubeconfig.
    #[arg(long, env = "POD_NAMESPACE", value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Names this process in the Lease. Default: the host's name and a random part.
    #[arg(long, env = "POD_NAME", value_name = "NAME")]
    identity: Option<String>,
    /// The Lease that says which of several operators works.
    #[arg(long, env = "SAGEMCP_LEASE", default_value = "sagemcp-operator", value_name = "NAME")]
    lease: String,
    /// How long the Lease is good for after its last renewal: so long may a crash of the leader go unnoticed.
    #[arg(long, env = "SAGEMCP_LEASE_DURATION", default_value = "15s", value_name = "DURATION")]
    lease_duration: Span,
    /// Where clients reach the gateway: tenants are at `URL/api/v1/{tenant}/mcp`.
    #[arg(long, env = "SAGEMCP_PUBLIC_URL", value_name = "URL")]
    public_url: Option<Url>,
    /// The domain whose hosts are tenants: `https://{tenant}.DOMAIN/mcp`.
    #[arg(long, env = "SAGEMCP_BASE_DOMAIN", value_name = "DOMAIN")]
    base_domain: Option<String>,
    /// A private address that connectors may reach, as host, CIDR or either with :port. The gateway needs the same.
    #[arg(long, env = "SAGEMCP_EGRESS_ALLOW", value_delimiter = ',', value_name = "RULE")]
    egress_allow: Vec<EgressRule>,
    /// Accept hosted servers that run as processes of the gateway, in one trust domain with it.
    #[arg(long, env = "SAGEMCP_ALLOW_PROCESS_RUNTIME")]
    allow_process_runtime: bool,
    /// How much of a kind the sweep may remove at once, in per cent; ten objects it may remove always.
    #[arg(long, env = "SAGEMCP_SWEEP_MAX_PERCENT", default_value_t = 20, value_parser = clap::value_parser!(u8).range(..=100), value_name = "PERCENT")]
    sweep_max_percent: u8,
    /// How many objects of each kind are worked on at once.
    #[arg(long, env = "SAGEMCP_CONCURRENCY", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256), value_name = "COUNT")]
    concurrency: u16,
    /// Where /healthz, /readyz and /metrics are.
    #[arg(long, env = "SAGEMCP_HEALTH_LISTEN", default_value = "127.0.0.1:8082", value_name = "ADDRESS")]
    pub(super) health_listen: SocketAddr,
    /// What is logged: error, warn, info, debug, trace, or target=level.
    #[arg(long, env = "SAGEMCP_LOG", default_value = "info", value_name = "FILTER")]
    pub(super) log_level: String,
    /// How it is logged: json or pretty.
    #[arg(long, env = "SAGEMCP_LOG_FORMAT", default_value_t = Format::Json, value_name = "FORMAT")]
    pub(super) log_format: Format,
}

/// What `operator migrate` is told.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// The database, with a login that owns the schema. It holds a password, so give it in the environment.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: SecretString,
    /// The role that writes configuration.
    #[arg(long, env = "SAGEMCP_OPERATOR_ROLE", default_value = "sagemcp_operator", value_name = "ROLE")]
    operator_role: String,
    /// The role that reads configuration and reports.
    #[arg(long, env = "SAGEMCP_GATEWAY_ROLE", default_value = "sagemcp_gateway", value_name = "ROLE")]
    gateway_role: String,
}

impl RunArgs {
    /// The operator's options, its Lease and its keys.
    pub(super) fn resolve(&self, config: &Config) -> Result<(OperatorOptions, LeaderOptions), Error> {
        let namespace = self.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let identity = self.identity.clone().unwrap_or_else(default_identity);
        if self.origin.is_empty() || self.origin.len() > 63 {
            return Err(wrong("--origin", "must have 1 to 63 characters"));
        }
        if self.public_url.as_ref().is_some_and(Url::cannot_be_a_base) {
            return Err(wrong("--public-url", "must be a URL as in https://mcp.example.com"));
        }
        let bootstrap_admin = self.bootstrap_admin()?;
        let options = OperatorOptions {
            endpoints: Endpoints::new(self.public_url.clone(), self.base_domain.clone()),
            egress: EgressPolicy::new(self.egress_allow.clone()),
            allow_process_runtime: self.allow_process_runtime,
            key_ring_secret: self.keyring_secret.clone(),
            bootstrap_admin,
            sweep_max_percent: self.sweep_max_percent,
            concurrency: usize::from(self.concurrency),
            ..OperatorOptions::new(Origin::new(&self.origin), identity.clone(), namespace.clone())
        };
        let duration = self.lease_duration.duration();
        let lease = LeaderOptions {
            duration,
            period: duration / 3,
            ..LeaderOptions::new(namespace, &self.lease, identity)
        };
        Ok((options, lease))
    }

    /// The administrator's first key, if one was given.
    pub(super) fn bootstrap_admin(&self) -> Result<Option<BootstrapKey>, Error> {
        let (setting, text) = if let Some(path) = &self.bootstrap_admin_key_file {
            let setting = "--bootstrap-admin-key-file";
            let text = std::fs::read_to_string(path)
                .map_err(|error| wrong(setting, format!("cannot read {}: {error}", path.display())))?;
            (setting, text)
        } else {
            match std::env::var(BOOTSTRAP_ADMIN_KEY) {
                Ok(text) => (BOOTSTRAP_ADMIN_KEY, text),
                Err(std::env::VarError::NotPresent) => return Ok(None),
                Err(_) => return Err(wrong(BOOTSTRAP_ADMIN_KEY, "is not text")),
            }
        };
        let key = BootstrapKey::parse(&SecretString::from(text)).ok_or_else(|| {
            wrong(
                setting,
                "is no platform_admin key (smcp_pa_...); leave it out, apply an ApiKey of scope platform_admin in the \
                 operator's namespace, and the operator mints one: entry apiKey of its Secret",
            )
        })?;
        Ok(Some(key))
    }

    pub(super) fn ring(&self) -> Result<KeyRing, Error> {
        if let Some(path) = &self.keyring_file {
            let text = std::fs::read_to_string(path).map(SecretString::from).map_err(|error| {
                wrong("--keyring-file", format!("cannot read {}: {error}", path.display()))
            })?;
            return KeyRing::parse(text.expose_secret())
                .map_err(|error| wrong("--keyring-file", error.to_string()));
        }
        let phrase = std::env::var(SECRET_KEY).map(SecretString::from).map_err(|_| {
            wrong("--keyring-file", format!("give a key ring, or a passphrase in {SECRET_KEY}"))
        })?;
        KeyRing::from_passphrase(&phrase).map_err(|error| wrong(SECRET_KEY, error.to_string()))
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

impl MigrateArgs {
    pub(super) fn resolve(&self) -> (&str, MigrateOptions) {
        let Self { database_url, operator_role, gateway_role } = self;
        let options =
            MigrateOptions { operator_role: operator_role.clone(), gateway_role: gateway_role.clone() };
        (database_url.expose_secret(), options)
    }
}

fn wrong(setting: &'static str, reason: impl Into<String>) -> Error {
    Error::Config { setting, reason: reason.into() }
}

/// The host's name, which is the pod's in a cluster, and a random part: two processes of one name would both believe
/// that they hold the Lease.
fn default_identity() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "operator".to_owned());
    format!("{host}_{:08x}", rand::random::<u32>())
}
