//! Remote MCP servers over Streamable HTTP.
//!
//! A [`RemoteServer`] is greeted when first used: `server/discover`, and `initialize` where the server does not know that. Where
//! a legacy server keeps a session it is opened once for the connector and once for each caller's credential, and opened
//! again when the server has forgotten it.
//!
//! ```text
//! server ─► slot (greeting) ─► exchange ─► wire ─► reply (sse)
//! ```
//! **What is repeated.** A connection that could not be made; a request that the server refused before it did anything (lost
//! session, revision, missing headers, and list requests answered with 429 or 503 and `Retry-After`); a request that only reads
//! when its connection broke. Never a tool call whose fate is unknown.
//!
//! **Where credentials go.** To the origin of the configured URL, under the egress policy, and nowhere else: redirects that
//! leave it are refused.
//!
//! **What callers get.** Results and errors as they came, in the server's own era; line breaks between tokens are spaces, so
//! that a result is one line.
//!
//! List changes are known where the server tells them on the stream of a call; the standing streams (`GET`,
//! `subscriptions/listen`) are not opened.

mod attempt;
mod errands;
mod exchange;
mod failure;
mod greeting;
mod headers;
mod mirror;
mod reply;
mod server;
mod slot;
mod spec;
mod sse;
mod wire;

pub use server::{RemoteServer, client};
pub use spec::{HeaderError, RemoteOptions, RemoteSpec};

#[cfg(test)]
mod tests;
