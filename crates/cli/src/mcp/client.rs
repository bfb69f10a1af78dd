//! An MCP client of both eras: modern first, with the handshake where a server does not know better.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{
    McpError, arguments,
    endpoint::Endpoint,
    header,
    message::{self, LEGACY, MODERN},
    transport::Transport,
};

/// The most pages of a list that are read.
const MAX_PAGES: usize = 100;

/// A connection to one endpoint.
pub(super) struct Client {
    transport: Transport,
    era: Era,
    /// What the server said of itself.
    about: Value,
    next_id: u64,
}

/// How the server is spoken to.
#[derive(Clone, Debug)]
enum Era {
    /// Every request stands by itself (2026-07-28).
    Modern,
    /// After a handshake.
    Legacy { version: String, session: Option<String> },
}

impl Client {
    /// Finds out how the server is spoken to.
    pub(super) async fn connect(endpoint: Endpoint, timeout: Duration) -> Result<Self, McpError> {
        let transport = Transport::new(endpoint.url, endpoint.key, timeout)?;
        let mut client = Self { transport, era: Era::Modern, about: Value::Null, next_id: 0 };
        match client.request("server/discover", json!({}), &[]).await {
            Ok(about) => client.about = about,
            Err(error) if is_modern(&error) => return Err(error),
            Err(McpError::Rpc { .. } | McpError::Http { status: 400..=499, .. }) => {
                client.shake_hands().await?;
            }
            Err(other) => return Err(other),
        }
        Ok(client)
    }

