//! The sweep: removes rows whose objects are gone without the operator having been told.
//!
//! It looks only at rows of its own installation, compares them with a list that it asks for anew, and stops if it would
//! remove much: then somebody deleted a CRD or restored half a cluster rather than many objects.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crds::v1alpha1::{ApiKey, Connector, ConnectorDefinition, Tenant};
use domain::ids::ObjectKey;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::{Api, api::ListParams};
use store::model::Kind;
use tokio::{sync::Notify, time::Instant};

use crate::{
    context::Context,
    crd::{self, Crd},
    error::{Class, Error, Finding},
    kind::{Managed, crd_name, key_of, label},
};

/// How often everything is compared.
const EVERY: Duration = Duration::from_secs(600);
/// When a comparison that failed is tried again.
const AGAIN: Duration = Duration::from_secs(30);
/// How often what has outlived its time is purged.
const PURGE_EVERY: Duration = Duration::from_secs(6 * 3600);
/// How many rows may always be removed.
const ALWAYS: usize = 10;
/// How long one comparison may take.
const LIMIT: Duration = Duration::from_secs(300);
/// Objects asked for at once.
const PAGE: u32 = 500;

/// Kinds that a watch wants compared soon.
#[derive(Default)]
pub(crate) struct SweepRequests {
    kinds: Mutex<HashSet<Kind>>,
    asked: Notify,
}

impl SweepRequests {
    /// Asks for a comparison of a kind.
    pub(crate) fn request(&self, kind: Kind) {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner).insert(kind);
        self.asked.notify_one();
    }

    fn take(&self) -> HashSet<Kind> {
        std::mem::take(&mut self.kinds.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Compares everything at once, then regularly and whenever a watch asks. Runs until the process must end.
pub(crate) async fn run(ctx: &Context) -> Result<(), Error> {
    let mut purge_at = Instant::now();
    let mut kinds = every_kind();
    loop {
        let mut failed = HashSet::new();
        for kind in kinds {
            let swept = tokio::time::timeout(LIMIT, sweep_kind(ctx, kind)).await;
            let swept = swept.unwrap_or(Err(Error::Timeout { secs: LIMIT.as_secs() }));
            if !lived_through(swept, label(kind))? {
                failed.insert(kind);
            }
        }
        if Instant::now() >= purge_at {
            lived_through(purge(ctx).await, "purge")?;
            purge_at = Instant::now() + PURGE_EVERY;
        }
        kinds = tokio::select! {
            () = ctx.sweep.asked.notified() => &ctx.sweep.take() | &failed,
            () = tokio::time::sleep(AGAIN), if !failed.is_empty() => failed,
            () = tokio::time::sleep(EVERY), if failed.is_empty() => every_kind(),
        };
    }
}

fn every_kind() -> HashSet<Kind> {
    HashSet::from([Kind::Connector, Kind::ApiKey, Kind::Tenant, Kind::Definition])
}

/// Whether it went well. An error that a later try may not meet is logged, one that must end the process passed on.
fn lived_through(outcome: Result<(), Error>, what: &'static str) -> Result<bool, Error> {
    match outcome {
        Err(error) if error.class() == Class::Fatal => Err(error),
        Err(error) => {
            tracing::warn!(what, error = error.chain(), "the sweep did not get through");
            Ok(false)
        }
        Ok(()) => Ok(true),
    }
}

async fn purge(ctx: &Context) -> Result<(), Error> {
    let purged = ctx.store.purge(&ctx.writer, ctx.options.clock.now_ms()).await?;
    tracing::info!(purged.tenants, purged.tombstones, purged.replicas, "purged what has outlived its time");
    Ok(())
}

async fn sweep_kind(ctx: &Context, kind: Kind) -> Result<(), Error> {
    match kind {
        Kind::Tenant => sweep::<Tenant>(ctx).await,
        Kind::Connector => sweep::<Connector>(ctx).await,
        Kind::ApiKey => sweep::<ApiKey>(ctx).await,
        Kind::Definition => sweep::<ConnectorDefinition>(ctx).await,
    }
}

async fn sweep<K: Managed>(ctx: &Context) -> Result<(), Error> {
    // Rows first: an object created after this cannot be among them, so it cannot be missed.
    let stored = ctx.store.objects(&ctx.options.origin, K::KIND).await?;
    if stored.is_empty() {
        return Ok(());
    }
    let Crd::Stands { young } = crd::look::<K>(ctx).await? else {
        return Err(Error::Unresolved(Finding::new("CrdGoing", "the CRD is gone or going")));
    };
    let living = list::<K>(ctx).await?;
    let total = stored.len();
    let orphans: Vec<_> =
        stored.into_iter().map(|object| object.key).filter(|key| !living.contains(key)).collect();
    if orphans.is_empty() {
        return Ok(());
    }
    if orphans.len() > allowed(total, ctx.options.sweep_max_percent, young) {
        stop::<K>(ctx, orphans.len(), total).await;
        return Ok(());
    }
    for key in orphans {
        // Removed through the queue, so that it cannot overtake a pass over an object that is created just now.
        ctx.options.metrics.swept(K::KIND);
        K::watched(ctx).cache.condemn(&key);
        K::watched(ctx).queue.add(key);
    }
    Ok(())
}

/// How many of a kind's objects may be removed at once. Under a young CRD even a few may be missing by mistake.
fn allowed(total: usize, max_percent: u8, young: bool) -> usize {
    let always = if young { 0 } else { ALWAYS };
    always.max(total * usize::from(max_percent) / 100)
}

/// Every object of a kind, by metadata alone.
async fn list<K: Managed>(ctx: &Context) -> Result<HashSet<ObjectKey>, Error> {
    let api: Api<K> = Api::all(ctx.client.clone());
    let mut params = ListParams::default().limit(PAGE);
    let mut living = HashSet::new();
    loop {
        let page = api.list_metadata(&params).await.map_err(Error::kube("list objects"))?;
        living.extend(page.items.iter().map(|object| key_of(&ctx.options.origin, object)));
        match page.metadata.continue_ {
            Some(token) if !token.is_empty() => params = params.continue_token(&token),
            _ => return Ok(living),
        }
    }
}

async fn stop<K: Managed>(ctx: &Context, orphans: usize, total: usize) {
    ctx.options.metrics.sweep_stopped(K::KIND);
    let kind = label(K::KIND);
    let note = format!(
        "{orphans} of {total} {kind} objects that have rows are gone from the cluster. Their rows stay in service. If \
         they were deleted on purpose, run the operator once with --sweep-max-percent 100."
    );
    tracing::error!(kind, orphans, total, "the sweep stopped: {note}");
    let about = ObjectReference {
        api_version: Some("apiextensions.k8s.io/v1".to_owned()),
        kind: Some("CustomResourceDefinition".to_owned()),
        name: Some(crd_name(K::KIND)),
        namespace: Some(ctx.options.namespace.clone()),
        ..ObjectReference::default()
    };
    ctx.events.warn("SweepStopped", &note, &about).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn under_a_young_crd_not_even_ten_objects_may_go() {
        assert_eq!(allowed(3, 20, true), 0);
        assert_eq!(allowed(100, 20, true), 20);
        assert_eq!(allowed(3, 100, true), 3);
    }

    #[test]
    fn ten_objects_or_a_fifth_may_go_at_once() {
        assert_eq!(allowed(0, 20, false), 10);
        assert_eq!(allowed(40, 20, false), 10);
        assert_eq!(allowed(1_000, 20, false), 200);
        assert_eq!(allowed(1_000, 100, false), 1_000);
    }
}
