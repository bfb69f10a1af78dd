//! One POST: from its body to its response, as JSON or, where notifications come first, as a stream.

use std::{future::Future, pin::Pin, sync::Arc};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::value::RawValue;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::{
    envelope::{self, Message, Request},
    era::{self, Era},
    error::{INTERNAL_ERROR, INVALID_REQUEST, REFUSED, RpcError, modern_status},
    headers::SESSION,
    in_flight::Entry,
    job::{Failure, Job, UserCredentials, error_code},
    notices::Notices,
    raw::Members,
    service, stream,
};
use crate::{
    access::{self, Access},
    app::App,
    http::{json_bytes, rpc_error},
    metrics::RequestLabels,
};

/// Notifications that may wait for a slow client before its server is held back.
const WAITING: usize = 64;

/// A request being worked on. Dropping it cancels a modern request and leaves a legacy one running.
pub(super) type Work = Pin<Box<dyn Future<Output = Finished> + Send>>;

/// How a request ended.
pub(super) struct Finished {
    id: Box<RawValue>,
    answer: Answer,
}

enum Answer {
    Result(String),
    Failure(Failure),
    /// The client took it back.
    Cancelled,
    /// The caller's right to it ended.
    Revoked,
}

/// Answers a POST.
pub(crate) async fn post(app: &Arc<App>, access: Access, headers: HeaderMap, body: &[u8]) -> Response {
    let message = match envelope::parse(body) {
        Ok(message) => message,
        Err(malformed) => {
            return rpc_error(StatusCode::BAD_REQUEST, malformed.id.as_deref(), &malformed.error);
        }
    };
    match message {
        Message::Request(request) => answer(app, access, headers, request).await,
        Message::Notification { method, params } => {
            notified(app, &access, &headers, &method, params.as_deref()).await
        }
        Message::Response => {
            let error = RpcError::new(INVALID_REQUEST, "this server sent no request that could be answered");
            rpc_error(StatusCode::BAD_REQUEST, None, &error)
        }
    }
}

async fn answer(app: &Arc<App>, access: Access, headers: HeaderMap, request: Request) -> Response {
    let era = match era::classify(&request, &headers) {
        Ok(era) => era,
        Err(refusal) => return rpc_error(refusal.status, Some(&request.id), &refusal.error),
    };
    let method = service::metric_label(&request.method);
    let era_name = era.name();
    let response = admitted(app, access, headers, request, era).await;
    let status = response.status().as_u16();
    app.metrics.requests.get_or_create(&RequestLabels { era: era_name, method, status }).inc();
    response
}

async fn admitted(
    app: &Arc<App>,
    access: Access,
    headers: HeaderMap,
    request: Request,
    era: Era,
) -> Response {
    let Ok(permit) = access.tenant.bounds.calls.clone().try_acquire_owned() else {
        return busy(app, &request.id);
    };
    let mut session = None;
    if !era.is_modern() && request.method != "initialize" {
        match app.sessions.of(&headers, &access, app.clock.now_ms()).await {
            Ok(found) => session = found,
            Err(unknown) => {
                let error = RpcError::new(REFUSED, unknown.to_string());
                return rpc_error(StatusCode::NOT_FOUND, Some(&request.id), &error);
            }
        }
    }
    let entry = session.map(|claims| app.in_flight.enter(claims.nonce, request.id.get()));
    let (sender, receiver) = mpsc::channel(WAITING);
    let opens = (request.method == "initialize").then_some(());
    let job = Job {
        app: app.clone(),
        credentials: UserCredentials::of(&headers, &access.target),
        notifications: accepts_stream(&headers).then_some(sender),
        access,
        era,
        request,
        headers,
    };
    let session_id = opens.and_then(|()| job.open_session());
    let modern = job.era.is_modern();
    let notices = Notices::new(receiver, &job.era);
    let work = run(job, permit, entry);
    let mut response = respond(app, work, notices, modern).await;
    if let Some(id) =
        session_id.and_then(|id| HeaderValue::try_from(id).ok()).filter(|_| response.status().is_success())
    {
        response.headers_mut().insert(SESSION, id);
    }
    response
}

