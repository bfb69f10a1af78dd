//! `Tenant`: a team, with its name in URLs and its limits.

use domain::{
    config::{Limits, RateLimit},
    slug::Slug,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A team that MCP servers are hosted for.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[kube(
    group = "sagemcp.io",
    version = "v1alpha1",
    kind = "Tenant",
    namespaced,
    status = "TenantStatus",
    shortname = "tn",
    category = "sagemcp",
    derive = "PartialEq",
    doc = "A Tenant is a team that MCP servers are hosted for. Its slug is its name in URLs: /api/v1/{slug}/mcp.",
    printcolumn(name = "Slug", type_ = "string", json_path = ".status.slug"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason"),
    printcolumn(name = "Endpoint", type_ = "string", json_path = ".status.endpoint", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    validation = Rule::new("has(self.spec.slug) || (self.metadata.name.size() <= 63 && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'))")
        .message("metadata.name serves as the slug and must be one DNS label of at most 63 characters; set spec.slug to use another")
        .field_path(".spec.slug"),
    validation = Rule::new("!((has(self.spec.slug) ? self.spec.slug : self.metadata.name) in ['admin', 'api', 'app', 'auth', 'console', 'docs', 'gateway', 'healthz', 'internal', 'livez', 'login', 'mcp', 'metrics', 'oauth', 'operator', 'platform', 'readyz', 'sagemcp', 'static', 'status', 'system', 'well-known', 'www'])")
        .message("the slug is reserved for the platform; choose another in spec.slug")
        .field_path(".spec.slug")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("has(self.slug) == has(oldSelf.slug) && (!has(self.slug) || self.slug == oldSelf.slug)")
        .message("spec.slug is immutable: clients use it in URLs; create another Tenant instead")
)]
pub struct TenantSpec {
    /// The tenant's name in URLs and host names: one lower-case DNS label, unique in the installation, immutable.
    /// Default: the object's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Slug>,
    /// The name people see. Default: the object's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub display_name: Option<String>,
    /// A suspended tenant keeps everything, but its keys are refused.
    #[serde(default)]
    pub suspended: bool,
    /// How many requests the tenant may make. Default: the gateway's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// Bounds on what the tenant takes of each gateway replica.
    #[serde(default)]
    pub limits: Limits,
    /// Browser origins that may call, as in `https://app.example.com`; `*` allows any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), inner(length(min = 1, max = 300)))]
    pub allowed_origins: Vec<String>,
    /// What becomes of the tenant's data when the object is deleted.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
}

/// What becomes of a tenant's data when the object is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// Kept for seven days, so that re-creating the object brings it back; then purged.
    #[default]
    Retain,
    /// Purged at once.
    Delete,
}

/// What the operator and the gateway made of the tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantStatus {
    /// The generation that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Accepted, Programmed, Served, and Ready for all of them.
    #[serde(default)]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The slug in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Where clients find all of the tenant's tools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The store's identifier of the tenant; re-creating the object keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// The configuration revision that holds this generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
}

impl Tenant {
    /// The slug in use: `spec.slug`, or the object's name.
    #[must_use]
    pub fn slug(&self) -> &str {
        self.spec
            .slug
            .as_ref()
            .map_or_else(|| self.metadata.name.as_deref().unwrap_or_default(), Slug::as_str)
    }
}
