//! The two eras of MCP as a client meets them: which one a server speaks, and what it said of itself.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::Description;
use super::entries::{Entries, raw};
use super::failure::Failure;

/// The stateless revision that we speak.
pub(super) const MODERN_VERSION: &str = "2026-07-28";
/// The newest revision with a handshake; offered in `initialize`.
pub(super) const LEGACY_VERSION: &str = "2025-11-25";
/// Revisions that a server may choose in answer to `initialize`.
const LEGACY_VERSIONS: [&str; 4] = [LEGACY_VERSION, "2025-06-18", "2025-03-26", "2024-11-05"];

pub(super) const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
pub(super) const META_CLIENT: &str = "io.modelcontextprotocol/clientInfo";
pub(super) const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
pub(super) const META_LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
const META_SERVER: &str = "io.modelcontextprotocol/serverInfo";

/// How a server wants to be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Era {
    /// 2026-07-28: every request carries who asks; no handshake, no session.
    Modern,
    /// 2025-11-25 and older: `initialize` first.
    Legacy,
}

/// Who we say we are.
pub(super) fn client_info() -> Value {
    json!({"name": "sagemcp", "version": env!("CARGO_PKG_VERSION")})
}

/// The parameters of `initialize`. We declare no capability: nobody stands behind the gateway who could answer a server's
/// question outside a call.
pub(super) fn initialize_params() -> Box<RawValue> {
    raw(&json!({"protocolVersion": LEGACY_VERSION, "capabilities": {}, "clientInfo": client_info()}))
}

/// Reads the result of `server/discover`; `None` if this is no server of our modern revision.
pub(super) fn discovered(result: &RawValue) -> Option<Description> {
    let result: Map<String, Value> = serde_json::from_str(result.get()).ok()?;
    let versions = result.get("supportedVersions")?.as_array()?;
    if !versions.iter().any(|version| version == MODERN_VERSION) {
        return None;
    }
    let info = result.get("_meta").and_then(|meta| meta.get(META_SERVER));
    Some(description(&result, info.or_else(|| result.get("serverInfo"))))
}

/// Reads the result of `initialize`: the description and the revision the server chose.
///
/// # Errors
/// `NotMcp` or `UnsupportedVersion`, with what the server said.
pub(super) fn initialized(result: &RawValue) -> Result<(Description, &'static str), Failure> {
    let not_mcp = || {
        Failure::new(
            "NotMcp",
            "the server's answer to `initialize` names no protocol version; is it an MCP server?",
        )
    };
    let result: Map<String, Value> = serde_json::from_str(result.get()).map_err(|_| not_mcp())?;
    let version = result.get("protocolVersion").and_then(Value::as_str).ok_or_else(not_mcp)?;
    let known = LEGACY_VERSIONS.into_iter().find(|known| *known == version).ok_or_else(|| {
        let version: String = version.chars().take(40).collect();
        let message = format!(
            "the server chose protocol version {version:?}, which is none of {}",
            LEGACY_VERSIONS.join(", ")
        );
        Failure::new("UnsupportedVersion", message)
    })?;
    Ok((description(&result, result.get("serverInfo")), known))
}

fn description(result: &Map<String, Value>, server_info: Option<&Value>) -> Description {
    Description {
        capabilities: result.get("capabilities").and_then(Value::as_object).cloned().unwrap_or_default(),
        server_info: server_info.cloned().unwrap_or_default(),
        instructions: result.get("instructions").and_then(Value::as_str).map(ToOwned::to_owned),
    }
}

/// The `code` and `message` of a JSON-RPC error object, the message bounded for use in a sentence.
pub(super) fn error_summary(error: &RawValue) -> (i64, String) {
    let entries = Entries::parse(error).unwrap_or_default();
    let code = entries.get("code").and_then(|code| code.get().parse().ok()).unwrap_or_default();
    let message = entries.text("message").unwrap_or_default().chars().take(200).collect();
    (code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_lists_only_other_versions_is_not_modern() {
        let result =
            |versions: Value| raw(&json!({"supportedVersions": versions, "capabilities": {"tools": {}}}));
        assert!(discovered(&result(json!(["2027-01-01"]))).is_none());
        assert!(discovered(&result(json!(["2026-07-28"]))).unwrap().capabilities.contains_key("tools"));
    }

    #[test]
    fn an_unknown_chosen_version_is_named() {
        let failure = initialized(&raw(&json!({"protocolVersion": "1999-01-01"}))).unwrap_err();
        assert_eq!(failure.reason, "UnsupportedVersion");
        assert!(failure.message.contains("1999-01-01"));
        assert_eq!(initialized(&raw(&json!({"jsonrpc": 1}))).unwrap_err().reason, "NotMcp");
    }
}
