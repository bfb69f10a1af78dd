//! What every program of ours shares to be observed: the log format and the health and metrics endpoints.
//!
//! Nothing here is global but tracing's own subscriber, which a process can have only once.

pub mod health;
pub mod log;
