//! One `--egress-allow` value: a host name or a network, and a port or any.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A host name or a network that may be reached although its address is private.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EgressRule {
    target: Target,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// A host by its name, in lower case.
    Name(String),
    /// A network: an address and the number of leading bits that count.
    Network(IpAddr, u8),
}

/// A value of `--egress-allow` that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not host, host:port, CIDR or CIDR:port (IPv6 in brackets before a port)")]
pub struct EgressRuleError {
    /// The value.
    pub value: String,
}

impl EgressRule {
    pub(super) fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether the rule allows a connection to this address, reached under this name.
    pub(super) fn allows(&self, host: &str, address: IpAddr, port: Option<u16>) -> bool {
        self.names(host, Some(address), port)
    }

    /// Whether the rule speaks of this host: by its name, or by its address where that is known.
    pub(super) fn names(&self, host: &str, address: Option<IpAddr>, port: Option<u16>) -> bool {
        if self.port.is_some_and(|own| Some(own) != port) {
            return false;
        }
        match &self.target {
            Target::Name(name) => name.eq_ignore_ascii_case(host.trim_end_matches('.')),
            Target::Network(network, bits) => {
                address.is_some_and(|address| contains(*network, *bits, address))
            }
        }
    }
}

fn contains(network: IpAddr, bits: u8, address: IpAddr) -> bool {
    match (network, address.to_canonical()) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            u32::from(network) & mask == u32::from(address) & mask
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            u128::from(network) & mask == u128::from(address) & mask
        }
        _ => false,
    }
}

/// The value of the flag that would allow a host.
pub(super) fn flag(host: &str, port: Option<u16>) -> String {
    port.map_or_else(|| host.to_owned(), |port| format!("{}:{port}", bracketed(host)))
}

/// A host as it stands before a port: IPv6 addresses take brackets.
fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

impl FromStr for EgressRule {
    type Err = EgressRuleError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let bad = || EgressRuleError { value: value.to_owned() };
        // A bare IPv6 network has colons of its own, so it is tried before a port is split off.
        if let Some(target) = network(value) {
            return Ok(Self { target, port: None });
        }
        let (host, port) = match value.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok().filter(|port| *port != 0).ok_or_else(bad)?)),
            None => (value, None),
        };
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let target = network(inner).or_else(|| name(inner)).ok_or_else(bad)?;
        Ok(Self { target, port })
    }
}

fn network(text: &str) -> Option<Target> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        Some(bits) => bits.parse().ok().filter(|bits| *bits <= most)?,
        None => most,
    };
    Some(Target::Network(address, bits))
}

fn name(text: &str) -> Option<Target> {
    let text = text.trim_end_matches('.');
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    // A last label of digits is how a mistyped address looks.
    let typed_address =
        text.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    (text.len() <= 253 && !typed_address && text.split('.').all(label))
        .then(|| Target::Name(text.to_ascii_lowercase()))
}

impl fmt::Display for EgressRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = match &self.target {
            Target::Name(name) => name.clone(),
            Target::Network(network, bits) => format!("{network}/{bits}"),
        };
        match self.port {
            Some(port) => write!(formatter, "{}:{port}", bracketed(&target)),
            None => formatter.write_str(&target),
        }
    }
}
