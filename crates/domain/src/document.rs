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
    /// Where the API is: scheme, host and an optional path. Paths of requests are appended. Its path may hold
    /// `{variables}` that `baseVariables` looks up.
    #[schemars(length(min = 1, max = 500))]
    pub base_url: String,
    /// How to find the values of the variables of `baseUrl`, such as the site that a token is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_variables: Option<LookupDocument>,
    /// Further base URLs of the vendor, by name; a request names one as `server`. They get the credential too.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub servers: BTreeMap<String, String>,
    /// Hosts besides those of `baseUrl` and `servers` that requests and redirects may reach, without the credential.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_hosts: Vec<String>,
    /// Headers of every request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// How requests are authenticated.
    #[serde(default)]
    pub auth: Auth,
    /// What a person does in the vendor's console to get a credential, in Markdown. The connector's page shows it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 4000))]
    pub setup: String,
    /// JSON Schema of the settings that `Connector.spec.native.config` may hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "open_object")]
    pub config: Option<Map<String, Value>>,
    /// jq over an error reply's JSON that gives the vendor's own words for what went wrong, as one text. Default: the
    /// usual places (`message`, `error`, `error.message`, `error_description`, `detail`, `errors[0].message`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// jq over the JSON of a reply with a status of success, for APIs that report failures there: null where all is well,
    /// else the vendor's words for what went wrong, as one text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The tools, in the order in which they are listed.
    pub tools: Vec<ToolDocument>,
    /// Names that people know and that no tool stands for any more, because the vendor has taken its API away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<RemovedTool>,
    /// The resources, if there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceDocument>,
    /// How to find the concrete resources that `resources/list` names. Absent: only those without variables are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_list: Option<ResourceListDocument>,
}

/// The name of the ConnectorDefinition that stands for a service: names of objects hold no `_`, so `-` stands for it.
#[must_use]
pub fn definition_name(service: &str) -> String {
    service.replace('_', "-")
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
    /// The field of a JSON body that `body` puts the credential into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Secret headers besides the credential, such as a second key: the name of each and what it holds. A Connector gives
    /// them in `native.headersFrom`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secret_headers: BTreeMap<String, String>,
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
    /// `Authorization: Basic`, the credential being `user:password`, or a user alone.
    Basic,
    /// As `basic` where the credential is `user:password`, else as `bearer`. For vendors that take either; their tokens
    /// hold no colon.
    BearerOrBasic,
    /// `Authorization: Bot <credential>`.
    Bot,
    /// The credential as the value of `auth.header`.
    Header,
    /// The credential as the field `auth.field` of every JSON body.
    Body,
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
    /// How further pages are fetched, which adds the argument `max_pages` to the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<PagingDocument>,
    /// The reply is a file rather than JSON: the result is an embedded resource. Excludes `response` and `output`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileDocument>,
}

/// How further pages of a tool are fetched: the engine calls again while there is more and `max_pages` allows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PagingDocument {
    /// The argument that says which page: a number or a cursor.
    pub argument: String,
    /// The field of the result that leads on: the `argument` of the next page, null on the last.
    pub next: String,
    /// The field of the result that lists the items. Those of all pages are put together.
    pub items: String,
}

/// A reply that is a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileDocument {
    /// The file's URI: an RFC 6570 template over the arguments, as in `gdrive://file/{file_id}`.
    pub uri: String,
    /// Its media type, where the `Content-Type` of the reply does not say it well enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
}

/// A name that no tool stands for any more. A call of it is answered with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemovedTool {
    /// The name without the service's prefix.
    pub name: String,
    /// Why it is gone, and what to use instead: a sentence.
    #[schemars(length(min = 1, max = 1000))]
    pub reason: String,
}

/// A request whose reply gives values to what comes after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LookupDocument {
    /// The request, without arguments.
    pub request: RequestDocument,
    /// jq over its reply's JSON that gives an object of the values, or a text that says why there are none.
    pub response: String,
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
    /// The method. A tool is read-only when this is GET or HEAD, or `safe` is said, or all operations of `graphql` are
    /// queries.
    pub method: Method,
    /// A POST that only reads, as a search with a long query does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub safe: bool,
    /// Which of the document's `servers` it goes to, instead of `baseUrl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// RFC 6570 template over the arguments and `variables`, appended to the base URL. Operators `+` and `#` are refused.
    /// May be empty where the base URL is all of it.
    #[schemars(length(max = 2000))]
    pub url: String,
    /// Headers of this request: literal texts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// jq over the arguments that gives an object: variables of the URL template besides the arguments, which they
    /// override. For what a template cannot say: a search query, a path cut into segments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variables: Option<String>,
    /// jq over the arguments that builds the body; with `graphql`, its variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// How the body is written.
    #[serde(default, skip_serializing_if = "Encoding::is_json")]
    pub encoding: Encoding,
    /// A GraphQL document with one operation, sent with the variables that `body` gives. The method is POST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graphql: Option<String>,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Encoding {
    /// As JSON.
    #[default]
    Json,
    /// An object as `application/x-www-form-urlencoded`: null is left out, a list repeats its field.
    Form,
    /// An object as `multipart/form-data`: each field a text, or a file as `{filename, contentType, text}` or
    /// `{filename, contentType, base64}`.
    Multipart,
    /// An object `{contentType, text}` or `{contentType, base64}` as it is.
    Raw,
}

impl Encoding {
    /// Whether it is JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        matches!(self, Self::Json)
    }
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
    /// The named requests it makes, each a template over the arguments and over what the function adds to them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub requests: BTreeMap<String, RequestDocument>,
    /// What tells one use of the function from another, as it describes.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(schema_with = "open_object")]
    pub options: Map<String, Value>,
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
