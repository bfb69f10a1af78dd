//! Remote servers: published ones, and one whose every answer the test writes.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use connectors::egress::{EgressPolicy, GuardedClient};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use self::scripted::{Received, Scripted, answer, error, legacy, modern};
use super::{RemoteOptions, RemoteServer, RemoteSpec, client};
use crate::upstream::entries::raw;
use crate::upstream::testing::{call_tool, eventually, unavailable};
use crate::upstream::{Call, Upstream, UpstreamError};

mod calls;
mod credentials;
mod greetings;
mod published;
mod refusals;
mod repeats;
mod scripted;

/// Clients that may reach this machine.
fn local_client() -> GuardedClient {
    guarded(&["127.0.0.1"])
}

fn guarded(rules: &[&str]) -> GuardedClient {
    let _ = rustls::crypto::ring::default_provider().install_default();
    client(rules.iter().map(|rule| rule.parse().unwrap()).collect::<EgressPolicy>()).unwrap()
}

fn spec(url: &str) -> RemoteSpec {
    RemoteSpec {
        tenant: "acme".to_owned(),
        connector: "remote".to_owned(),
        url: url.parse().unwrap(),
        headers: Vec::new(),
        credential: None,
        user_level: false,
    }
}

fn server(url: &str) -> RemoteServer {
    with_options(url, RemoteOptions::default())
}

fn with_options(url: &str, options: RemoteOptions) -> RemoteServer {
    RemoteServer::new(spec(url), options, local_client()).unwrap()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    listener.local_addr().unwrap().port()
}

fn parse(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap()
}