    async fn shake_hands(&mut self) -> Result<(), McpError> {
        let params = json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": client_info()});
        let id = self.id();
        let body = json!({"jsonrpc": "2.0", "id": id, "method": "initialize", "params": params});
        let answer = self.transport.post(&body, Some(id), &[]).await?;
        let session = answer.headers.get("mcp-session-id").and_then(|it| it.to_str().ok()).map(str::to_owned);
        self.about = self.result("initialize", answer.status, answer.response)?;
        let version = self.about["protocolVersion"].as_str().unwrap_or(LEGACY).to_owned();
        self.era = Era::Legacy { version, session };
        let done = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        self.transport.post(&done, None, &self.headers("", None, &[])).await?;
        Ok(())
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn headers(
        &self,
        method: &str,
        name: Option<&str>,
        params: &[(String, String)],
    ) -> Vec<(String, String)> {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        match &self.era {
            Era::Legacy { version, session } => {
                let session = session.as_ref().map(|id| pair("Mcp-Session-Id", id));
                std::iter::once(pair("MCP-Protocol-Version", version)).chain(session).collect()
            }
            Era::Modern => {
                let mut headers = vec![pair("MCP-Protocol-Version", MODERN), pair("Mcp-Method", method)];
                headers.extend(name.map(|name| pair("Mcp-Name", &header::encode(name))));
                headers.extend_from_slice(params);
                headers
            }
        }
    }

    async fn request(
        &mut self,
        method: &str,
        mut params: Value,
        param_headers: &[(String, String)],
    ) -> Result<Value, McpError> {
        let name = match method {
            "tools/call" => params["name"].as_str().map(str::to_owned),
            "resources/read" => params["uri"].as_str().map(str::to_owned),
            _ => None,
        };
        if let Era::Modern = self.era {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientInfo": client_info(),
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let id = self.id();
        let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        let headers = self.headers(method, name.as_deref(), param_headers);
        let answer = self.transport.post(&body, Some(id), &headers).await?;
        self.result(method, answer.status, answer.response)
    }

    fn result(&self, method: &str, status: StatusCode, response: Option<Value>) -> Result<Value, McpError> {
        match response {
            Some(response) => message::result(method, response),
            None if status == StatusCode::NOT_FOUND => {
                Err(self.transport.http_error(status, "there is no MCP server at this URL"))
            }
            None => Err(self.transport.http_error(status, "the server refuses the request")),
        }
    }

    /// All entries of a list: `field` of every page.
    pub(super) async fn list(&mut self, method: &str, field: &str) -> Result<Vec<Value>, McpError> {
        let mut entries = Vec::new();
        let mut params = json!({});
        for _ in 0..MAX_PAGES {
            let mut page = self.request(method, params, &[]).await?;
            if let Value::Array(items) = page[field].take() {
                entries.extend(items);
            }
            match page["nextCursor"].as_str() {
                Some(cursor) => params = json!({ "cursor": cursor }),
                None => break,
            }
        }
        Ok(entries)
    }

    /// Calls a tool with arguments that are given as texts or as JSON.
    pub(super) async fn call(&mut self, tool: &str, given: arguments::Given) -> Result<Value, McpError> {
        let tools = self.list("tools/list", "tools").await?;
        let Some(found) = tools.iter().find(|it| it["name"] == tool) else {
            return self.call_unlisted(tool, given, &tools).await;
        };
        let arguments = given.fit(&found["inputSchema"])?;
        let headers = header::params(&found["inputSchema"], &arguments);
        let params = json!({"name": tool, "arguments": arguments});
        let result = self.request("tools/call", params, &headers).await?;
        complete(result, tool)
    }

    /// Calls a tool that is not listed: servers may know older names, and why a tool is gone.
    async fn call_unlisted(
        &mut self,
        tool: &str,
        given: arguments::Given,
        listed: &[Value],
    ) -> Result<Value, McpError> {
        let params = json!({"name": tool, "arguments": given.fit(&Value::Null)?});
        match self.request("tools/call", params, &[]).await {
            Err(McpError::Rpc { message, .. }) => {
                let names = listed.iter().filter_map(|it| it["name"].as_str());
                let suggestion = arguments::nearest(tool, names);
                Err(McpError::NoTool {
                    tool: tool.to_owned(),
                    url: self.transport.url().to_owned(),
                    said: message,
                    suggestion: suggestion.map(|name| format!("; did you mean {name}?")).unwrap_or_default(),
                })
            }
            answered => complete(answered?, tool),
        }
    }

    /// Resources and resource templates; a server that has none of them need not know the methods.
    pub(super) async fn resources(&mut self) -> Result<(Vec<Value>, Vec<Value>), McpError> {
        let resources = none_if_unknown(self.list("resources/list", "resources").await)?;
        let templates = none_if_unknown(self.list("resources/templates/list", "resourceTemplates").await)?;
        Ok((resources, templates))
    }

    /// Reads a resource.
    pub(super) async fn read(&mut self, uri: &str) -> Result<Value, McpError> {
        let result = self.request("resources/read", json!({ "uri": uri }), &[]).await?;
        complete(result, uri)
    }

    /// What the server said of itself, with the endpoint and the revision in use.
    pub(super) fn info(&self) -> Value {
        let (era, version) = match &self.era {
            Era::Modern => ("modern", MODERN),
            Era::Legacy { version, .. } => ("legacy", version.as_str()),
        };
        let server = match &self.about["serverInfo"] {
            Value::Null => &self.about["_meta"]["io.modelcontextprotocol/serverInfo"],
            found => found,
        };
        json!({
            "endpoint": self.transport.url(),
            "protocolVersion": version,
            "era": era,
            "serverInfo": server,
            "capabilities": self.about["capabilities"],
            "instructions": self.about["instructions"],
        })
    }

    /// Ends the session, if there is one.
    pub(super) async fn close(self) {
        if let Era::Legacy { session: Some(_), .. } = &self.era {
            self.transport.delete(&self.headers("", None, &[])).await;
        }
    }
}

fn client_info() -> Value {
    json!({"name": "sagemcp", "title": "SageMCP CLI", "version": env!("CARGO_PKG_VERSION")})
}

/// Whether the error comes from a modern server that we should understand: no handshake would help.
fn is_modern(error: &McpError) -> bool {
    match error {
        McpError::Rpc { code, data, .. } if *code == message::UNSUPPORTED_VERSION => {
            let supported = data["supported"].as_array().map(Vec::as_slice).unwrap_or_default();
            // Such a server may offer the handshake under an older version.
            !supported.iter().any(|version| version.as_str().is_some_and(|it| it < MODERN))
        }
        McpError::Rpc { code, .. } => [message::HEADER_MISMATCH, message::MISSING_CAPABILITY].contains(code),
        // The key is at fault, not the era.
        McpError::Http { status, .. } => [401, 403].contains(status),
        _ => false,
    }
}

fn none_if_unknown(result: Result<Vec<Value>, McpError>) -> Result<Vec<Value>, McpError> {
    match result {
        Err(McpError::Rpc { code: -32_601, .. }) => Ok(Vec::new()),
        other => other,
    }
}

fn complete(result: Value, what: &str) -> Result<Value, McpError> {
    match result["resultType"].as_str() {
        Some("input_required") => Err(McpError::InputRequired(what.to_owned())),
        _ => Ok(result),
    }
}

#[cfg(test)]
mod tests;
