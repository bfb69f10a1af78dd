//! What a row of configuration says once every reference is resolved: the operator writes it, the gateway reads it.
//!
//! These types hold nothing secret. Secret values travel beside them, sealed, as `secrets::ConnectorSecrets`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::tools::ToolRules;

/// A token bucket: how fast it refills and how much it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RateLimit {
    /// Requests a minute in the long run.
    #[schemars(range(min = 1, max = 10_000_000), extend("format" = "int32"))]
    pub requests_per_minute: u32,
    /// Requests that may come at once. Default: as many as a minute's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000_000), extend("format" = "int32"))]
    pub burst: Option<u32>,
}

/// Bounds on what one tenant takes of a gateway replica.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    /// Calls in flight at once on one replica. Default: 64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000), extend("format" = "int32"))]
    pub max_concurrent_calls: Option<u32>,
    /// Hosted servers running at once on one replica. Default: 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000), extend("format" = "int32"))]
    pub max_hosted_servers: Option<u32>,
}

impl Limits {
    /// Calls in flight at once on one replica.
    #[must_use]
    pub fn concurrent_calls(&self) -> u32 {
        self.max_concurrent_calls.unwrap_or(64)
    }

    /// Hosted servers running at once on one replica.
    #[must_use]
    pub fn hosted_servers(&self) -> u32 {
        self.max_hosted_servers.unwrap_or(10)
    }
}

/// A tenant's configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantConfig {
    /// The name people see.
    pub display_name: String,
    /// A suspended tenant's keys are refused.
    #[serde(default)]
    pub suspended: bool,
    /// Its own rate limit; absent means the gateway's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// Its other bounds.
    #[serde(default)]
    pub limits: Limits,
    /// Browser origins that may call, besides the gateway's own list. `*` allows any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_origins: Vec<String>,
}

/// A connector's configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorConfig {
    /// The name people see.
    pub display_name: String,
    /// A disabled connector answers as if it were not there.
    pub enabled: bool,
    /// What stands behind it.
    pub backend: Backend,
    /// Which tools are offered.
    #[serde(default)]
    pub tools: ToolRules,
    /// Put before every tool name of a hosted or remote server, as `<prefix>__<tool>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_prefix: Option<String>,
    /// Whose credential a call uses.
    #[serde(default)]
    pub credential_level: CredentialLevel,
}

/// Whose upstream credential a call uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CredentialLevel {
    /// The tenant's.
    #[default]
    Tenant,
    /// The caller's own, given with each request; the tenant's serves callers that give none.
    User,
}

/// What stands behind a connector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Backend {
    /// A connector document, served by our own engine.
    #[serde(rename_all = "camelCase")]
    Native {
        /// The document's name: a file of the catalog, or a ConnectorDefinition.
        service: String,
        /// Replaces the document's base URL, for self-hosted installations.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base_url: Option<String>,
        /// Values for the document's `config` schema.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        settings: Map<String, Value>,
    },
    /// An MCP server that the gateway starts and speaks to over standard input and output.
    #[serde(rename_all = "camelCase")]
    Hosted {
        /// The program.
        command: String,
        /// Its arguments.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        args: Vec<String>,
        /// Environment variables that are not secret.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        env: BTreeMap<String, String>,
    },
    /// An MCP server somewhere else, spoken to over Streamable HTTP.
    #[serde(rename_all = "camelCase")]
    Remote {
        /// Its endpoint.
        url: String,
    },
}

impl Backend {
    /// The one word that names the kind in columns and metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Native { .. } => "native",
            Self::Hosted { .. } => "hosted",
            Self::Remote { .. } => "remote",
        }
    }
}
