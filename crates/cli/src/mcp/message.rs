//! JSON-RPC messages as they are read.

use serde_json::Value;

use super::McpError;

/// The newest revision of MCP without a handshake.
pub(super) const MODERN: &str = "2026-07-28";
/// The newest revision of MCP with a handshake.
pub(super) const LEGACY: &str = "2025-11-25";
/// The errors that only a server without a handshake sends (2026-07-28).
pub(super) const UNSUPPORTED_VERSION: i64 = -32_022;
pub(super) const HEADER_MISMATCH: i64 = -32_020;
pub(super) const MISSING_CAPABILITY: i64 = -32_021;

/// The result in a response, or its error.
pub(super) fn result(method: &str, mut response: Value) -> Result<Value, McpError> {
    match response.get_mut("error") {
        None => Ok(response["result"].take()),
        Some(error) => Err(McpError::Rpc {
            method: method.to_owned(),
            code: error["code"].as_i64().unwrap_or_default(),
            message: error["message"].as_str().unwrap_or("no message").to_owned(),
            data: Box::new(error["data"].take()),
        }),
    }
}

/// Whether a message answers the request with that id.
pub(super) fn answers(message: &Value, id: u64) -> bool {
    let is_response = message.get("result").is_some() || message.get("error").is_some();
    // An error that precedes the parsing of a request has a null id.
    let is_ours = message["id"] == id || (message["id"].is_null() && message.get("error").is_some());
    message["jsonrpc"] == "2.0" && is_response && is_ours
}
