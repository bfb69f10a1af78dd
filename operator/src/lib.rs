//! The operator: turns manifests into rows and Secrets, and what gateways report into status.
//!
//! ```text
//! watches ─► caches, index of references ─► a queue for each kind ─► passes ─► rows, Secrets, status, Events
//!                                                ▲    one file a kind, one a step:
//!    what gateways report (polled) ──────────────┤    dereference ► validate ► build ► apply ► status
//!    time: rotation, drift, back-off ────────────┘
//! ```
//! A pass is level-triggered: it makes the world say what the object says now, whatever happened before, and writes
//! nothing if it does already. `validate` and `build` are pure.

mod api_key;
mod backoff;
mod bootstrap;
mod cache;
pub mod cli;
mod clock;
mod connector;
mod context;
mod crd;
mod credentials;
mod definition;
mod documents;
mod endpoints;
mod error;
mod events;
mod inputs;
mod kind;
pub mod leader;
mod metrics;
mod observe;
mod options;
mod queue;
mod references;
mod removal;
mod run;
mod runtime;
mod status;
mod sweep;
mod tenant;
mod tenants;
mod watch;
mod worker;

#[cfg(test)]
mod fixtures;

pub use bootstrap::BootstrapKey;
pub use clock::Clock;
pub use endpoints::Endpoints;
pub use error::{Class, Error, Finding};
pub use metrics::Metrics;
pub use options::OperatorOptions;
pub use run::run_controllers;
