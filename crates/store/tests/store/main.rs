//! The store as its callers see it: one contract on both databases, and what each of them adds.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this is test code, also what is not in a test function"
)]

mod contract;
mod fixtures;
mod postgres;
mod postgres_server;
mod sqlite_file;
