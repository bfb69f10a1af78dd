//! The pure types and rules of SageMCP: names, keys, scopes, permissions, configuration, connector documents.
//!
//! Nothing here reads a clock, a file or a network. Everything else depends on this crate and this crate on nothing
//! of ours, so a rule stated here holds in the operator, the gateway, the console and the CLI alike.

pub mod api_key;
pub mod config;
pub mod document;
pub mod duration;
pub mod headers;
pub mod ids;
pub mod permission;
pub mod principal;
pub mod slug;
pub mod tools;
