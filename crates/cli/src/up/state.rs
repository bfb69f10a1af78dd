//! How the objects fare: watched for the banner, and for the log afterwards.

mod readiness;
mod view;

use std::{collections::BTreeMap, time::Duration};

use crds::v1alpha1::{ApiKey, Connector, ConnectorDefinition, Tenant};
use futures::{Stream, StreamExt, stream::SelectAll};
use kube::{
    Api, Client, Resource, ResourceExt,
    runtime::{
        WatchStreamExt,
        watcher::{self, Event, watcher},
    },
};
use localapi::Problem;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::parts::Site;
use readiness::HasConditions;
pub(super) use readiness::{Readiness, Tools};
pub(super) use view::{Endpoint, TenantView, View};

/// How long nothing must change for an object that is not ready to count as settled.
const QUIET: Duration = Duration::from_secs(2);

/// A kind and a name: `connector/github`, with the namespace where it is another than the default one.
type Label = String;

/// What a watch says of one object.
enum Change {
    Is(Label, Readiness),
    Gone(Label),
    /// Everything that is there has been told once.
    Listed,
}

/// The objects as they are now.
pub(super) struct State {
    client: Client,
    changes: SelectAll<futures::stream::BoxStream<'static, Change>>,
    objects: BTreeMap<Label, Readiness>,
    unlisted: usize,
    problems: watch::Receiver<Vec<Problem>>,
}

impl State {
    /// Begins to watch.
    pub(super) fn watch(site: &Site) -> Self {
        let (client, problems) = (site.client.clone(), site.problems.clone());
        let mut changes = SelectAll::new();
        changes.push(changes_of::<Tenant>(site, "tenant").boxed());
        changes.push(changes_of::<Connector>(site, "connector").boxed());
        changes.push(changes_of::<ApiKey>(site, "apikey").boxed());
        changes.push(changes_of::<ConnectorDefinition>(site, "connectordefinition").boxed());
        let unlisted = changes.len();
        Self { client, changes, objects: BTreeMap::new(), unlisted, problems }
    }

    /// Waits until the operator runs and every object is ready, or is known not to be and stays so for a while.
    pub(super) async fn until_settled(&mut self, mut running: watch::Receiver<bool>) {
        let mut is_running = *running.borrow_and_update();
        loop {
            let is_listed = is_running && self.unlisted == 0;
            if is_listed && self.objects.values().all(Readiness::is_ready) {
                return;
            }
            let is_known = is_listed && self.objects.values().all(Readiness::is_known);
            tokio::select! {
                changed = running.changed(), if !is_running => {
                    // A sender that is gone means an operator that ended, which is noticed elsewhere.
                    is_running = changed.is_err() || *running.borrow_and_update();
                }
                Some(change) = self.changes.next() => {
                    self.take(change);
                }
                () = tokio::time::sleep(QUIET), if is_known => return,
            }
        }
    }

    /// Logs whatever changes, for ever.
    pub(super) async fn log_changes(&mut self) {
        self.problems.mark_unchanged();
        loop {
            tokio::select! {
                Some(change) = self.changes.next() => {
                    if let Some((label, before)) = self.take(change) {
                        log(&label, before.as_ref(), self.objects.get(&label));
                    }
                }
                Ok(()) = self.problems.changed() => log_problems(&self.problems.borrow_and_update()),
                else => std::future::pending().await,
            }
        }
    }

    /// Takes a change in; what changed, and how it was before.
    fn take(&mut self, change: Change) -> Option<(Label, Option<Readiness>)> {
        match change {
            Change::Is(label, readiness) => {
                let before = self.objects.insert(label.clone(), readiness);
                Some((label, before))
            }
            Change::Gone(label) => {
                let before = self.objects.remove(&label);
                Some((label, before))
            }
            Change::Listed => {
                self.unlisted = self.unlisted.saturating_sub(1);
                None
            }
        }
    }
}

fn changes_of<K>(site: &Site, kind: &'static str) -> impl Stream<Item = Change> + Send + use<K>
where
    K: Resource<DynamicType = ()>
        + HasConditions
        + Clone
        + std::fmt::Debug
        + DeserializeOwned
        + Send
        + 'static,
{
    let api: Api<K> = Api::all(site.client.clone());
    let public_url = site.public_url.to_string();
    let label = move |object: &K| match object.namespace() {
        Some(namespace) if namespace != "default" => format!("{kind}/{} in {namespace}", object.name_any()),
        _ => format!("{kind}/{}", object.name_any()),
    };
    watcher(api, watcher::Config::default()).default_backoff().filter_map(move |event| {
        let change = match event {
            Ok(Event::InitApply(object) | Event::Apply(object)) => {
                Some(Change::Is(label(&object), Readiness::of(&object, &public_url)))
            }
            Ok(Event::Delete(object)) => Some(Change::Gone(label(&object))),
            Ok(Event::InitDone) => Some(Change::Listed),
            Ok(Event::Init) => None,
            Err(error) => {
                tracing::debug!(%error, kind, "watch interrupted");
                None
            }
        };
        std::future::ready(change)
    })
}

fn log(label: &str, before: Option<&Readiness>, now: Option<&Readiness>) {
    let Some(now) = now else { return tracing::info!("{label} is gone") };
    if before == Some(now) || !now.is_known() {
        return;
    }
    if before.is_none_or(|before| (before.is_ready(), before.why()) != (now.is_ready(), now.why())) {
        match now.is_ready() {
            true => tracing::info!("{label} is ready"),
            false => tracing::warn!("{label} is not ready: {}", now.why()),
        }
    }
    match &now.tools {
        tools if before.is_some_and(|before| before.tools == *tools) => {}
        Tools::Unknown => {}
        Tools::Known(count) => tracing::info!("{label} offers {count} tools"),
        Tools::Unavailable(why) => tracing::warn!("{label} offers no tools: {why}"),
    }
}

fn log_problems(problems: &[Problem]) {
    for problem in problems {
        tracing::warn!("not in effect: {problem}");
    }
    if problems.is_empty() {
        tracing::info!("every manifest is in effect again");
    }
}
