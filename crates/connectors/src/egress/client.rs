//! HTTP clients whose resolver refuses addresses that the policy refuses.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

use super::{EgressDenied, EgressPolicy};

/// How long a request may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Until a connection stands, TLS included.
    pub connect: Duration,
    /// Until the last byte of the reply; `None` for streams.
    pub total: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), total: Some(Duration::from_secs(30)) }
    }
}

/// HTTP clients behind an egress policy. Cheap to clone; all clones share their connections.
///
/// It follows no redirects and uses no proxy: a redirect must be checked by whoever follows it, and behind a proxy no
/// address could be checked.
#[derive(Clone, Debug)]
pub struct GuardedClient {
    policy: Arc<EgressPolicy>,
    by_port: Arc<BTreeMap<u16, reqwest::Client>>,
    other: reqwest::Client,
}

impl GuardedClient {
    /// Builds the clients. A rustls provider must have been installed.
    ///
    /// # Errors
    /// The TLS back end cannot start, for example because the machine has no root certificates.
    pub fn new(policy: EgressPolicy, timeouts: Timeouts) -> Result<Self, reqwest::Error> {
        let names: Arc<LookUp> = Arc::new(system_names);
        Self::with_names(policy, timeouts, &names)
    }

    /// The same, with another way to look names up.
    pub(super) fn with_names(
        policy: EgressPolicy,
        timeouts: Timeouts,
        names: &Arc<LookUp>,
    ) -> Result<Self, reqwest::Error> {
        let policy = Arc::new(policy);
        let build = |port: Option<u16>| {
            let mut builder = reqwest::Client::builder()
                .user_agent(concat!("sagemcp/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(timeouts.connect)
                .pool_max_idle_per_host(20)
                .pool_idle_timeout(Duration::from_secs(60))
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .retry(reqwest::retry::never())
                .no_proxy()
                .dns_resolver(GuardedResolver {
                    policy: Arc::clone(&policy),
                    port,
                    names: Arc::clone(names),
                });
            if let Some(total) = timeouts.total {
                builder = builder.timeout(total);
            }
            builder.build()
        };
        // A resolver is asked for a name, not for a port, so each port that a rule names has a client of its own.
        let ports = policy.ports().map(|port| build(Some(port)).map(|client| (port, client)));
        let by_port = ports.collect::<Result<_, _>>()?;
        Ok(Self { by_port: Arc::new(by_port), other: build(None)?, policy })
    }

    /// The client for a URL, whose scheme and literal address are checked here; names are checked when they resolve.
    ///
    /// # Errors
    /// [`EgressDenied`] says why the URL may not be reached.
    pub fn client_for(&self, url: &Url) -> Result<&reqwest::Client, EgressDenied> {
        self.policy.check_url(url)?;
        let own = url.port_or_known_default().and_then(|port| self.by_port.get(&port));
        Ok(own.unwrap_or(&self.other))
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &EgressPolicy {
        &self.policy
    }
}

/// Finds why a request to a URL failed, if egress rules refused its address while it was dialled.
#[must_use]
pub fn denial(error: &reqwest::Error, url: &Url) -> Option<EgressDenied> {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(denied) = cause.downcast_ref::<EgressDenied>() {
            let mut denied = denied.clone();
            if let EgressDenied::Private { port, .. } = &mut denied {
                *port = url.port_or_known_default();
            }
            return Some(denied);
        }
        source = cause.source();
    }
    None
}

/// From a name to its addresses.
pub(super) type LookUp = dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync;

fn system_names(name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
    Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|found| found.ip()).collect()) })
}

/// Resolves names, and refuses those with an address that the policy refuses. A connection is made to what was checked
/// here: nothing looks the name up again.
struct GuardedResolver {
    policy: Arc<EgressPolicy>,
    names: Arc<LookUp>,
    /// The port of every connection of this client; `None`: one that no rule names.
    port: Option<u16>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = Arc::clone(&self.policy);
        let port = self.port;
        let found = (self.names)(name.as_str().to_owned());
        Box::pin(async move {
            let host = name.as_str();
            let mut denied = None;
            let mut allowed: Vec<SocketAddr> = Vec::new();
            for address in found.await? {
                match policy.check_address(host, address, port) {
                    Ok(()) => allowed.push((address, 0).into()),
                    Err(refusal) => denied = denied.or(Some(refusal)),
                }
            }
            match denied {
                // A name with both public and refused addresses is what a rebinding attack looks like: refuse it whole.
                Some(refusal) => Err(refusal.into()),
                None => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}
