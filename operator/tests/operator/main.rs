//! Whole controllers in process, against the local API and SQLite: what is there in the end, and what was written.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this is test code, also what is not in a test function"
)]

mod api_keys;
mod command_line;
mod connectors;
mod crashes;
mod definitions;
mod faults;
mod gateway;
mod recovery;
mod tenants;
mod waiting;
mod world;
