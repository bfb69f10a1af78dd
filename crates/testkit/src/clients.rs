//! MCP clients that nobody here wrote: the official Python and TypeScript SDKs and the Inspector, each in its own
//! process, with what they saw as JSON.

use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;
use tokio::process::Command;

use crate::{process, programs};

/// How a client settles on a revision of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It asks by `server/discover` and falls back to `initialize`.
    Auto,
    /// `initialize`, as before 2026-07-28.
    Legacy,
    /// 2026-07-28 and nothing else.
    Modern,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Legacy, Self::Modern];

    /// The word that both SDKs' scripts take.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Legacy => "legacy",
            Self::Modern => "2026-07-28",
        }
    }
}

/// An endpoint and the key that opens it.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint<'a> {
    /// Its URL.
    pub url: &'a str,
    /// The API key.
    pub key: &'a str,
}

/// A tool and its arguments.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The tool's name as listed.
    pub tool: &'a str,
    /// The arguments, an object.
    pub arguments: &'a Value,
}

/// Lists the tools and calls one with the Python SDK. Returns `{protocolVersion, server, tools: [name], result}`, where
/// `result` is the tool's result as the SDK read it.
///
/// # Errors
/// If the client fails; with what it wrote.
pub async fn python(endpoint: Endpoint<'_>, mode: Mode, call: Call<'_>) -> anyhow::Result<Value> {
    let mut command = Command::new(programs::python()?);
    command.arg(script("list_and_call.py"));
    list_and_call(&mut command, endpoint, mode, call).await
}

/// Lists the tools and calls one with the TypeScript SDK. Returns the same as [`python`].
///
/// # Errors
/// If the client fails; with what it wrote.
pub async fn typescript(endpoint: Endpoint<'_>, mode: Mode, call: Call<'_>) -> anyhow::Result<Value> {
    let mut command = Command::new("node");
    // A module is looked up from the script's own folder, so the packages' folder is handed in.
    command.arg(script("list_and_call.mjs")).env("NODE_PREFIX", programs::node_prefix()?);
    list_and_call(&mut command, endpoint, mode, call).await
}

/// Lists the tools with the Inspector's command line: the result of `tools/list`.
///
/// # Errors
/// If the Inspector fails; with what it wrote.
pub async fn inspector(endpoint: Endpoint<'_>) -> anyhow::Result<Value> {
    let mut command = Command::new(programs::node_prefix()?.join("node_modules/.bin/mcp-inspector"));
    command
        .args(["--cli", endpoint.url, "--transport", "http", "--method", "tools/list"])
        .args(["--header", &format!("Authorization: Bearer {}", endpoint.key)]);
    parse(&process::run(&mut command).await?)
}

async fn list_and_call(
    command: &mut Command,
    endpoint: Endpoint<'_>,
    mode: Mode,
    call: Call<'_>,
) -> anyhow::Result<Value> {
    // The key travels in the environment: arguments are there for everybody to see.
    command.env("SAGEMCP_KEY", endpoint.key);
    command.args([endpoint.url, mode.as_str(), call.tool, &call.arguments.to_string()]);
    parse(&process::run(command).await?)
}

fn parse(output: &[u8]) -> anyhow::Result<Value> {
    serde_json::from_slice(output)
        .with_context(|| format!("a client printed no JSON: {}", String::from_utf8_lossy(output)))
}

fn script(name: &str) -> std::path::PathBuf {
    Path::new(programs::repository()).join("tests/clients").join(name)
}

#[cfg(test)]
mod tests;
