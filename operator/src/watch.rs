//! The watches: endless streams that feed [`Context::observe`].

use std::sync::Arc;

use crds::v1alpha1::names::{LABEL_USE, USE_API_KEY, USE_CREDENTIALS};
use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api,
    core::{DeserializeGuard, PartialObjectMeta},
    runtime::{WatchStreamExt, watcher},
};

use crate::{
    context::Context,
    kind::{Managed, label},
};

/// Watches a kind until the task is dropped.
pub(crate) async fn objects<K: Managed>(ctx: Arc<Context>) {
    let api = Api::<DeserializeGuard<K>>::all(ctx.client.clone());
    let events = watcher(api, watcher::Config::default()).default_backoff();
    follow(label(K::KIND), &ctx, events, |event| ctx.observe(event)).await;
}

/// Watches the metadata of labelled Secrets until the task is dropped: whose version moved, never what they hold.
pub(crate) async fn secrets(ctx: Arc<Context>) {
    let api = Api::<PartialObjectMeta<Secret>>::all(ctx.client.clone());
    let labelled = format!("{LABEL_USE} in ({USE_CREDENTIALS},{USE_API_KEY})");
    let events = watcher(api, watcher::Config::default().labels(&labelled)).default_backoff();
    follow("Secret", &ctx, events, |event| ctx.observe_secret(event)).await;
}

async fn follow<T>(
    kind: &'static str,
    ctx: &Context,
    events: impl Stream<Item = watcher::Result<watcher::Event<T>>>,
    mut take_in: impl FnMut(watcher::Event<T>),
) {
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => take_in(event),
            Err(error) => {
                ctx.options.metrics.watch_error(kind);
                tracing::warn!(kind, error = %error, "the watch broke off; it starts again");
            }
        }
    }
}
