//! Black-box tests of the built programs, and of our kinds on a real Kubernetes API server.
//!
//! The tests are in `tests/tests/`. Here is what starts the programs: [`Installation`] on a cluster, [`Standalone`]
//! without one. `make up-cluster` is an [`Installation`] that stays.

pub mod installation;
mod standalone;

pub use installation::Installation;
pub use standalone::Standalone;

/// The manifests that the quick start serves.
#[must_use]
pub fn quickstart() -> std::path::PathBuf {
    testkit::programs::repository().join("examples/quickstart")
}
