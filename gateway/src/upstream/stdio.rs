//! Hosted MCP servers: child processes that speak newline-delimited JSON-RPC on their standard streams.
//!
//! A [`StdioServer`] starts its process when first used, once for all callers, and ends it when nobody has used it for a while.
//! The process is in a group of its own that dies as a whole, in an empty working directory, and sees nothing of the gateway's
//! environment but the short list in `environment.rs`.
//!
//! ```text
//! server ─► slot ─► connection ─► link ◄─ supervise (owns the process) ─► receive
//! ```
//! `server` chooses the slot (the connector's own, or that of a caller's credential); a `slot` holds at most one process and
//! waits between failures; a `connection` has been greeted; the `link` pairs answers with callers; the task in `supervise`
//! is the only one that touches the process.
//!
//! **What callers get.** Results and errors are the server's own, byte for byte, whatever its era: a modern server's result has
//! `resultType`, `ttlMs` and `cacheScope`, a legacy one's has not; the edge adds or strips them for its client. Notifications
//! are as they came but for the progress token, which is the caller's own again.
//!
//! **When the gateway itself is killed** nothing of ours runs any more; servers then see their standard input close, at which
//! well-behaved ones end. Their working directories stay until the next gateway starts and calls [`sweep`].
//!
//! A log message (`notifications/message`) names no call. It goes to a caller only if its call is the only one in flight at that
//! process, else it is dropped: what a server logs of one caller's call is not for another.
//!
//! **What a tenant may have.** Each process, also that of a caller's own credential, takes one of the tenant's places. Where
//! all are taken, a process of the same server that no call waits for makes room; other servers' stay.
//!
//! The processes share user, file system and network with the gateway: this is for one trust domain only.

mod connection;
mod environment;
mod handshake;
mod leftovers;
mod lines;
mod link;
mod places;
mod process;
mod receive;
mod server;
mod slot;
mod spec;
mod stderr;
mod supervise;
mod workdir;

pub use leftovers::sweep;
pub use places::{Places, Share};
pub use server::StdioServer;
pub use spec::{StdioOptions, StdioSpec};

#[cfg(test)]
mod tests;
