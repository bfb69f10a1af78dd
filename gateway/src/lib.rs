//! The gateway: serves pooled MCP servers to MCP clients, for many tenants, from rows that the operator wrote.

pub mod upstream;
