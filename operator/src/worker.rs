//! Takes objects out of a kind's queue and runs passes over them.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use domain::ids::ObjectKey;
use futures::FutureExt;
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    backoff,
    context::Context,
    error::{Class, Error},
    kind::{Managed, Pass, label},
    removal,
};

/// How long one pass may take.
const PASS_LIMIT: Duration = Duration::from_secs(60);
/// How long passes under way may go on after the word to stop.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);

/// Runs passes until told to stop, or until one says that the process must end.
pub(crate) async fn run<K: Managed>(ctx: Arc<Context>, stop: CancellationToken) -> Result<(), Error> {
    let mut passes = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(ended) = passes.join_next() => ended.unwrap_or_else(|error| Err(Error::Bug(error.to_string())))?,
            key = K::watched(&ctx).queue.next(), if passes.len() < ctx.options.concurrency => {
                let ctx = Arc::clone(&ctx);
                passes.spawn(async move { one::<K>(&ctx, key).await });
            }
        }
    }
    let drained = async { while passes.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN_LIMIT, drained).await.is_err() {
        tracing::warn!(kind = label(K::KIND), "passes were cut off at shutdown");
    }
    Ok(())
}

/// One pass, with everything that follows from its outcome.
async fn one<K: Managed>(ctx: &Context, key: ObjectKey) -> Result<(), Error> {
    let watched = K::watched(ctx);
    let started = Instant::now();
    let limited = tokio::time::timeout(PASS_LIMIT, pass::<K>(ctx, &key));
    let outcome = match AssertUnwindSafe(limited).catch_unwind().await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Error::Timeout { secs: PASS_LIMIT.as_secs() }),
        Err(_) => Err(Error::Bug("the pass panicked".to_owned())),
    };
    let class = outcome.as_ref().err().map(Error::class);
    ctx.options.metrics.pass(K::KIND, class, started.elapsed());
    let again = match outcome {
        Ok(again) => {
            watched.backoff.succeeded(&key);
            again
        }
        Err(error) => {
            report::<K>(&key, &error);
            match error.class() {
                Class::Fatal => return Err(error),
                Class::Invalid => {
                    watched.backoff.succeeded(&key);
                    Some(backoff::until_drift_check())
                }
                Class::Waiting | Class::Transient | Class::Bug => Some(watched.backoff.failed(&key)),
            }
        }
    };
    watched.queue.done(&key);
    if let Some(again) = again {
        watched.queue.add_at(key, Instant::now() + again);
    }
    ctx.options.metrics.queued(K::KIND, watched.queue.len());
    Ok(())
}

async fn pass<K: Managed>(ctx: &Context, key: &ObjectKey) -> Result<Option<Duration>, Error> {
    let watched = K::watched(ctx);
    if let Some(object) = watched.cache.get(key) {
        let pass = Pass { key: key.clone(), object };
        return K::reconcile(ctx, &pass).await.map(Some);
    }
    // Missing without the word of a deletion: the sweep decides.
    if watched.cache.was_deleted(key) {
        removal::remove::<K>(ctx, key).await?;
        watched.cache.forget_deleted(key);
    }
    Ok(None)
}

fn report<K: Managed>(key: &ObjectKey, error: &Error) {
    let (kind, reason) = (label(K::KIND), error.chain());
    match error.class() {
        Class::Invalid | Class::Waiting => tracing::info!(kind, object = %key, reason, "not accepted"),
        Class::Transient => tracing::warn!(kind, object = %key, reason, "the pass is tried again"),
        Class::Bug | Class::Fatal => tracing::error!(kind, object = %key, reason, "the pass failed"),
    }
}
