//! Which of several operators works: the one that holds a Lease.
//!
//! The Lease only keeps two from working at once for long. That an old leader cannot write once a new one has begun is
//! the store's doing, which refuses every writer but the last one raised.

mod lease;

use std::time::Duration;

use kube::Client;
use tokio::time::Instant;

use lease::Claim;
pub use lease::Lease;

use crate::error::Error;

/// How the Lease is held.
#[derive(Clone, Debug)]
pub struct LeaderOptions {
    /// The Lease's namespace: the operator's own.
    pub namespace: String,
    /// The Lease's name.
    pub name: String,
    /// Who this process is; no other may be called so.
    pub identity: String,
    /// How long the Lease is good for after its last renewal, in whole seconds.
    pub duration: Duration,
    /// How often it is renewed, and how often others look whether it is free.
    pub period: Duration,
}

impl LeaderOptions {
    /// A Lease of 15 s, renewed every 5 s.
    #[must_use]
    pub fn new(namespace: impl Into<String>, name: impl Into<String>, identity: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            identity: identity.into(),
            duration: Duration::from_secs(15),
            period: Duration::from_secs(5),
        }
    }
}

/// Waits until the Lease is ours.
pub async fn acquire(client: Client, options: LeaderOptions) -> Lease {
    let mut lease = Lease::new(client, options);
    let mut told = None;
    loop {
        match tokio::time::timeout(lease.duration(), lease.claim()).await {
            Ok(Ok(Claim::Held)) => return lease,
            Ok(Ok(Claim::HeldBy(holder))) => {
                if told.as_ref() != Some(&holder) {
                    tracing::info!(holder, "standing by: another process holds the lease");
                    told = Some(holder);
                }
            }
            Ok(Err(error)) => tracing::warn!(error = error.chain(), "the lease cannot be claimed"),
            Err(_) => tracing::warn!("the lease cannot be claimed: the API does not answer"),
        }
        tokio::time::sleep(lease.period()).await;
    }
}

/// Renews the Lease until it is lost, which is the only way this returns.
pub async fn hold(lease: &mut Lease) -> Error {
    let mut good_until = Instant::now() + lease.duration();
    loop {
        tokio::time::sleep(lease.period()).await;
        // An answer that comes after the Lease has run out is worth nothing.
        let claim = tokio::time::timeout_at(good_until, lease.claim()).await;
        match claim {
            Ok(Ok(Claim::Held)) => good_until = Instant::now() + lease.duration(),
            Ok(Ok(Claim::HeldBy(holder))) => {
                tracing::error!(holder, "another process took the lease");
                return Error::LeaseLost(lease.name().to_owned());
            }
            Ok(Err(error)) => tracing::warn!(error = error.chain(), "the lease cannot be renewed"),
            Err(_) => {}
        }
        if Instant::now() >= good_until {
            return Error::LeaseLost(lease.name().to_owned());
        }
    }
}
