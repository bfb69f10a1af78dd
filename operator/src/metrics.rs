//! What the operator counts. Labels are kinds and outcomes, never names.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};
use store::model::Kind;

use crate::{error::Class, kind::label};

/// The operator's metrics. Clones share their values.
#[derive(Clone, Debug)]
pub struct Metrics {
    passes: Family<PassLabels, Counter>,
    pass_seconds: Family<KindLabel, Histogram>,
    queued: Family<KindLabel, Gauge>,
    status_writes: Family<KindLabel, Counter>,
    invalid_objects: Family<KindLabel, Counter>,
    watch_errors: Family<KindLabel, Counter>,
    sweep_stopped: Family<KindLabel, Counter>,
    swept: Family<KindLabel, Counter>,
    held_removals: Family<KindLabel, Counter>,
    replicas: Gauge,
    leading: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PassLabels {
    kind: &'static str,
    outcome: &'static str,
}

fn of(kind: Kind) -> KindLabel {
    KindLabel { kind: label(kind) }
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            passes: Family::default(),
            pass_seconds: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.001, 4.0, 8))),
            queued: Family::default(),
            status_writes: Family::default(),
            invalid_objects: Family::default(),
            watch_errors: Family::default(),
            sweep_stopped: Family::default(),
            swept: Family::default(),
            held_removals: Family::default(),
            replicas: Gauge::default(),
            leading: Gauge::default(),
        }
    }
}

impl Metrics {
    /// Makes the metrics visible in a registry.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("sagemcp_operator");
        registry.register("reconciles", "Passes over objects", self.passes.clone());
        registry.register("reconcile_seconds", "Duration of passes", self.pass_seconds.clone());
        registry.register("queued_objects", "Objects that wait for a pass", self.queued.clone());
        registry.register("status_writes", "Statuses written", self.status_writes.clone());
        registry.register(
            "invalid_objects",
            "Objects seen that do not fit the schema of this version",
            self.invalid_objects.clone(),
        );
        registry.register("watch_errors", "Watches broken off", self.watch_errors.clone());
        registry.register(
            "sweeps_stopped",
            "Sweeps stopped because they would have removed too much",
            self.sweep_stopped.clone(),
        );
        registry.register("swept_objects", "Objects removed by the sweep", self.swept.clone());
        registry.register(
            "held_removals",
            "Removals not made because the CRD is gone or going",
            self.held_removals.clone(),
        );
        registry.register("gateway_replicas", "Ready gateway replicas", self.replicas.clone());
        registry.register("leading", "1 if this process reconciles, 0 on standby", self.leading.clone());
    }

    pub(crate) fn pass(&self, kind: Kind, failure: Option<Class>, took: Duration) {
        let outcome = failure.map_or("ok", Class::as_str);
        self.passes.get_or_create(&PassLabels { kind: label(kind), outcome }).inc();
        self.pass_seconds.get_or_create(&of(kind)).observe(took.as_secs_f64());
    }

    pub(crate) fn queued(&self, kind: Kind, count: usize) {
        self.queued.get_or_create(&of(kind)).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    pub(crate) fn status_written(&self, kind: Kind) {
        self.status_writes.get_or_create(&of(kind)).inc();
    }

    pub(crate) fn invalid_object(&self, kind: Kind) {
        self.invalid_objects.get_or_create(&of(kind)).inc();
    }

    pub(crate) fn watch_error(&self, kind: &'static str) {
        self.watch_errors.get_or_create(&KindLabel { kind }).inc();
    }

    pub(crate) fn sweep_stopped(&self, kind: Kind) {
        self.sweep_stopped.get_or_create(&of(kind)).inc();
    }

    pub(crate) fn swept(&self, kind: Kind) {
        self.swept.get_or_create(&of(kind)).inc();
    }

    pub(crate) fn held_removal(&self, kind: Kind) {
        self.held_removals.get_or_create(&of(kind)).inc();
    }

    pub(crate) fn replicas(&self, ready: usize) {
        self.replicas.set(i64::try_from(ready).unwrap_or(i64::MAX));
    }

    pub(crate) fn leading(&self, leading: bool) {
        self.leading.set(i64::from(leading));
    }

    /// How many statuses of a kind were written.
    #[must_use]
    pub fn statuses_written(&self, kind: Kind) -> u64 {
        self.status_writes.get_or_create(&of(kind)).get()
    }

    /// How many sweeps of a kind were stopped.
    #[must_use]
    pub fn sweeps_stopped(&self, kind: Kind) -> u64 {
        self.sweep_stopped.get_or_create(&of(kind)).get()
    }

    /// How many passes over objects of a kind have ended, whatever their outcome.
    #[must_use]
    pub fn passes(&self, kind: Kind) -> u64 {
        let outcomes =
            [None, Some(Class::Invalid), Some(Class::Waiting), Some(Class::Transient), Some(Class::Bug)];
        let count = |failure: Option<Class>| {
            let outcome = failure.map_or("ok", Class::as_str);
            self.passes.get_or_create(&PassLabels { kind: label(kind), outcome }).get()
        };
        outcomes.into_iter().map(count).sum()
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;

    use super::*;

    #[test]
    fn what_was_counted_is_shown_by_kind_and_outcome() {
        let metrics = Metrics::default();
        let mut registry = Registry::default();
        metrics.register(&mut registry);
        metrics.pass(Kind::Tenant, None, Duration::from_millis(2));
        metrics.pass(Kind::Tenant, Some(Class::Waiting), Duration::from_millis(2));
        assert_eq!(metrics.passes(Kind::Tenant), 2);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        let expected = "sagemcp_operator_reconciles_total{kind=\"Tenant\",outcome=\"waiting\"} 1";
        assert!(text.contains(expected), "{text}");
    }
}
