//! The gateway: serves pooled MCP servers to MCP clients, for many tenants, from rows that the operator wrote.
//!
//! ```text
//! request ─► http (route, origin) ─► access (key, tenant, connector) ─► limits ─► mcp (era, method) ─► pool ─► upstream
//!                                        all from one in-memory snapshot, kept current by snapshot::feed
//! ```

pub mod access;
pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod connect;
pub mod discovery;
pub mod http;
pub mod mcp;
pub mod metrics;
pub mod native;
pub mod options;
pub mod pool;
pub mod run;
pub mod snapshot;
pub mod tools;
pub mod upstream;

pub use options::GatewayOptions;
pub use run::{Bound, RunError, run};
