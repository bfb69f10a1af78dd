//! Tools and resources as MCP lists them.

use serde::Serialize;
use serde_json::{Map, Value};

/// A tool (`Tool`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolListing {
    /// The full name, as in `github_list_issues`.
    pub name: String,
    /// A few words for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What helps a model choose.
    pub description: String,
    /// JSON Schema of the arguments.
    pub input_schema: Map<String, Value>,
    /// JSON Schema of the structured result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Map<String, Value>>,
    /// What the tool may do, all four hints.
    pub annotations: ToolAnnotations,
    /// OAuth scopes that it needs. Not part of MCP.
    #[serde(skip)]
    pub scopes: Vec<String>,
}

/// What a tool may do. `read_only_hint` is proven from the methods of its requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolAnnotations {
    /// It changes nothing.
    pub read_only_hint: bool,
    /// A change may delete or overwrite something.
    pub destructive_hint: bool,
    /// Calling again with the same arguments changes nothing more.
    pub idempotent_hint: bool,
    /// It reaches beyond a closed domain.
    pub open_world_hint: bool,
}

/// A resource (`Resource`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceListing {
    /// Its URI.
    pub uri: String,
    /// Its name.
    pub name: String,
    /// What it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
}

/// A template of resources (`ResourceTemplate`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceTemplateListing {
    /// Its RFC 6570 URI.
    pub uri_template: String,
    /// Its name.
    pub name: String,
    /// What such a resource holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its media type, where all have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
}
