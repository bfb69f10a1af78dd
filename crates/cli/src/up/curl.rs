//! A `curl` command that works as it is printed.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// Lists the tools of an endpoint, in the revision of MCP that needs no handshake.
pub(super) fn list_tools(url: &str, key: &SecretString) -> String {
    let body = json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/list",
        "params": {"_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        }},
    });
    let arguments = [
        quoted(url),
        format!("-H {}", quoted(&format!("Authorization: Bearer {}", key.expose_secret()))),
        format!("-H {}", quoted("Content-Type: application/json")),
        format!("-H {}", quoted("Accept: application/json, text/event-stream")),
        format!("-H {}", quoted("MCP-Protocol-Version: 2026-07-28")),
        format!("-H {}", quoted("Mcp-Method: tools/list")),
        format!("-d {}", quoted(&body.to_string())),
    ];
    format!("curl -sS {}", arguments.join(" \\\n    "))
}

/// A text as one word of a shell's.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_word_does_not_end_it() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
