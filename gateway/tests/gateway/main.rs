//! The gateway as its clients see it: real HTTP, a real SQLite store, our own engine against a vendor on loopback, and a
//! scripted server where a test must say exactly what a server sends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this is test code, also what is not in a test function"
)]

mod aggregate;
mod bad_input;
mod command_line;
mod credentials;
mod discovery;
mod double;
mod eras;
mod isolation;
mod limits;
mod lossless;
mod permissions;
mod revocation;
mod servers;
mod shutdown;
mod slice;
mod streams;
mod support;
mod vendor;
