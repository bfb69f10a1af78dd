//! Free ports for servers that must be told theirs before they start.

use std::{
    net::{Ipv4Addr, TcpListener},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::Context as _;

/// Below the range that the kernel takes the ports of outgoing connections from (32768 and up on Linux), so that no
/// client takes a port between our look and the server's start.
const FIRST: u32 = 20_000;
const COUNT: u32 = 12_000;

/// A loopback port that nobody listens on. Ports of one process differ from each other; those of processes started at
/// the same time very likely do.
///
/// # Errors
/// If every port of the range is taken.
pub fn free() -> anyhow::Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Processes start far apart: a prime times the process id, over the range.
    let start = process::id().wrapping_mul(7_919);
    (0..COUNT)
        .map(|_| FIRST + start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT)
        .filter_map(|port| u16::try_from(port).ok())
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .context("no free port between 20000 and 32000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_can_be_bound() -> anyhow::Result<()> {
        let (one, two) = (free()?, free()?);
        assert_ne!(one, two);
        TcpListener::bind((Ipv4Addr::LOCALHOST, one))?;
        TcpListener::bind((Ipv4Addr::LOCALHOST, two))?;
        Ok(())
    }
}