/// Waits for the first of what the server says.
async fn respond(app: &Arc<App>, mut work: Work, mut notifications: Notices, modern: bool) -> Response {
    tokio::select! {
        biased;
        Some(first) = notifications.recv() => stream::respond(first, notifications, work, app.metrics.clone()),
        finished = &mut work => match notifications.try_recv() {
            Some(first) => {
                let done: Work = Box::pin(std::future::ready(finished));
                stream::respond(first, notifications, done, app.metrics.clone())
            }
            None => finished.into_response(modern),
        }
    }
}

/// Starts work on a request. A modern request ends with its connection, which is how its client cancels; a legacy one
/// goes on without.
fn run(job: Job, permit: OwnedSemaphorePermit, entry: Option<Entry>) -> Work {
    let modern = job.era.is_modern();
    let calls = job.app.calls.clone();
    let id = job.request.id.clone();
    let work = async move {
        let _permit = permit;
        let id = job.request.id.clone();
        let cancelled = async {
            match &entry {
                Some(entry) => entry.token.cancelled().await,
                None => std::future::pending().await,
            }
        };
        let answer = tokio::select! {
            biased;
            answered = service::answer(&job) => answered.map_or_else(Answer::Failure, Answer::Result),
            () = cancelled => Answer::Cancelled,
            () = access::revoked(&job.app, &job.access) => Answer::Revoked,
        };
        Finished { id, answer }
    };
    if modern {
        return Box::pin(work);
    }
    let task = calls.spawn(work);
    Box::pin(async move {
        task.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a request's task ended without an answer");
            let error = RpcError::new(INTERNAL_ERROR, "internal error");
            Finished { id, answer: Answer::Failure(error.into()) }
        })
    })
}

impl Finished {
    /// The JSON-RPC response, if there is one.
    pub(super) fn response_text(self) -> Option<String> {
        let id = self.id.get();
        match self.answer {
            Answer::Result(result) => Some(response(id, "result", &result)),
            Answer::Failure(Failure::Rpc(error)) => Some(response(id, "error", error.to_raw().get())),
            Answer::Failure(Failure::Raw(error)) => Some(response(id, "error", error.get())),
            Answer::Cancelled | Answer::Revoked => None,
        }
    }

    fn into_response(self, modern: bool) -> Response {
        let status = match &self.answer {
            Answer::Result(_) => StatusCode::OK,
            Answer::Failure(_) if !modern => StatusCode::OK,
            Answer::Failure(Failure::Rpc(error)) => modern_status(error.code),
            Answer::Failure(Failure::Raw(error)) => modern_status(error_code(error)),
            Answer::Cancelled => return StatusCode::ACCEPTED.into_response(),
            Answer::Revoked => return crate::access::Denied::Foreign.into_response(),
        };
        self.response_text().map_or_else(|| status.into_response(), |text| json_bytes(status, text))
    }
}

fn response(id: &str, member: &str, json: &str) -> String {
    let mut text = String::with_capacity(json.len() + id.len() + 40);
    for part in [r#"{"jsonrpc":"2.0","id":"#, id, ",\"", member, "\":", json, "}"] {
        text.push_str(part);
    }
    text
}

async fn notified(
    app: &App,
    access: &Access,
    headers: &HeaderMap,
    method: &str,
    params: Option<&RawValue>,
) -> Response {
    let session = match app.sessions.of(headers, access, app.clock.now_ms()).await {
        Ok(session) => session,
        Err(unknown) => {
            return rpc_error(StatusCode::NOT_FOUND, None, &RpcError::new(REFUSED, unknown.to_string()));
        }
    };
    if let (Some(session), "notifications/cancelled") = (session, method) {
        let params = params.and_then(|params| Members::parse(params.get())).unwrap_or_default();
        if let Some(id) = params.get("requestId") {
            app.in_flight.cancel(session.nonce, id);
        }
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

fn busy(app: &App, id: &RawValue) -> Response {
    app.metrics.refusals.get_or_create(&crate::metrics::RefusalLabels { reason: "concurrency" }).inc();
    let error = RpcError::new(REFUSED, "too many calls of this tenant are in flight, try again");
    let mut response = rpc_error(StatusCode::TOO_MANY_REQUESTS, Some(id), &error);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Whether the client takes a stream. One that says nothing gets a single JSON object.
fn accepts_stream(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/event-stream"))
}
