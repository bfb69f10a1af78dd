//! The answer to one request: JSON, or a stream of events that ends with it.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use reqwest::Response;
use serde_json::value::RawValue;
use tokio::sync::Notify;

use super::failure::{self, Bearer, WireError};
use super::headers::LAST_EVENT_ID;
use super::sse::Parser;
use super::wire::{Outbound, Wire, content_type};
use crate::upstream::changes::ListChanges;
use crate::upstream::failure::Failure;
use crate::upstream::message::{self, Incoming};
use crate::upstream::outgoing::Listener;

/// How often a stream that the server closed early is taken up again.
const MAX_RESUMPTIONS: usize = 5;
/// The wait before that, where the server names none, and the longest one.
const RESUME_AFTER: Duration = Duration::from_millis(500);
const RESUME_AFTER_MAX: Duration = Duration::from_secs(10);

/// A result, or the server's JSON-RPC error.
pub(super) type Outcome = Result<Box<RawValue>, Box<RawValue>>;

/// Reads until the answer to request `id` is there.
pub(super) struct Reader<'a> {
    pub(super) wire: &'a Wire,
    pub(super) id: u64,
    pub(super) listener: Option<Listener>,
    /// Told of each sign of progress.
    pub(super) progress: Arc<Notify>,
    pub(super) changes: &'a ListChanges,
    /// The headers of every further message about this request.
    pub(super) headers: HeaderMap,
    pub(super) bearer: Bearer,
    pub(super) errand_timeout: Duration,
    pub(super) max_stream_bytes: usize,
}

/// How far a stream got.
enum Progress {
    Answered(Outcome),
    /// It ended; with an event id it can be taken up again.
    Ended {
        last_event: Option<String>,
        retry: Option<Duration>,
    },
}

impl Reader<'_> {
    /// Reads the answer out of a response.
    pub(super) async fn outcome(&self, response: Response) -> Result<Outcome, WireError> {
        let kind = content_type(response.headers());
        if kind.starts_with("application/json") {
            let body = self.wire.body(response, self.wire.max_reply_bytes).await?;
            let messages = std::str::from_utf8(&body).ok().and_then(message::read);
            let messages = messages.ok_or_else(|| self.no_answer("its JSON is no JSON-RPC message"))?;
            for message in messages {
                if let Some(outcome) = self.handle(message).await {
                    return Ok(outcome);
                }
            }
            return Err(self.no_answer("its JSON does not answer the request").into());
        }
        if !kind.starts_with("text/event-stream") {
            return Err(failure::not_mcp(self.wire.host(), &kind).into());
        }
        self.stream(response).await
    }

    /// Reads events. A server may close the stream before the answer, to be asked again with the last event's id.
    async fn stream(&self, mut response: Response) -> Result<Outcome, WireError> {
        let mut resume_from: Option<String> = None;
        for _ in 0..=MAX_RESUMPTIONS {
            let wait = match self.events(response).await? {
                Progress::Answered(outcome) => return Ok(outcome),
                Progress::Ended { last_event, retry } => {
                    resume_from = last_event.or(resume_from);
                    retry.unwrap_or(RESUME_AFTER).min(RESUME_AFTER_MAX)
                }
            };
            let Some(id) = resume_from.as_deref().and_then(|id| HeaderValue::from_str(id).ok()) else {
                break;
            };
            tokio::time::sleep(wait).await;
            let mut headers = self.headers.clone();
            headers.insert(LAST_EVENT_ID, id);
            let again = Outbound { method: Method::GET, headers, body: Vec::new(), bearer: self.bearer };
            response = self.wire.send(&again).await?;
        }
        Err(self
            .no_answer("the stream ended before the answer; whether the call was carried out is unknown")
            .into())
    }

    async fn events(&self, mut response: Response) -> Result<Progress, Failure> {
        let mut parser = Parser::new(self.wire.max_reply_bytes, self.max_stream_bytes);
        let (mut last_event, mut retry) = (None, None);
        loop {
            let piece = match self.wire.piece(&mut response).await {
                Ok(Some(piece)) => piece,
                Ok(None) => return Ok(Progress::Ended { last_event, retry }),
                // A broken stream is as good as a closed one if it can be taken up again.
                Err(_) if last_event.is_some() => return Ok(Progress::Ended { last_event, retry }),
                Err(failure) => return Err(failure),
            };
            let events =
                parser.push(&piece).map_err(|large| failure::too_large(self.wire.host(), large.limit))?;
            for mut event in events {
                last_event = event.id.take().or(last_event);
                retry = event.retry.or(retry);
                message::flatten(&mut event.data);
                let messages = std::str::from_utf8(&event.data).ok().and_then(message::read);
                for message in messages.into_iter().flatten() {
                    if let Some(outcome) = self.handle(message).await {
                        return Ok(Progress::Answered(outcome));
                    }
                }
            }
        }
    }

    /// Gives a message to whom it concerns; the answer comes back.
    async fn handle(&self, message: Incoming) -> Option<Outcome> {
        match message {
            Incoming::Reply { id: Some(id), outcome } if id == self.id => return Some(outcome),
            // Some servers answer what they could not read with no id; on the stream of this request it is this one.
            Incoming::Reply { id: None, outcome: Err(error) } => return Some(Err(error)),
            Incoming::Reply { .. } => tracing::debug!("an answer to another request"),
            Incoming::Request { id, method } => {
                let outbound = Outbound {
                    method: Method::POST,
                    headers: self.headers.clone(),
                    body: message::answer(&id, &method),
                    bearer: self.bearer,
                };
                self.wire.errand(outbound, self.errand_timeout).await;
            }
            Incoming::Notification { method, params, message } => match method.as_str() {
                "notifications/progress" => {
                    let token = params.as_ref().and_then(|params| params.get("progressToken"));
                    if token.and_then(message::number) != Some(self.id) {
                        return None;
                    }
                    self.progress.notify_one();
                    if let (Some(listener), Some(params)) = (&self.listener, params) {
                        listener.progress(&message, params);
                    }
                }
                "notifications/message" => {
                    if let Some(listener) = &self.listener {
                        listener.log(&message, params.as_ref());
                    }
                }
                method => self.changes.note(method),
            },
        }
        None
    }

    fn no_answer(&self, why: &str) -> Failure {
        Failure::new("NotMcp", format!("{} gave no answer: {why}", self.wire.host()))
    }
}
