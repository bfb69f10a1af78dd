//! What the gateway counts. Names and labels are listed in `docs/metrics.md`; labels take few values, none of them from
//! clients or tenants.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

/// Labels of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    /// `legacy`, `modern`, or `none` where no era was decided.
    pub era: &'static str,
    /// The MCP method, or `other`.
    pub method: &'static str,
    /// The HTTP status.
    pub status: u16,
}

/// Labels of a tool call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CallLabels {
    /// `native`, `hosted` or `remote`.
    pub kind: &'static str,
    /// `ok`, `tool_error`, `rpc_error` or `unavailable`.
    pub outcome: &'static str,
}

/// Labels of what has a kind and a reason.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReasonLabels {
    /// `native`, `hosted` or `remote`.
    pub kind: &'static str,
    /// One word.
    pub reason: &'static str,
}

/// Labels of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RefusalLabels {
    /// One word.
    pub reason: &'static str,
}

/// Labels of a duration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct KindLabels {
    /// `native`, `hosted` or `remote`.
    pub kind: &'static str,
}

/// The gateway's metrics.
#[derive(Debug)]
pub struct Metrics {
    /// Requests answered.
    pub requests: Family<RequestLabels, Counter>,
    /// Tool calls ended.
    pub tool_calls: Family<CallLabels, Counter>,
    /// How long tool calls took, the server's time included.
    pub tool_call_duration: Family<KindLabels, Histogram>,
    /// Servers that could not be asked.
    pub upstream_failures: Family<ReasonLabels, Counter>,
    /// Connectors missing from an aggregated list because they failed.
    pub aggregate_absences: Family<ReasonLabels, Counter>,
    /// Requests refused before their method was looked at.
    pub refusals: Family<RefusalLabels, Counter>,
    /// Streams open.
    pub open_streams: Gauge,
    /// Instances in the pool.
    pub pool_size: Gauge,
    /// Calls that found an instance.
    pub pool_hits: Counter,
    /// Calls that found none.
    pub pool_misses: Counter,
    /// Instances crowded out.
    pub pool_evictions: Counter,
    /// Discoveries reported.
    pub discoveries: Family<RefusalLabels, Counter>,
    /// The revision served.
    pub snapshot_revision: Gauge,
    /// Time since the store confirmed the snapshot.
    pub snapshot_age_secs: Gauge,
}

impl Metrics {
    /// Registers all metrics under the prefix `sagemcp_gateway`.
    #[must_use]
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Family::default(),
            tool_calls: Family::default(),
            tool_call_duration: Family::new_with_constructor(|| {
                Histogram::new(exponential_buckets(0.001, 2.0, 16))
            }),
            upstream_failures: Family::default(),
            aggregate_absences: Family::default(),
            refusals: Family::default(),
            open_streams: Gauge::default(),
            pool_size: Gauge::default(),
            pool_hits: Counter::default(),
            pool_misses: Counter::default(),
            pool_evictions: Counter::default(),
            discoveries: Family::default(),
            snapshot_revision: Gauge::default(),
            snapshot_age_secs: Gauge::default(),
        };
        metrics.register_under(registry.sub_registry_with_prefix("sagemcp_gateway"));
        metrics
    }

    fn register_under(&self, registry: &mut Registry) {
        registry.register("requests", "MCP requests answered", self.requests.clone());
        registry.register("tool_calls", "Tool calls ended, by outcome", self.tool_calls.clone());
        registry.register_with_unit(
            "tool_call_duration",
            "Time of tool calls, the server's included",
            Unit::Seconds,
            self.tool_call_duration.clone(),
        );
        registry.register(
            "upstream_failures",
            "Servers that could not be asked",
            self.upstream_failures.clone(),
        );
        registry.register(
            "aggregate_absences",
            "Connectors missing from an aggregated list",
            self.aggregate_absences.clone(),
        );
        registry.register(
            "refusals",
            "Requests refused before their method was looked at",
            self.refusals.clone(),
        );
        registry.register("open_streams", "Response streams open", self.open_streams.clone());
        registry.register("pool_size", "Instances in the pool", self.pool_size.clone());
        registry.register("pool_hits", "Calls that found an instance", self.pool_hits.clone());
        registry.register("pool_misses", "Calls that had to make an instance", self.pool_misses.clone());
        registry.register("pool_evictions", "Instances crowded out of the pool", self.pool_evictions.clone());
        registry.register("discoveries", "Tool discoveries reported, by result", self.discoveries.clone());
        registry.register(
            "snapshot_revision",
            "Configuration revision served",
            self.snapshot_revision.clone(),
        );
        registry.register_with_unit(
            "snapshot_age",
            "Time since the database confirmed the configuration served",
            Unit::Seconds,
            self.snapshot_age_secs.clone(),
        );
    }
}
