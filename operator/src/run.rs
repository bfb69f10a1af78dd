//! Runs everything: watches, workers, the poll of the runtime view, the sweep.

use std::sync::Arc;

use crds::v1alpha1::{ApiKey, Connector, ConnectorDefinition, Tenant};
use kube::Client;
use secrets::KeyRing;
use store::Store;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    bootstrap, context::Context, error::Error, options::OperatorOptions, runtime, sweep, watch, worker,
};

/// Makes this process the writer of its installation and reconciles until `stop` is cancelled.
///
/// The caller sees to it that one process at a time does so: by the Lease ([`crate::leader`]), or by being alone.
///
/// # Errors
/// [`Error`] if the process must end: another writer was raised, or the database's schema is not the one needed.
pub async fn run_controllers(
    client: Client,
    store: Arc<dyn Store>,
    ring: KeyRing,
    options: OperatorOptions,
    stop: CancellationToken,
) -> Result<(), Error> {
    let writer = store.raise_writer(&options.origin, &options.holder).await?;
    tracing::info!(origin = %writer.origin, epoch = writer.epoch, "reconciling");
    let ctx = Arc::new(Context::new(client, store, writer, ring, options));
    ctx.options.metrics.leading(true);

    // Aborted when dropped, at the end of this function.
    let mut feeds = JoinSet::new();
    feeds.spawn(watch::objects::<Tenant>(Arc::clone(&ctx)));
    feeds.spawn(watch::objects::<Connector>(Arc::clone(&ctx)));
    feeds.spawn(watch::objects::<ApiKey>(Arc::clone(&ctx)));
    feeds.spawn(watch::objects::<ConnectorDefinition>(Arc::clone(&ctx)));
    feeds.spawn(watch::secrets(Arc::clone(&ctx)));
    // Nothing is done, above all nothing removed, before everything was listed once.
    tokio::select! {
        () = ctx.synced() => {}
        () = stop.cancelled() => return Ok(()),
    }
    runtime::look_at_replicas(&ctx).await;
    feeds.spawn(runtime::poll(Arc::clone(&ctx)));
    feeds.spawn(bootstrap::run(Arc::clone(&ctx)));
    ctx.options.running.send_replace(true);

    let outcome = work(&ctx, &stop, &mut feeds).await;
    ctx.options.running.send_replace(false);
    ctx.options.metrics.leading(false);
    outcome
}

async fn work(ctx: &Arc<Context>, stop: &CancellationToken, feeds: &mut JoinSet<()>) -> Result<(), Error> {
    let stop = stop.child_token();
    // However this ends, the other workers end too.
    let _guard = stop.clone().drop_guard();
    let mut workers = JoinSet::new();
    workers.spawn(worker::run::<Tenant>(Arc::clone(ctx), stop.clone()));
    workers.spawn(worker::run::<Connector>(Arc::clone(ctx), stop.clone()));
    workers.spawn(worker::run::<ApiKey>(Arc::clone(ctx), stop.clone()));
    workers.spawn(worker::run::<ConnectorDefinition>(Arc::clone(ctx), stop.clone()));
    loop {
        tokio::select! {
            Some(ended) = workers.join_next() => {
                ended.unwrap_or_else(|error| Err(Error::Bug(error.to_string())))?;
                if workers.is_empty() {
                    return Ok(());
                }
            }
            Some(ended) = feeds.join_next() => {
                return Err(Error::Bug(format!("a watch ended: {ended:?}")));
            }
            ended = sweep::run(ctx), if !stop.is_cancelled() => return ended,
        }
    }
}
