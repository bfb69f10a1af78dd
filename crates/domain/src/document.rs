//! Connector documents: a vendor's API as data. `catalog/*.yaml` and `ConnectorDefinition` hold the same type.
//!
//! A tool is four standards and no invention: JSON Schema for its input, RFC 6570 for its URL, jq for the body and the
//! shape of the reply, MCP annotations for what it may do. The `connectors` crate compiles and runs documents; this
//! module only says what one looks like.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A vendor's API as MCP tools and resources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConnectorDocument {
    /// What `Connector.spec.native.type` calls it, and the prefix of its tool names: `github` makes `github_list_issues`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]{0,30}$"))]
    pub service: String,
    /// The vendor's name as people write it.
    #[schemars(length(min = 1, max = 80))]
    pub title: String,
    /// What the tools are for, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 1000))]
    pub description: String,
    /// Where the API is: scheme, host and an optional path. Paths of requests are appended.
    #[schemars(length(min = 1, max = 500))]
    pub base_url: String,
    /// Hosts besides that of `baseUrl` that requests and redirects may reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_hosts: Vec<String>,
    /// Headers of every request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// How requests are authenticated.
    #[serde(default)]
    pub auth: Auth,
    /// JSON Schema of the settings that `Connector.spec.native.config` may hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "open_object")]
    pub config: Option<Map<String, Value>>,
    /// jq over an error reply's JSON that gives the vendor's own words for what went wrong, as one text. Default: the
    /// usual places (`message`, `error`, `error.message`, `error_description`, `detail`, `errors[0].message`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// The tools, in the order in which they are listed.
    pub tools: Vec<ToolDocument>,
    /// The resources, if there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceDocument>,
    /// How to find the concrete resources that `resources/list` names. Absent: only those without variables are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_list: Option<ResourceListDocument>,
}

/// How requests are authenticated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Auth {
    /// Where the credential goes.
    #[serde(default)]
    pub scheme: AuthScheme,
    /// The header that `header` sends the credential in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Whether the API also answers without a credential.
    #[serde(default)]
    pub optional: bool,
    /// The OAuth provider whose tokens fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Every OAuth scope that the tools need.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}

/// Where the credential goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AuthScheme {
    /// `Authorization: Bearer <credential>`.
    #[default]
    Bearer,
    /// `Authorization: Basic`, the credential being `user:password`.
    Basic,
    /// `Authorization: Bot <credential>`.
    Bot,
    /// The credential as the value of `auth.header`.
    Header,
    /// No credential.
    None,
}

/// One tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ToolDocument {
    /// The name without the service's prefix.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]{0,60}$"))]
    pub name: String,
    /// Earlier names that still work when called. They are not listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// A few words for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What helps a model choose: when to use it, what comes back, units.
    #[schemars(length(min = 1, max = 1000))]
    pub description: String,
    /// What the tool may do.
    #[serde(default)]
    pub annotations: Annotations,
    /// JSON Schema (2020-12) of the arguments.
    #[schemars(schema_with = "open_object")]
    pub input: Map<String, Value>,
    /// JSON Schema of the structured result, where the reply is shaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "open_object")]
    pub output: Option<Map<String, Value>>,
    /// OAuth scopes that this tool needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The one request. Exactly one of `request` and `function` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestDocument>,
    /// A named function of the engine, for what one request cannot say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<FunctionDocument>,
    /// jq over the reply's JSON (of a function: over what the function returns) that shapes the result. It sees the
    /// variables of `docs/connectors.md`: `$args`, `$settings`, `$headers`, `$next_page` ... Absent: the reply as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
}

/// MCP's tool annotations (2025-03-26 and later).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Annotations {
    /// The tool changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only_hint: Option<bool>,
    /// A change may delete or overwrite something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destructive_hint: Option<bool>,
    /// Calling again with the same arguments changes nothing more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotent_hint: Option<bool>,
    /// The tool reaches beyond a closed domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_world_hint: Option<bool>,
}

/// One HTTP request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestDocument {
    /// The method. A tool is read-only when this is GET or HEAD.
    pub method: Method,
    /// RFC 6570 template over the arguments and `variables`, appended to the base URL. Operators `+` and `#` are refused.
    #[schemars(length(min = 1, max = 2000))]
    pub url: String,
    /// Headers of this request: literal texts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// jq over the arguments that gives an object: variables of the URL template besides the arguments, which they
    /// override. For what a template cannot say: a search query, a path cut into segments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variables: Option<String>,
    /// jq over the arguments that builds the JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Read.
    Get,
    /// Read without a body.
    Head,
    /// Create or act.
    Post,
    /// Replace.
    Put,
    /// Change.
    Patch,
    /// Remove.
    Delete,
}

impl Method {
    /// Whether the method changes nothing (RFC 9110 section 9.2.1).
    #[must_use]
    pub fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }

    /// Whether repeating the request is harmless (RFC 9110 section 9.2.2).
    #[must_use]
    pub fn is_idempotent(self) -> bool {
        !matches!(self, Self::Post | Self::Patch)
    }
}

/// A named function of the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FunctionDocument {
    /// Which function, from the list in `docs/connectors.md`.
    pub name: String,
    /// The named requests it makes, each a template over the arguments.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub requests: BTreeMap<String, RequestDocument>,
}

/// A resource or a template of resources (RFC 6570 URI).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceDocument {
    /// The URI, as in `github://repo/{owner}/{name}/readme`; with variables it is listed as a template. `{+name}` takes
    /// slashes too.
    pub uri: String,
    /// Its name.
    pub name: String,
    /// What it holds.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// The request that reads it, over the URI's variables. Exactly one of `request` and `function` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestDocument>,
    /// A named function of the engine, for what one request cannot say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<FunctionDocument>,
    /// jq that shapes the contents, as for a tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
}

/// How to find the concrete resources of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceListDocument {
    /// The request, without arguments.
    pub request: RequestDocument,
    /// jq over its reply that gives a list of `{uri, name, description?, mimeType?}`.
    pub response: String,
}

/// A schema for JSON that is itself open: a JSON Schema, or free settings.
fn open_object(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}
