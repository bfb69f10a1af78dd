//! An MCP client of both eras that shows the status and the body of each answer.

use anyhow::Context as _;
use serde_json::{Value, json};

/// How a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// With a handshake and a session.
    Legacy,
    /// Each request for itself.
    Modern,
}

/// An answer, right or wrong.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The JSON-RPC message, or whatever came instead as a string.
    pub(crate) body: Value,
    /// The session that it opens.
    pub(crate) session: Option<String>,
}

impl Answer {
    /// The text of a tool's result.
    pub(crate) fn text(&self) -> &str {
        self.body["result"]["content"][0]["text"].as_str().unwrap_or_default()
    }
}

/// A client of one endpoint at one replica.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) key: String,
    /// Headers more.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Client {
    pub(crate) fn new(url: String, key: &str) -> anyhow::Result<Self> {
        testkit::install_crypto();
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { http, url, key: key.to_owned(), headers: Vec::new() })
    }

    /// Sends a request. A legacy one may name a session.
    ///
    /// # Errors
    /// If no complete answer comes.
    pub(crate) async fn send(
        &self,
        era: Era,
        session: Option<&str>,
        method: &str,
        mut params: Value,
    ) -> reqwest::Result<Answer> {
        let mut request = self.http.post(&self.url).header("accept", "application/json, text/event-stream");
        if era == Era::Modern {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            });
            request = request.header("mcp-protocol-version", "2026-07-28").header("mcp-method", method);
            if let Some(name) = params["name"].as_str() {
                request = request.header("mcp-name", name);
            }
        } else {
            request = request.header("mcp-protocol-version", "2025-11-25");
        }
        if let Some(session) = session {
            request = request.header("mcp-session-id", session);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let response = request.bearer_auth(&self.key).json(&body).send().await?;
        let status = response.status().as_u16();
        let session = response.headers().get("mcp-session-id").and_then(|id| id.to_str().ok());
        let session = session.map(str::to_owned);
        Ok(Answer { status, body: message(response.text().await?), session })
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// If no complete answer comes.
    pub(crate) async fn call(
        &self,
        era: Era,
        session: Option<&str>,
        tool: &str,
        arguments: Value,
    ) -> reqwest::Result<Answer> {
        self.send(era, session, "tools/call", json!({ "name": tool, "arguments": arguments })).await
    }

    /// Opens a legacy session.
    ///
    /// # Errors
    /// If the answer opens none.
    pub(crate) async fn open(&self) -> anyhow::Result<String> {
        let client = json!({ "name": "faults", "version": "1" });
        let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        let answer = self.send(Era::Legacy, None, "initialize", params).await?;
        let shown = format!("initialize answered {answer:?}");
        answer.session.context(shown)
    }

    /// The status of a `tools/list`, which says who is let in.
    ///
    /// # Errors
    /// If no answer comes.
    pub(crate) async fn status(&self, era: Era) -> anyhow::Result<u16> {
        Ok(self.send(era, None, "tools/list", json!({})).await?.status)
    }
}

/// The message that answers, out of a JSON body or a stream of events.
fn message(text: String) -> Value {
    let last = text.lines().filter_map(|line| line.strip_prefix("data:")).next_back();
    serde_json::from_str(last.unwrap_or(&text).trim()).unwrap_or(Value::String(text))
}
