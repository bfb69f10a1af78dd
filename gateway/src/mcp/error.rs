//! JSON-RPC errors, and the HTTP status each travels with in the modern era.

use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

use super::raw::raw;

/// Not JSON.
pub const PARSE_ERROR: i64 = -32700;
/// JSON, but no request.
pub const INVALID_REQUEST: i64 = -32600;
/// No such method, or one behind a capability that is not offered.
pub const METHOD_NOT_FOUND: i64 = -32601;
/// The parameters do not fit.
pub const INVALID_PARAMS: i64 = -32602;
/// The request was right and failed.
pub const INTERNAL_ERROR: i64 = -32603;
/// A header is missing or contradicts the body (2026-07-28).
pub const HEADER_MISMATCH: i64 = -32020;
/// A capability of the client is needed that it did not declare (2026-07-28).
pub const MISSING_CAPABILITY: i64 = -32021;
/// The version is not served (2026-07-28).
pub const UNSUPPORTED_VERSION: i64 = -32022;
/// No such resource, in the legacy era.
pub const LEGACY_RESOURCE_NOT_FOUND: i64 = -32002;
/// Refused before the method was looked at: authentication, limits, unknown session. In the range left to us.
pub const REFUSED: i64 = -32000;

/// A JSON-RPC error object.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RpcError {
    /// The code.
    pub code: i64,
    /// What is wrong and what helps.
    pub message: String,
    /// More for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

impl RpcError {
    /// An error without data.
    #[must_use]
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// No such method.
    #[must_use]
    pub fn method_not_found(method: &str) -> Self {
        Self::new(METHOD_NOT_FOUND, format!("method not found: {}", clip(method)))
    }

    /// The parameters do not fit.
    #[must_use]
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(INVALID_PARAMS, message)
    }

    /// A header is missing or contradicts the body.
    #[must_use]
    pub fn header_mismatch(message: impl Into<String>) -> Self {
        Self::new(HEADER_MISMATCH, message)
    }

    /// No such tool, or none that this caller may see.
    #[must_use]
    pub fn unknown_tool(name: &str) -> Self {
        Self::invalid_params(format!("unknown tool: {}", clip(name)))
    }

    /// The version is not served.
    #[must_use]
    pub fn unsupported_version(requested: &str) -> Self {
        Self {
            code: UNSUPPORTED_VERSION,
            message: format!("protocol version {} is not supported", clip(requested)),
            data: Some(json!({"supported": [super::MODERN_VERSION], "requested": clip(requested)})),
        }
    }

    /// The error object as raw JSON.
    #[must_use]
    pub fn to_raw(&self) -> Box<RawValue> {
        raw(serde_json::to_string(self).expect("a code, a text and JSON serialise"))
    }
}

/// The HTTP status of an error in answer to a modern request (specification 2026-07-28, Streamable HTTP). Errors that
/// a method itself reports travel with 200, as every legacy error does.
#[must_use]
pub fn modern_status(code: i64) -> StatusCode {
    match code {
        METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
        HEADER_MISMATCH | MISSING_CAPABILITY | UNSUPPORTED_VERSION => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

/// A text of the client, cut to what an error message may carry.
#[must_use]
pub fn clip(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(128).collect()
}
