//! Kinds of IP addresses (RFC 6890 and the metadata services of clouds).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who may reach an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Anybody.
    Public,
    /// Only whoever a rule allows.
    Private,
    /// Nobody.
    Never,
}

/// Metadata services that are not link-local: Alibaba Cloud, Oracle Cloud's older one, Azure's, and EC2's over IPv6.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192), Ipv4Addr::new(168, 63, 129, 16)];
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// The kind of an address. IPv4 addresses written in IPv6 are told apart by the address inside.
pub(super) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    let [a, b, c, _] = address.octets();
    let never = address.is_unspecified()
        || a == 0
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_multicast()
        || a >= 240
        || METADATA_V4.contains(&address);
    // Shared address space, benchmarking, protocol assignments and documentation are as private as RFC 1918.
    let private = address.is_private()
        || address.is_loopback()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (b == 18 || b == 19))
        || (a == 192 && b == 0 && c == 0);
    decide(never, private)
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    if let Some(inside) = embedded_v4(address) {
        return reach_v4(inside);
    }
    let first = address.segments()[0];
    let never = address.is_unspecified()
        || address.is_multicast()
        || address.is_unicast_link_local()
        || address == METADATA_V6;
    let second = address.segments()[1];
    // Unique local, site-local (deprecated), documentation, discard-only, Teredo and NAT64 of the site's own (RFC 8215):
    // the last two lead to an IPv4 address that cannot be told from outside.
    let private = address.is_loopback()
        || address.is_unique_local()
        || (first & 0xffc0) == 0xfec0
        || (first == 0x2001 && (second == 0x0db8 || second == 0))
        || (first == 0x64 && second == 0xff9b)
        || first == 0x0100;
    decide(never, private)
}

fn decide(never: bool, private: bool) -> Reach {
    match (never, private) {
        (true, _) => Reach::Never,
        (false, true) => Reach::Private,
        (false, false) => Reach::Public,
    }
}

/// The IPv4 address inside a mapped, compatible, NAT64 or 6to4 address.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let low = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, last] | [0x64, 0xff9b, 0, 0, 0, 0, high, last] => Some(low(high, last)),
        [0, 0, 0, 0, 0, 0, high, last] if high != 0 => Some(low(high, last)),
        [0x2002, high, last, ..] => Some(low(high, last)),
        _ => None,
    }
}
