//! Watches: the changes of a collection as a stream of JSON lines.

use std::{collections::VecDeque, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{Stream, stream};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use crate::{
    api::Inner,
    error::ApiError,
    request::{Query, Shape},
    resource::Resource,
    selector::Selector,
    store::{Change, ChangeKind, State},
    view::{IncludeObject, View},
};

/// How long a watch lasts if the client does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30 * 60);
/// How often a watch in which nothing happens says how far it is.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);

/// The lines of a watch.
pub(crate) type Lines = Pin<Box<dyn Stream<Item = Bytes> + Send>>;

/// One watch.
struct Watch {
    api: Arc<Inner>,
    resource: Arc<Resource>,
    namespace: String,
    selector: Selector,
    shape: Shape,
    include: IncludeObject,
    bookmarks: Option<Interval>,
    deadline: Instant,
    news: watch::Receiver<u64>,
    closed: watch::Receiver<bool>,
    /// Up to where the client knows everything.
    seen: u64,
    lines: VecDeque<Bytes>,
    over: bool,
}

/// Starts a watch.
///
/// # Errors
/// 400 for a query that cannot be read. A revision that is too old is told in the stream, as Kubernetes does.
pub(crate) fn start(
    api: Arc<Inner>,
    resource: Arc<Resource>,
    namespace: String,
    shape: Shape,
    query: &Query,
) -> Result<Lines, ApiError> {
    let selector = Selector::parse(&resource, query.text("labelSelector"), query.text("fieldSelector"))?;
    let timeout = query.number("timeoutSeconds")?.map_or(DEFAULT_TIMEOUT, Duration::from_secs);
    let bookmarks = query.flag("allowWatchBookmarks").then(|| {
        let mut interval = interval_at(Instant::now() + BOOKMARK_EVERY, BOOKMARK_EVERY);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        interval
    });
    let from = query.number("resourceVersion")?.unwrap_or_default();
    let wants_list = query.flag("sendInitialEvents");
    let news = api.store.subscribe();
    let closed = api.closed.subscribe();
    let mut watch = Watch {
        api,
        resource,
        namespace,
        selector,
        shape,
        include: IncludeObject::parse(query.text("includeObject")),
        bookmarks,
        deadline: Instant::now() + timeout,
        news,
        closed,
        seen: from,
        lines: VecDeque::new(),
        over: false,
    };
    if from == 0 || wants_list {
        watch.send_everything();
        if wants_list {
            watch.send_bookmark(true);
        }
    }
    Ok(Box::pin(stream::unfold(watch, |mut watch| async move {
        let line = watch.next().await?;
        Some((line, watch))
    })))
}

impl Watch {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Some(line);
            }
            if self.over {
                return None;
            }
            // Before reading, so that what is written after the read is not missed.
            self.news.borrow_and_update();
            self.catch_up();
            if self.lines.is_empty() && !self.over {
                self.wait().await;
            }
        }
    }

    async fn wait(&mut self) {
        let bookmark = async {
            match &mut self.bookmarks {
                Some(interval) => drop(interval.tick().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = self.news.changed() => self.over = changed.is_err(),
            _ = self.closed.changed() => self.over = true,
            () = bookmark => self.send_bookmark(false),
            () = tokio::time::sleep_until(self.deadline) => {
                if self.bookmarks.is_some() {
                    self.send_bookmark(false);
                }
                self.over = true;
            }
        }
    }

    /// The changes since the client was told last.
    fn catch_up(&mut self) {
        let api = Arc::clone(&self.api);
        let changes = api.store.read(|state: &State| {
            // A revision from the future belongs to another state directory: nothing can be said about it.
            let known =
                if self.seen > state.revision() { Err(state.revision()) } else { state.since(self.seen) };
            let changes: Vec<Change> = known?.filter(|it| self.concerns(it)).cloned().collect();
            Ok((changes, state.revision()))
        });
        match changes {
            Ok((changes, revision)) => {
                self.seen = revision;
                changes.iter().for_each(|change| self.send_change(change));
            }
            Err(oldest) => {
                let gone = ApiError::gone(oldest, self.seen);
                self.send("ERROR", &gone.to_status());
                self.over = true;
            }
        }
    }

    fn concerns(&self, change: &Change) -> bool {
        change.key.storage == self.resource.storage
            && (self.namespace.is_empty() || change.key.namespace == self.namespace)
    }

    /// What a change means to someone who sees only what the selector matches.
    fn send_change(&mut self, change: &Change) {
        let was = change.before.as_deref().is_some_and(|it| self.selector.matches(it));
        let is = change.kind != ChangeKind::Deleted && self.selector.matches(&change.object);
        match (was, is) {
            (false, true) => self.send_object("ADDED", &change.object),
            (true, true) => self.send_object("MODIFIED", &change.object),
            (true, false) => self.send_object("DELETED", &change.object),
            (false, false) => {}
        }
    }

    fn send_everything(&mut self) {
        let api = Arc::clone(&self.api);
        let (objects, revision) = api.store.read(|state| {
            let all = state.list(&self.resource.storage, &self.namespace, None);
            let objects: Vec<Arc<Value>> =
                all.map(|(_, it)| &it.object).filter(|it| self.selector.matches(it)).cloned().collect();
            (objects, state.revision())
        });
        self.seen = revision;
        objects.iter().for_each(|object| self.send_object("ADDED", object));
    }

    fn send_object(&mut self, type_: &str, object: &Value) {
        let resource = Arc::clone(&self.resource);
        let view =
            View { resource: &resource, shape: self.shape, include: self.include, now: Timestamp::now() };
        self.send(type_, &view.one(object));
    }

    fn send_bookmark(&mut self, ends_initial_events: bool) {
        let mut metadata = json!({"resourceVersion": self.seen.to_string(), "creationTimestamp": null});
        if ends_initial_events {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let (api_version, kind) = match self.shape {
            Shape::Whole => (self.resource.api_version(), self.resource.kind.clone()),
            Shape::Metadata => ("meta.k8s.io/v1".to_owned(), "PartialObjectMetadata".to_owned()),
            Shape::Table => ("meta.k8s.io/v1".to_owned(), "Table".to_owned()),
        };
        let bookmark = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
        self.send("BOOKMARK", &bookmark);
    }

    fn send(&mut self, type_: &str, object: &Value) {
        let mut line = json!({"type": type_, "object": object}).to_string();
        line.push('\n');
        self.lines.push_back(line.into());
    }
}
