//! `ApiKey`: a key to a tenant's endpoints, minted into a Secret or adopted from one.

use domain::{duration::Span, principal::Scope};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TenantRef;

/// A key to a tenant's endpoints.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[kube(
    group = "sagemcp.io",
    version = "v1alpha1",
    kind = "ApiKey",
    namespaced,
    status = "ApiKeyStatus",
    shortname = "ak",
    category = "sagemcp",
    derive = "PartialEq",
    doc = "An ApiKey is a key to a tenant's endpoints. The operator mints it into the Secret named in spec.secretName; a key that is already there is adopted.",
    printcolumn(name = "Tenant", type_ = "string", json_path = ".spec.tenantRef.name"),
    printcolumn(name = "Scope", type_ = "string", json_path = ".spec.scope"),
    printcolumn(name = "Secret", type_ = "string", json_path = ".status.secretName"),
    printcolumn(name = "Expires", type_ = "string", json_path = ".status.expiresAt"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status"
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("self.scope == 'platform_admin' || has(self.tenantRef)")
        .message("spec.tenantRef is required for tenant_admin and tenant_user keys"),
    validation = Rule::new("self.scope != 'platform_admin' || !has(self.tenantRef)")
        .message("a platform_admin key belongs to no tenant: leave spec.tenantRef out"),
    validation = Rule::new("!has(self.expiresAt) || !has(self.ttl)").message("set at most one of spec.expiresAt and spec.ttl"),
    validation = Rule::new("self.scope == oldSelf.scope").message("spec.scope is immutable: create another ApiKey instead"),
    validation = Rule::new("has(self.tenantRef) == has(oldSelf.tenantRef) && (!has(self.tenantRef) || self.tenantRef.name == oldSelf.tenantRef.name)")
        .message("spec.tenantRef is immutable: create another ApiKey instead")
)]
pub struct ApiKeySpec {
    /// The tenant, in the same namespace. Left out for a platform_admin key. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_ref: Option<TenantRef>,
    /// What the key may do. `platform_admin` is accepted only in the operator's own namespace. Immutable.
    pub scope: Scope,
    /// The person or agent that the key stands for. Default: the object's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub subject: Option<String>,
    /// The Secret that holds the key. Default: the object's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$"))]
    pub secret_name: Option<String>,
    /// When the key stops working.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
    /// How long after its creation the key stops working, as in `90d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = Rule::new("self.matches('[1-9]')").message("must be longer than zero, as in 30d"))]
    pub ttl: Option<Span>,
    /// Mint a new key in regular intervals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<RotationSpec>,
    /// The connectors that the key may use; empty means all of the tenant's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 63)))]
    pub connectors: Vec<String>,
    /// Refuse every tool that is not proven to change nothing.
    #[serde(default)]
    pub read_only: bool,
}

/// How a key is rotated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotationSpec {
    /// How long a key is the current one, as in `30d`.
    #[x_kube(validation = Rule::new("self.matches('[1-9]')").message("must be longer than zero, as in 30d"))]
    pub every: Span,
    /// How long the previous key works on after a rotation, as in `24h`. Default: `24h`.
    #[serde(default = "one_day")]
    #[x_kube(validation = Rule::new("self.matches('[1-9]')").message("must be longer than zero, as in 30d"))]
    pub overlap: Span,
}

fn one_day() -> Span {
    "24h".parse().expect("a literal span")
}

/// What the operator and the gateway made of the key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyStatus {
    /// The generation that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Accepted, ReferencesResolved, Programmed, Served, and Ready for all of them.
    #[serde(default)]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// The Secret that holds the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_name: Option<String>,
    /// The public id of the current key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// When the current key was minted or adopted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minted_at: Option<Time>,
    /// When the key stops working.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
    /// When the next key will be minted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_rotation: Option<Time>,
    /// The configuration revision that holds this generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
}
