//! Where requests may go. The address is checked when a connection is dialled, so a name that resolves to a private
//! address, or starts to after a check, is refused.
//!
//! Public addresses are open (which hosts a connector may name is the connector's own rule). Private and loopback
//! addresses need an `--egress-allow` rule. Link-local addresses and the metadata services of clouds are never reached.

mod address;
mod client;
mod rule;

use std::net::IpAddr;

pub use self::client::{GuardedClient, Timeouts, denial};
pub use self::rule::{EgressRule, EgressRuleError};

/// The rules of this installation, from `--egress-allow host|CIDR[:port]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EgressPolicy {
    rules: Vec<EgressRule>,
}

/// A request that may not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EgressDenied {
    /// The address is private and no rule allows it.
    #[error(
        "{host} is the private address {address}; a platform administrator can permit it with --egress-allow {}",
        rule::flag(host, *port)
    )]
    Private {
        /// The host as the URL names it.
        host: String,
        /// What it resolved to.
        address: IpAddr,
        /// The port of the connection, where it is known.
        port: Option<u16>,
    },
    /// The address is one that nothing may reach.
    #[error("{host} is {address}, a link-local, metadata or reserved address that is never reached")]
    Forbidden {
        /// The host as the URL names it.
        host: String,
        /// What it resolved to.
        address: IpAddr,
    },
    /// Unencrypted HTTP to a host that no rule names.
    #[error(
        "{host} would be reached without encryption; use https, or let a platform administrator permit it with --egress-allow {host}"
    )]
    Plain {
        /// The host as the URL names it.
        host: String,
    },
    /// Not an HTTP URL, or one with a user name and password in it.
    #[error("the URL is not a plain https URL")]
    NotHttp,
}

impl EgressPolicy {
    /// A policy of these rules.
    #[must_use]
    pub fn new(rules: Vec<EgressRule>) -> Self {
        Self { rules }
    }

    /// Decides on an address that `host` stands for. `port` is that of the connection; `None`: one that no rule names.
    ///
    /// # Errors
    /// [`EgressDenied`] says why, and which flag would allow it.
    pub fn check_address(&self, host: &str, address: IpAddr, port: Option<u16>) -> Result<(), EgressDenied> {
        let address = address.to_canonical();
        match address::reach(address) {
            address::Reach::Public => Ok(()),
            address::Reach::Never => Err(EgressDenied::Forbidden { host: host.to_owned(), address }),
            address::Reach::Private if self.rules.iter().any(|rule| rule.allows(host, address, port)) => {
                Ok(())
            }
            address::Reach::Private => Err(EgressDenied::Private { host: host.to_owned(), address, port }),
        }
    }

    /// Decides on a URL before anything is resolved: its scheme, and its address where it is written as one.
    ///
    /// # Errors
    /// [`EgressDenied`] says why.
    pub fn check_url(&self, url: &url::Url) -> Result<(), EgressDenied> {
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(EgressDenied::NotHttp);
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EgressDenied::NotHttp);
        }
        let name = host.to_string();
        let name = name.trim_start_matches('[').trim_end_matches(']');
        let address = match host {
            url::Host::Domain(_) => None,
            url::Host::Ipv4(address) => Some(IpAddr::V4(address)),
            url::Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        if let Some(address) = address {
            self.check_address(name, address, Some(port))?;
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if self.rules.iter().any(|rule| rule.names(name, address, Some(port))) => Ok(()),
            "http" => Err(EgressDenied::Plain { host: name.to_owned() }),
            _ => Err(EgressDenied::NotHttp),
        }
    }

    /// The ports that rules name, each of which needs its own resolver: a resolver is not told the port.
    fn ports(&self) -> impl Iterator<Item = u16> + '_ {
        self.rules.iter().filter_map(EgressRule::port)
    }
}

impl FromIterator<EgressRule> for EgressPolicy {
    fn from_iter<T: IntoIterator<Item = EgressRule>>(rules: T) -> Self {
        Self::new(rules.into_iter().collect())
    }
}

#[cfg(test)]
mod tests;
