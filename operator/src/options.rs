//! How the operator is to run.

use std::sync::Arc;

use connectors::egress::EgressPolicy;
use domain::ids::{ObjectKey, Origin};
use tokio::sync::watch;

use crate::{bootstrap::BootstrapKey, clock::Clock, endpoints::Endpoints, metrics::Metrics};

/// How the operator is to run. Start from [`OperatorOptions::new`] and change what differs.
#[derive(Clone, Debug)]
pub struct OperatorOptions {
    /// The installation, part of every row's key. It must never change while its rows exist.
    pub origin: Origin,
    /// Names this process for people: in Events, and as the writer in the store.
    pub holder: String,
    /// The operator's own namespace: `platform_admin` keys are accepted only here.
    pub namespace: String,
    /// What clients call the gateway.
    pub endpoints: Endpoints,
    /// Private addresses that connectors may reach; the gateway must be given the same.
    pub egress: EgressPolicy,
    /// Whether hosted servers may run as processes of the gateway.
    pub allow_process_runtime: bool,
    /// The Secret in the operator's own namespace that holds the key ring. No object may name it.
    pub key_ring_secret: Option<String>,
    /// A `platform_admin` key to begin with: applied as Secret and ApiKey `bootstrap-admin` in the operator's namespace.
    pub bootstrap_admin: Option<BootstrapKey>,
    /// How much of a kind's rows the sweep may remove at once, in per cent; ten rows it may remove always.
    pub sweep_max_percent: u8,
    /// How many passes run at once, for each kind.
    pub concurrency: usize,
    /// Tells the time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
    /// Turns true when every watch has listed once and passes run.
    pub running: Arc<watch::Sender<bool>>,
}

impl OperatorOptions {
    /// Options with the defaults of a standalone installation.
    #[must_use]
    pub fn new(origin: Origin, holder: impl Into<String>, namespace: impl Into<String>) -> Self {
        Self {
            origin,
            holder: holder.into(),
            namespace: namespace.into(),
            endpoints: Endpoints::default(),
            egress: EgressPolicy::default(),
            allow_process_runtime: false,
            key_ring_secret: None,
            bootstrap_admin: None,
            sweep_max_percent: 20,
            concurrency: 8,
            clock: Clock::default(),
            metrics: Metrics::default(),
            running: Arc::new(watch::Sender::new(false)),
        }
    }

    /// Whether a Secret holds the key ring.
    pub(crate) fn is_key_ring(&self, secret: &ObjectKey) -> bool {
        secret.namespace == self.namespace && self.key_ring_secret.as_deref() == Some(secret.name.as_str())
    }
}
