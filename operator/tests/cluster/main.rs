//! The built program against a real API server and Postgres, with the rights of `tests/manifests/operator-rbac.yaml`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this is test code, also what is not in a test function"
)]

mod failover;
mod mishaps;
mod site;
mod teams;
