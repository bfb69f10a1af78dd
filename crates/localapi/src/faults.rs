//! Faults on demand, for tests of whoever uses the API: a service around the real one that refuses, delays or cuts.

mod body;
mod hold;

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use futures::future::BoxFuture;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::json;
use tokio::sync::watch;

pub use body::CutBody;
pub use hold::Hold;

use crate::{LocalApi, ResponseBody, error::ApiError};

/// The faults to show. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    plan: Mutex<Plan>,
    /// Counts [`Faults::drop_watches`].
    cuts: watch::Sender<u64>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { plan: Mutex::default(), cuts: watch::Sender::new(0) }
    }
}

#[derive(Debug, Default)]
struct Plan {
    expired_watches: u32,
    refusals: VecDeque<Refusal>,
    holds: Vec<hold::Waiting>,
}

#[derive(Clone, Copy, Debug)]
struct Refusal {
    code: StatusCode,
    retry_after: Option<u64>,
}

/// What a request is, for choosing which to delay.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path.
    pub path: &'a str,
    /// The query, without the question mark.
    pub query: &'a str,
}

impl Seen<'_> {
    fn is_watch(&self) -> bool {
        self.method == Method::GET && self.query.split('&').any(|it| it == "watch=true" || it == "watch=1")
    }
}

impl Faults {
    /// Answers the next `count` watches with 410 Gone, as if their version were forgotten.
    pub fn expire_watches(&self, count: u32) {
        self.plan().expired_watches += count;
    }

    /// Cuts every watch that is open now, in the middle, as a lost connection does.
    pub fn drop_watches(&self) {
        self.shared.cuts.send_modify(|count| *count += 1);
    }

    /// Refuses the next `count` requests, of whatever kind, with that status, such as 429 or 503;
    /// `retry_after` is in seconds.
    pub fn refuse(&self, count: usize, code: StatusCode, retry_after: Option<u64>) {
        self.plan().refusals.extend(std::iter::repeat_n(Refusal { code, retry_after }, count));
    }

    /// Delays the next request that `chooses` picks, until the result is released or dropped.
    #[must_use]
    pub fn hold(&self, chooses: impl Fn(&Seen<'_>) -> bool + Send + Sync + 'static) -> Hold {
        let (hold, waiting) = hold::new(Box::new(chooses));
        self.plan().holds.push(waiting);
        hold
    }

    /// Puts the faults before a service.
    pub fn wrap<S>(&self, inner: S) -> FaultyService<S> {
        FaultyService { faults: self.clone(), inner }
    }

    /// A client of an API that shows these faults.
    #[must_use]
    pub fn client(&self, api: &LocalApi) -> kube::Client {
        kube::Client::new(self.wrap(api.service()), api.namespace())
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.shared.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The fault for a request, if there is one for it.
    fn next_refusal(&self, seen: &Seen<'_>) -> Option<Refusal> {
        let mut plan = self.plan();
        if seen.is_watch() && plan.expired_watches > 0 {
            plan.expired_watches -= 1;
            return Some(Refusal { code: StatusCode::GONE, retry_after: None });
        }
        plan.refusals.pop_front()
    }

    fn next_hold(&self, seen: &Seen<'_>) -> Option<hold::Waiting> {
        let mut plan = self.plan();
        let at = plan.holds.iter().position(|it| it.chooses(seen))?;
        Some(plan.holds.remove(at))
    }
}

/// A service that shows faults before, or instead of, passing requests on.
#[derive(Clone, Debug)]
pub struct FaultyService<S> {
    faults: Faults,
    inner: S,
}

impl<S, B> tower::Service<Request<B>> for FaultyService<S>
where
    S: tower::Service<Request<B>, Response = Response<ResponseBody>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let faults = self.faults.clone();
        // The service that said it was ready answers; its clone takes its place.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        Box::pin(async move {
            let method = request.method().clone();
            let uri = request.uri().clone();
            let seen = Seen { method: &method, path: uri.path(), query: uri.query().unwrap_or_default() };
            if let Some(waiting) = faults.next_hold(&seen) {
                waiting.wait().await;
            }
            if let Some(refusal) = faults.next_refusal(&seen) {
                return Ok(refuse(refusal, seen.is_watch()));
            }
            let cuts = faults.shared.cuts.subscribe();
            let response = inner.call(request).await?;
            if !seen.is_watch() {
                return Ok(response);
            }
            Ok(response.map(|body| CutBody::new(body, cuts).boxed_unsync()))
        })
    }
}

fn refuse(refusal: Refusal, is_watch: bool) -> Response<ResponseBody> {
    let reason = match refusal.code {
        StatusCode::GONE => "Expired",
        StatusCode::TOO_MANY_REQUESTS => "TooManyRequests",
        StatusCode::SERVICE_UNAVAILABLE => "ServiceUnavailable",
        _ => "InternalError",
    };
    let error = ApiError::new(refusal.code, reason, "a fault that a test asked for");
    let mut response = if is_watch && refusal.code == StatusCode::GONE {
        // A forgotten version is told in the stream, as by the real server.
        let mut line = json!({"type": "ERROR", "object": error.to_status()}).to_string();
        line.push('\n');
        Response::new(http_body_util::Full::from(line).boxed_unsync())
    } else {
        let body = error.to_status().to_string();
        let mut response = Response::new(http_body_util::Full::from(body).boxed_unsync());
        *response.status_mut() = refusal.code;
        response
    };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
