//! HTTP: routes, origins, replies and the listener.

pub mod client;
mod entry;
mod info;
pub mod listener;
pub mod origin;
mod reply;
pub mod route;

pub use entry::router;
pub(crate) use reply::{json_bytes, rpc_error};
