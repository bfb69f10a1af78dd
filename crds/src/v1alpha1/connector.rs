//! `Connector`: one MCP server of a tenant, native, hosted or remote.

use domain::{config::CredentialLevel, tools::ToolRules};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::TenantRef;

/// One MCP server of a tenant.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[kube(
    group = "sagemcp.io",
    version = "v1alpha1",
    kind = "Connector",
    namespaced,
    status = "ConnectorStatus",
    shortname = "conn",
    category = "sagemcp",
    derive = "PartialEq",
    doc = "A Connector is one MCP server of a tenant: a native connector to a vendor's API, a server that the gateway hosts, or a remote one. Its name in URLs is metadata.name.",
    printcolumn(name = "Tenant", type_ = "string", json_path = ".spec.tenantRef.name"),
    printcolumn(name = "Kind", type_ = "string", json_path = ".status.kind"),
    printcolumn(name = "Tools", type_ = "integer", json_path = ".status.tools.count"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason"),
    printcolumn(name = "Endpoint", type_ = "string", json_path = ".status.endpoint", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    validation = Rule::new("self.metadata.name.size() <= 63 && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')")
        .message("metadata.name is the connector's name in URLs and must be one DNS label of at most 63 characters")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("[has(self.native), has(self.hosted), has(self.remote)].filter(x, x).size() == 1")
        .message("set exactly one of spec.native, spec.hosted and spec.remote"),
    validation = Rule::new("self.tenantRef.name == oldSelf.tenantRef.name")
        .message("spec.tenantRef is immutable: create another Connector instead"),
    validation = Rule::new("!has(self.toolPrefix) || !has(self.native)")
        .message("spec.toolPrefix is for hosted and remote servers: native tools keep their names")
)]
pub struct ConnectorSpec {
    /// The tenant, in the same namespace. Immutable.
    pub tenant_ref: TenantRef,
    /// The name people see. Default: the object's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub display_name: Option<String>,
    /// A disabled connector answers as if it were not there.
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// A connector to a vendor's API, served by our own engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<NativeSpec>,
    /// A published MCP server that the gateway starts and speaks to over standard input and output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosted: Option<HostedSpec>,
    /// An MCP server somewhere else, spoken to over Streamable HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<RemoteSpec>,
    /// The upstream credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<CredentialsSpec>,
    /// Which tools are offered.
    #[serde(default)]
    pub tools: ToolRules,
    /// Put before every tool name of a hosted or remote server: `<prefix>__<tool>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 30), regex(pattern = "^[a-z][a-z0-9_-]*$"))]
    pub tool_prefix: Option<String>,
}

fn enabled() -> bool {
    true
}

/// A connector to a vendor's API.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NativeSpec {
    /// Which: a name of the catalog such as `github`, or of a ConnectorDefinition.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 63))]
    pub type_: String,
    /// The API's base URL at a self-hosted installation, as in `https://github.example.com/api/v3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500), regex(pattern = "^https?://"))]
    pub base_url: Option<String>,
    /// Settings that the connector's document asks for.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(schema_with = "open_object")]
    pub config: Map<String, Value>,
    /// Secret headers that the connector's document asks for besides the credential, such as a second key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub headers_from: Vec<HeaderFrom>,
}

/// A published MCP server that the gateway starts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HostedSpec {
    /// How it runs.
    #[serde(default)]
    pub runtime: HostedRuntime,
    /// The program, looked up in the gateway's PATH.
    #[schemars(length(min = 1, max = 500))]
    pub command: String,
    /// Its arguments. No shell is involved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(max = 4096)))]
    pub args: Vec<String>,
    /// Its environment. From the gateway's own it inherits PATH, HOME, TMPDIR, language and time zone, and what downloads
    /// need: proxies, certificate files and package indexes. Nothing else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub env: Vec<EnvVar>,
}

/// How a hosted server runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum HostedRuntime {
    /// As a child process of the gateway, in one trust domain with it: on in `sagemcp up`, elsewhere only with
    /// `--allow-process-runtime`.
    #[default]
    Process,
}

/// One environment variable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("has(self.value) != has(self.secretRef)").message("set exactly one of value and secretRef"))]
pub struct EnvVar {
    /// The variable's name.
    #[schemars(length(min = 1, max = 128), regex(pattern = "^[A-Za-z_][A-Za-z0-9_]*$"))]
    pub name: String,
    /// Its value, if that is no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32768))]
    pub value: Option<String>,
    /// The Secret entry that holds its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretKeyRef>,
}

/// An MCP server somewhere else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoteSpec {
    /// Its Streamable HTTP endpoint.
    #[schemars(length(min = 1, max = 1000), regex(pattern = "^https?://"))]
    pub url: String,
    /// Headers to send, with values from Secrets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub headers_from: Vec<HeaderFrom>,
}

/// A header with its value from a Secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeaderFrom {
    /// The header's name.
    #[schemars(length(min = 1, max = 128), regex(pattern = "^[A-Za-z0-9-]+$"))]
    pub name: String,
    /// The Secret entry that holds its value.
    pub secret_ref: SecretKeyRef,
}

/// The upstream credential: one of its fields at least.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("has(self.secretRef) || has(self.oauth)").message("set secretRef, oauth or both"))]
pub struct CredentialsSpec {
    /// The tenant's credential: a token in a Secret labelled `sagemcp.io/use: credentials`. For a native connector it
    /// is sent as the vendor's API wants it, for a remote server as `Authorization: Bearer`, and a hosted server finds
    /// it in `OAUTH_TOKEN` and `ACCESS_TOKEN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretKeyRef>,
    /// Credentials that belong to the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth: Option<OAuthCredentials>,
}

/// Whose OAuth credential a call uses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OAuthCredentials {
    /// `User`: each caller gives its own in `X-User-OAuth-Token`.
    pub level: CredentialLevel,
}

/// One entry of a Secret in the same namespace, which must be labelled `sagemcp.io/use: credentials`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretKeyRef {
    /// The Secret's name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The entry. Default: `token`.
    #[serde(default = "token", skip_serializing_if = "is_token")]
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
    /// Whether the connector also works without it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
}

fn token() -> String {
    super::names::SECRET_TOKEN.to_owned()
}

fn is_token(key: &str) -> bool {
    key == super::names::SECRET_TOKEN
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// What the operator and the gateway made of the connector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorStatus {
    /// The generation that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Accepted, ReferencesResolved, Programmed, Served, ToolsDiscovered, and Ready for all of them. Ready does not wait
    /// for the tools of a native or a disabled connector, nor of one in which users act with credentials of their own.
    #[serde(default)]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// `native`, `hosted` or `remote`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Where clients find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The tools it offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<ToolsStatus>,
    /// The store's identifier of the connector; re-creating the object keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector_id: Option<String>,
    /// The configuration revision that holds this generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
}

/// The tools that a connector offers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolsStatus {
    /// How many.
    pub count: i32,
}

fn open_object(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}
