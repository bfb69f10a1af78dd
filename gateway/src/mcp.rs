//! MCP as the gateway speaks it to clients: JSON-RPC on raw JSON, in two eras.
//!
//! Legacy (2024-11-05 to 2025-11-25) opens with `initialize`; modern (2026-07-28) has every request describe itself. The
//! [`era`] is decided once, at the edge; the handlers are the same for both.

mod aggregate;
mod call;
pub mod envelope;
pub mod era;
pub mod error;
pub(crate) mod exchange;
mod forward;
mod handshake;
pub mod headers;
pub mod in_flight;
mod job;
mod lists;
mod notices;
pub mod raw;
mod result;
mod service;
pub mod session;
mod stream;

pub(crate) use handshake::server_name;

/// The version every modern request names.
pub const MODERN_VERSION: &str = "2026-07-28";
/// The versions that open with `initialize`, newest first.
pub const LEGACY_VERSIONS: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
/// What a legacy client that names no version is taken to speak.
pub const ASSUMED_LEGACY_VERSION: &str = "2025-03-26";
