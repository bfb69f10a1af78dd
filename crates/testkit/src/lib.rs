//! Real parts for tests: a Kubernetes API server, Postgres, published MCP clients, and a vendor to call.
//!
//! Nothing here stands in for a part of the product. What a test starts ends with the test's process, however that
//! ends: see [`process`]. Programs come from the machine; `scripts/deps.sh` installs what is missing.

pub mod clients;
pub mod cluster;
mod eventually;
pub mod ports;
pub mod postgres;
pub mod process;
pub mod programs;
pub mod vendor;

pub use cluster::{Cluster, Identity};
pub use eventually::eventually;
pub use postgres::Postgres;
pub use process::Process;
pub use vendor::{Reply, Vendor};

/// Makes ring the TLS provider of this process, as every binary of ours does first. Doing so again changes nothing.
pub fn install_crypto() {
    // An error only says that a provider is already there, and all of ours install this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
