//! What must hold when something breaks: programs are killed, the database goes away, and rights are taken back, with
//! callers of both eras at every replica throughout.
//!
//! All tests share one installation and take turns, because each breaks a part of it.

mod callers;
mod client;
mod data_directory;
mod database;
mod gateways;
mod operators;
mod planted;
mod recreation;
mod revocation;
mod secrets;
mod site;
