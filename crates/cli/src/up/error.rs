//! Why `sagemcp up` cannot start, or ended.

use std::{io, net::SocketAddr, path::PathBuf};

/// Why `sagemcp up` cannot start, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum UpError {
    /// The data directory is open to others.
    #[error("--data {path}: other users can read it, and it holds keys; run `chmod {mode} {path}`")]
    Open {
        /// The directory or a file in it.
        path: PathBuf,
        /// The mode it should have.
        mode: &'static str,
    },
    /// Logging cannot start.
    #[error(transparent)]
    Log(telemetry::log::LogError),
    /// The process cannot be told to stop.
    #[error("cannot listen for signals: {0}")]
    Signal(#[source] io::Error),
    /// The local API cannot be opened.
    #[error("{0}{cause}", cause = cause(.0))]
    LocalApi(#[from] localapi::OpenError),
    /// The manifests directory cannot be watched.
    #[error("{0}{cause}", cause = cause(.0))]
    Watch(#[from] localapi::manifests::WatchError),
    /// The database cannot be opened.
    #[error("the database in the data directory: {0}{cause}", cause = cause(.0))]
    Store(#[from] store::StoreError),
    /// A port cannot be bound.
    #[error("--api-listen {address}: {source}; choose another port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The gateway did not start, or ended.
    #[error("the gateway: {0}{cause}", cause = cause(.0))]
    Gateway(#[from] gateway::RunError),
    /// The operator ended.
    #[error("the operator: {0}{cause}", cause = cause(.0))]
    Operator(#[from] operator::Error),
    /// A part ended without a reason.
    #[error("the {0} ended unexpectedly; start again and report this")]
    Died(&'static str),
}

/// The innermost reason, which says what to do more often than the outer one.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = None;
    let mut next = error.source();
    while let Some(source) = next {
        innermost = Some(source.to_string());
        next = source.source();
    }
    innermost.map(|text| format!(": {text}")).unwrap_or_default()
}
