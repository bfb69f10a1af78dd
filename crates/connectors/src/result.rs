//! Results as MCP serialises them.

use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;

/// The result of a tool call (`CallToolResult`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolResult {
    /// What a model reads.
    pub content: Vec<Content>,
    /// The same as data, where the tool has an output schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structured_content: Option<Value>,
    /// Whether the call failed.
    pub is_error: bool,
    /// The status of a vendor that refused, for metrics and for noticing dead credentials. Not part of MCP.
    #[serde(skip)]
    pub vendor_status: Option<u16>,
}

/// One item of content.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Content {
    /// A text.
    Text {
        /// The text.
        text: String,
    },
    /// A document, which need not be a text.
    Resource {
        /// Its contents.
        resource: ResourceContents,
    },
    /// A document that is too large to send along.
    #[serde(rename = "resource_link")]
    ResourceLink {
        /// The URI to read it under.
        uri: String,
        /// Its name.
        name: String,
        /// Its media type.
        #[serde(rename = "mimeType", skip_serializing_if = "Option::is_none")]
        mime_type: Option<String>,
        /// Its size, in bytes.
        size: u64,
    },
}

/// The contents of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceContents {
    /// The URI that it was read under.
    pub uri: String,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// The data.
    #[serde(flatten)]
    pub data: ResourceData,
}

/// The data of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ResourceData {
    /// A text.
    Text(String),
    /// Bytes in base64.
    Blob(String),
}

impl ResourceContents {
    /// The size of the data, in bytes.
    pub(crate) fn size(&self) -> usize {
        match &self.data {
            ResourceData::Text(text) => text.len(),
            // Four characters stand for three bytes.
            ResourceData::Blob(base64) => base64.trim_end_matches('=').len() * 3 / 4,
        }
    }
}

impl ToolResult {
    /// A result that is a value, with its text.
    pub(crate) fn of(value: Value, text: String, structured: bool) -> Self {
        Self {
            content: vec![Content::Text { text }],
            structured_content: structured.then_some(value),
            is_error: false,
            vendor_status: None,
        }
    }

    /// The same result with another text.
    pub(crate) fn with_text(mut self, text: String) -> Self {
        self.content.push(Content::Text { text });
        self
    }

    /// A result that is an error of this text.
    pub(crate) fn error(text: String) -> Self {
        Self { is_error: true, ..Self::contents(vec![Content::Text { text }]) }
    }

    /// A result of these items.
    pub(crate) fn contents(content: Vec<Content>) -> Self {
        Self { content, structured_content: None, is_error: false, vendor_status: None }
    }
}

impl From<Failure> for ToolResult {
    fn from(failure: Failure) -> Self {
        Self { vendor_status: failure.status(), ..Self::error(failure.to_string()) }
    }
}

/// A value as text: a text as it is, anything else as compact JSON.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
