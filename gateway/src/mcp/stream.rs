//! A response stream: notifications as they come, then the response, as Server-Sent Events.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures::Stream;
use http::{HeaderValue, header};
use serde_json::value::RawValue;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::{exchange::Work, notices::Notices};
use crate::metrics::Metrics;

/// How often a comment keeps the connection open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What is left to send.
struct Events {
    first: Option<Box<RawValue>>,
    notifications: Notices,
    work: Option<Work>,
    response: Option<String>,
    keep_alive: Interval,
    _open: OpenStream,
}

/// Counts a stream while it is open.
struct OpenStream(Arc<Metrics>);

impl OpenStream {
    fn new(metrics: Arc<Metrics>) -> Self {
        metrics.open_streams.inc();
        Self(metrics)
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.open_streams.dec();
    }
}

/// A stream that begins with a notification.
pub(super) fn respond(
    first: Box<RawValue>,
    notifications: Notices,
    work: Work,
    metrics: Arc<Metrics>,
) -> Response {
    let mut keep_alive = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
    keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let events = Events {
        first: Some(first),
        notifications,
        work: Some(work),
        response: None,
        keep_alive,
        _open: OpenStream::new(metrics),
    };
    let mut response = Response::new(Body::from_stream(events.into_stream()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies such as nginx would otherwise gather events up.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

impl Events {
    fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        futures::stream::unfold(self, |mut events| async move {
            events.next().await.map(|bytes| (Ok(bytes), events))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(event(first.get()));
        }
        if let Some(work) = &mut self.work {
            tokio::select! {
                biased;
                Some(notification) = self.notifications.recv() => return Some(event(notification.get())),
                finished = work => {
                    self.work = None;
                    // A request that was cancelled or revoked has no response: its stream just ends.
                    self.response = finished.response_text();
                }
                _ = self.keep_alive.tick() => return Some(Bytes::from_static(b": keep-alive\n\n")),
            }
        }
        // What the server said before its result goes out before it.
        if let Some(notification) = self.notifications.try_recv() {
            return Some(event(notification.get()));
        }
        self.response.take().map(|response| event(&response))
    }
}

/// An event. Raw JSON may hold line breaks between tokens, each of which starts a data line of its own.
fn event(json: &str) -> Bytes {
    let mut text = String::with_capacity(json.len() + 24);
    text.push_str("event: message\n");
    for line in json.split(['\n', '\r']) {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    Bytes::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_inside_json_stay_inside_the_event() {
        assert_eq!(event("{\"a\":\r\n1}"), "event: message\ndata: {\"a\":\ndata: \ndata: 1}\n\n");
    }
}
