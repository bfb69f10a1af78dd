//! The seam between the MCP edge and what stands behind a connector.
//!
//! The edge authenticates, resolves the tenant, limits, and knows the client's era. An [`Upstream`] knows nothing of
//! that: it takes one request of the server's own era-neutral methods (`tools/list`, `tools/call`, `resources/read`, …)
//! and gives back the raw result, so that whatever a server sends reaches the client without loss.

mod changes;
mod entries;
mod era;
mod failure;
mod mask;
mod message;
mod outgoing;
mod patience;
pub mod remote;
pub mod stdio;
#[cfg(test)]
mod testing;

pub use changes::ListVersions;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Map, Value, value::RawValue};
use tokio::sync::mpsc;

/// One MCP server behind the gateway: a native connector, a hosted process or a remote server. Shared by all callers of a
/// connector; everything that belongs to one caller travels in [`Call`].
#[async_trait]
pub trait Upstream: Send + Sync + 'static {
    /// What the server said of itself; connects first if need be.
    async fn describe(&self, call: &Call) -> Result<Description, UpstreamError>;

    /// Sends a request and waits for its result. Dropping the future cancels the request at the server.
    async fn request(
        &self,
        call: &Call,
        method: &str,
        params: Option<&RawValue>,
    ) -> Result<Box<RawValue>, UpstreamError>;

    /// Ends it: pending calls fail at once, processes get their orderly shutdown. Idempotent.
    async fn shutdown(&self);
}

/// What belongs to one call.
#[derive(Debug, Default)]
pub struct Call {
    /// The caller's own upstream credential, from `X-User-OAuth-Token`. Never pooled, cached or logged.
    pub user_credential: Option<SecretString>,
    /// Where notifications that precede the result go (`notifications/progress`, `notifications/message`), as raw
    /// JSON-RPC. `None`: they are dropped.
    pub notifications: Option<mpsc::Sender<Box<RawValue>>>,
}

/// What a server said of itself, in `initialize` or `server/discover`.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// Its `capabilities`, as they came.
    pub capabilities: Map<String, Value>,
    /// Its `serverInfo`, as it came.
    pub server_info: Value,
    /// Its `instructions`.
    pub instructions: Option<String>,
}

/// Why a request to a server gave no result. No message shows a secret.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// The server answered with a JSON-RPC error, passed on as it came.
    #[error("the server answered with an error")]
    Rpc(Box<RawValue>),
    /// The server does not know the method.
    #[error("method not found: {0}")]
    MethodNotFound(String),
    /// The server cannot be reached, started or understood.
    #[error("{message}")]
    Unavailable {
        /// One word in CamelCase: `CommandNotFound`, `Exited`, `NotMcp`, `Timeout`, `Refused`, `Egress`, ….
        reason: &'static str,
        /// A sentence for people that says what to do.
        message: String,
    },
}
