//! Asks the store what gateways report: often while an object waits to be served, rarely otherwise.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::ids::ConnectorId;
use store::model::{Discovery, Kind};

use super::{Serving, trigger};
use crate::context::Context;

/// How often replicas are looked at while an object waits for them.
const WHILE_AWAITED: Duration = Duration::from_millis(50);
/// How often they are looked at otherwise, and how often discoveries are.
const OTHERWISE: Duration = Duration::from_secs(1);
/// A replica counts as long as its last heartbeat is not older than this, in ms.
const FRESH_MS: i64 = 10_000;
/// How far discoveries are read back, in ms: gateways' clocks differ from ours.
const OVERLAP_MS: i64 = 30_000;

/// Polls until the task is dropped.
pub(crate) async fn poll(ctx: Arc<Context>) {
    let mut discoveries = Discoveries::default();
    let mut since_discoveries = OTHERWISE;
    loop {
        look_at_replicas(&ctx).await;
        if since_discoveries >= OTHERWISE {
            discoveries.look(&ctx).await;
            since_discoveries = Duration::ZERO;
        }
        let pause = if ctx.runtime.anybody_waits() { WHILE_AWAITED } else { OTHERWISE };
        // Somebody who begins to wait cuts a long pause short.
        if tokio::time::timeout(pause, ctx.runtime.awaited.notified()).await.is_ok() {
            tokio::time::sleep(WHILE_AWAITED).await;
        }
        since_discoveries += pause;
    }
}

/// Takes in what replicas report.
pub(crate) async fn look_at_replicas(ctx: &Context) {
    match ctx.store.replicas(ctx.options.clock.now_ms() - FRESH_MS).await {
        Ok(replicas) => {
            let own = || replicas.iter().filter(|replica| replica.origin == ctx.options.origin);
            ctx.options.metrics.replicas(own().filter(|replica| replica.ready).count());
            trigger(ctx, ctx.runtime.served(Serving::of(own())));
        }
        Err(error) => tracing::debug!(error = %error, "replicas cannot be read"),
    }
}

/// The discoveries seen lately.
#[derive(Default)]
struct Discoveries(HashMap<ConnectorId, Discovery>);

impl Discoveries {
    async fn look(&mut self, ctx: &Context) {
        let since = ctx.options.clock.now_ms() - OVERLAP_MS;
        match ctx.store.discoveries_since(since).await {
            Ok(found) => {
                let changed = self.take_in(found, since);
                let objects = changed.iter().filter_map(|id| ctx.runtime.connector(id));
                trigger(ctx, objects.map(|key| (Kind::Connector, key)).collect());
            }
            Err(error) => tracing::debug!(error = %error, "discoveries cannot be read"),
        }
    }

    /// Notes discoveries; returns the connectors about which they say something new.
    fn take_in(&mut self, found: Vec<Discovery>, since: i64) -> Vec<ConnectorId> {
        let mut changed = Vec::new();
        for discovery in found {
            let id = discovery.connector_id.clone();
            let before = self.0.insert(id.clone(), discovery);
            let now = &self.0[&id];
            let same =
                before.is_some_and(|before| before.outcome == now.outcome && before.revision == now.revision);
            if !same {
                changed.push(id);
            }
        }
        self.0.retain(|_, discovery| discovery.at_ms >= since);
        changed
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::Revision;
    use store::model::{DiscoveryOutcome, Unportable};

    use super::*;

    fn tools(count: u32, at_ms: i64) -> Discovery {
        Discovery {
            connector_id: ConnectorId::new("c"),
            revision: Revision(1),
            outcome: DiscoveryOutcome::Tools { count, unportable: Unportable::default() },
            at_ms,
        }
    }

    #[test]
    fn a_discovery_that_says_the_same_again_is_no_news() {
        let mut seen = Discoveries::default();
        assert_eq!(seen.take_in(vec![tools(3, 10)], 0).len(), 1);
        assert!(seen.take_in(vec![tools(3, 10), tools(3, 20)], 0).is_empty());
        assert_eq!(seen.take_in(vec![tools(4, 30)], 0).len(), 1);
        assert!(seen.take_in(Vec::new(), 31).is_empty() && seen.0.is_empty());
    }
}
