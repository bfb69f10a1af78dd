//! Calls over the wire: credentials, errors, retries, redirects, limits, files and resources, against a loopback server
//! that answers as each test says.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

#[path = "call/answers.rs"]
mod answers;
#[path = "call/atlassian.rs"]
mod atlassian;
#[path = "call/bodies.rs"]
mod bodies;
#[path = "call/chat.rs"]
mod chat;
#[path = "call/coding_tools.rs"]
mod coding_tools;
#[path = "call/copilot.rs"]
mod copilot;
#[path = "call/errors.rs"]
mod errors;
#[path = "call/example.rs"]
mod example;
#[path = "call/files.rs"]
mod files;
#[path = "call/git_hosts.rs"]
mod git_hosts;
#[path = "call/google.rs"]
mod google;
#[path = "call/graphql.rs"]
mod graphql;
#[path = "call/lookup.rs"]
mod lookup;
#[path = "call/microsoft.rs"]
mod microsoft;
#[path = "call/pages.rs"]
mod pages;
#[path = "call/redirects.rs"]
mod redirects;
#[path = "call/retries.rs"]
mod retries;
#[path = "call/server.rs"]
mod server;
#[path = "call/servers.rs"]
mod servers;
#[path = "call/users.rs"]
mod users;
#[path = "call/wire.rs"]
mod wire;
