//! What every request shares.

use std::{sync::Arc, time::Duration};

use secrets::KeyRing;
use tokio_util::task::TaskTracker;

use crate::{
    access::Denied,
    auth::Authenticator,
    clock::Clock,
    http::{client::TrustedProxies, origin::OriginRules},
    mcp::{in_flight::InFlight, session::Sessions},
    metrics::Metrics,
    pool::Pool,
    snapshot::Live,
};

/// The parts of a running gateway.
pub struct App {
    /// Configuration.
    pub live: Arc<Live>,
    /// Keys.
    pub auth: Authenticator,
    /// Instances.
    pub pool: Arc<Pool>,
    /// Legacy sessions.
    pub sessions: Sessions,
    /// Legacy calls that a notification may cancel.
    pub in_flight: InFlight,
    /// Calls that outlive their connection.
    pub calls: TaskTracker,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What was configured.
    pub settings: Settings,
}

/// What requests need to know of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether keys are asked for. Off only on a loopback listener.
    pub authenticate: bool,
    /// The domain below which tenants have hosts of their own.
    pub base_domain: Option<String>,
    /// Which browsers may call.
    pub origins: OriginRules,
    /// Whose forwarded headers count.
    pub trusted_proxies: TrustedProxies,
    /// How old the snapshot may be.
    pub max_staleness: Duration,
}

impl App {
    /// The parts that follow from the others.
    #[must_use]
    pub fn new(
        ring: &Arc<KeyRing>,
        live: Arc<Live>,
        pool: Arc<Pool>,
        sessions: bool,
        settings: Settings,
        clock: Clock,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            live,
            auth: Authenticator::new(ring.clone()),
            pool,
            sessions: Sessions::new(ring.clone(), sessions),
            in_flight: InFlight::default(),
            calls: TaskTracker::new(),
            clock,
            metrics,
            settings,
        }
    }

    /// Whether the snapshot is young enough to be trusted.
    ///
    /// # Errors
    /// [`Denied::Stale`].
    pub fn check_fresh(&self, now_ms: i64) -> Result<(), Denied> {
        let limit = i64::try_from(self.settings.max_staleness.as_millis()).unwrap_or(i64::MAX);
        match self.live.age_ms(now_ms) {
            Some(age) if age <= limit => Ok(()),
            _ => Err(Denied::Stale),
        }
    }
}
