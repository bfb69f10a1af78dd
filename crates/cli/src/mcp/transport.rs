//! One POST of Streamable HTTP: a message out, the answer in, as JSON or as a stream of events.

use std::time::Duration;

use reqwest::{
    StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{McpError, message, sse};

/// The largest answer, in bytes.
const MAX_BYTES: usize = 32 << 20;
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer that is no MCP is shown.
const SHOWN: usize = 200;

/// An HTTP client of one endpoint.
pub(super) struct Transport {
    http: reqwest::Client,
    url: String,
    key: Option<SecretString>,
}

/// What came back.
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: StatusCode,
    /// The headers.
    pub(super) headers: HeaderMap,
    /// The response to our request, if there was one.
    pub(super) response: Option<Value>,
}

impl Transport {
    pub(super) fn new(url: String, key: Option<SecretString>, timeout: Duration) -> Result<Self, McpError> {
        let is_http = reqwest::Url::parse(&url).is_ok_and(|it| matches!(it.scheme(), "http" | "https"));
        if !is_http {
            return Err(McpError::Url(url));
        }
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            // A redirect could take the key to another host.
            .redirect(Policy::none())
            .user_agent(concat!("sagemcp/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| McpError::Client(error.to_string()))?;
        Ok(Self { http, url, key })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Sends a message and waits for the response with that id; `None` for a notification.
    pub(super) async fn post(
        &self,
        body: &Value,
        id: Option<u64>,
        headers: &[(String, String)],
    ) -> Result<Answer, McpError> {
        let request = self
            .http
            .post(&self.url)
            .header(ACCEPT, "application/json, text/event-stream")
            .header(CONTENT_TYPE, "application/json")
            .headers(self.headers(headers)?)
            .body(body.to_string());
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN {
            let hint = "the key is missing, wrong, expired or not for this tenant; --api-key chooses another ApiKey, \
                        SAGEMCP_API_KEY gives a key";
            return Err(self.http_error(status, hint));
        }
        let kind = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let response = match id {
            None => None,
            Some(id) if kind.starts_with("text/event-stream") => Some(self.read_events(response, id).await?),
            Some(id) => self.read_body(response, id).await?,
        };
        Ok(Answer { status, headers, response })
    }

    /// Ends a session. Whether it worked changes nothing for us.
    pub(super) async fn delete(&self, headers: &[(String, String)]) {
        if let Ok(headers) = self.headers(headers) {
            let _ = self.http.delete(&self.url).headers(headers).send().await;
        }
    }

    fn headers(&self, pairs: &[(String, String)]) -> Result<HeaderMap, McpError> {
        let mut headers = HeaderMap::new();
        let refused = |name: &str| McpError::Client(format!("header {name} cannot be sent"));
        for (name, value) in pairs {
            let value = HeaderValue::from_str(value).map_err(|_| refused(name))?;
            headers.append(HeaderName::try_from(name).map_err(|_| refused(name))?, value);
        }
        if let Some(key) = &self.key {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
                .map_err(|_| refused("Authorization"))?;
            value.set_sensitive(true);
            headers.insert(reqwest::header::AUTHORIZATION, value);
        }
        Ok(headers)
    }

    async fn read_body(&self, mut response: reqwest::Response, id: u64) -> Result<Option<Value>, McpError> {
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BYTES {
                return Err(self.not_mcp(format!("the answer is larger than {} MiB", MAX_BYTES >> 20)));
            }
        }
        match serde_json::from_slice::<Value>(&body) {
            Ok(message) if message::answers(&message, id) => Ok(Some(message)),
            _ if status.is_success() => {
                Err(self.not_mcp("the answer is no JSON-RPC response to our request".to_owned()))
            }
            // Whoever asked decides what an HTTP error without a JSON-RPC one means.
            _ => Ok(None),
        }
    }

    async fn read_events(&self, mut response: reqwest::Response, id: u64) -> Result<Value, McpError> {
        let mut parser = sse::Parser::default();
        let mut taken = 0;
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
            taken += chunk.len();
            if taken > MAX_BYTES || parser.buffered() > MAX_BYTES {
                return Err(self.not_mcp(format!("the stream is larger than {} MiB", MAX_BYTES >> 20)));
            }
            for event in parser.push(&chunk) {
                let message: Value = serde_json::from_str(&event)
                    .map_err(|error| self.not_mcp(format!("an event is not JSON: {error}")))?;
                // Anything else is a notification, and nothing here waits for one.
                if message::answers(&message, id) {
                    return Ok(message);
                }
            }
        }
        Err(self.not_mcp("the stream ended without a response".to_owned()))
    }

    /// An HTTP error that carries no JSON-RPC error.
    pub(super) fn http_error(&self, status: StatusCode, hint: &str) -> McpError {
        McpError::Http {
            url: self.url.clone(),
            status: status.as_u16(),
            hint: hint.chars().take(SHOWN).collect(),
        }
    }

    fn not_mcp(&self, reason: String) -> McpError {
        McpError::NotMcp { url: self.url.clone(), reason }
    }

    fn unreachable(&self, error: &reqwest::Error) -> McpError {
        let reason = if error.is_timeout() {
            "nothing came in time; --timeout gives it more".to_owned()
        } else {
            let mut cause: &dyn std::error::Error = error;
            while let Some(next) = cause.source() {
                cause = next;
            }
            cause.to_string()
        };
        McpError::Unreachable { url: self.url.clone(), reason }
    }
}
