//! Settings for MCP clients, ready to paste. Where each client reads them is as of November 2026.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::curl::quoted;

/// A client, and what to give it.
pub(super) struct Setting {
    /// The client, and where the text goes.
    pub(super) heading: &'static str,
    /// The text.
    pub(super) text: String,
}

/// The settings for one endpoint under a name of the client's own.
pub(super) fn settings(name: &str, url: &str, key: &SecretString) -> Vec<Setting> {
    let bearer = format!("Bearer {}", key.expose_secret());
    let headers = json!({ "Authorization": bearer });
    let claude_code = format!(
        "claude mcp add --transport http {} {} --header {}",
        quoted(name),
        quoted(url),
        quoted(&format!("Authorization: {bearer}"))
    );
    // mcp-remote splits its arguments at spaces on some systems, so the header's value comes from the environment.
    let remote = json!({
        "command": "npx",
        "args": ["-y", "mcp-remote", url, "--header", "Authorization:${SAGEMCP_AUTHORIZATION}"],
        "env": {"SAGEMCP_AUTHORIZATION": bearer},
    });
    vec![
        Setting { heading: "Claude Code, in a terminal", text: claude_code },
        Setting {
            heading: "Cursor, in ~/.cursor/mcp.json or .cursor/mcp.json",
            text: pretty(&json!({"mcpServers": {name: {"url": url, "headers": headers}}})),
        },
        Setting {
            heading: "VS Code, in .vscode/mcp.json",
            text: pretty(&json!({"servers": {name: {"type": "http", "url": url, "headers": headers}}})),
        },
        Setting {
            heading: "Claude Desktop, in claude_desktop_config.json (through mcp-remote; needs Node.js)",
            text: pretty(&json!({"mcpServers": {name: remote}})),
        },
    ]
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}
