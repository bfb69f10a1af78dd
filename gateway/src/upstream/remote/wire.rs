//! HTTP to one remote server: what is sent, to whom, and how the answer is read.

use std::sync::Arc;
use std::time::Duration;

use connectors::egress::GuardedClient;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use reqwest::Response;
use url::Url;

use super::failure::{self, Bearer, Rejected, WireError};
use crate::upstream::failure::Failure;
use crate::upstream::message::{self, Incoming};

/// Redirects followed within the same origin.
const MAX_REDIRECTS: usize = 3;
/// Errors are short; more of one is not read.
const MAX_ERROR_BYTES: usize = 64 * 1024;
const ACCEPT: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// One request's message and headers.
#[derive(Clone, Debug)]
pub(super) struct Outbound {
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) bearer: Bearer,
}

/// The way to one server.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    pub(super) client: GuardedClient,
    pub(super) url: Arc<Url>,
    pub(super) max_reply_bytes: usize,
}

impl Wire {
    /// The server as messages call it: no path, no query.
    pub(super) fn host(&self) -> &str {
        self.url.host_str().unwrap_or("the server")
    }

    /// Sends a message and waits for the head of a successful answer. A connection that could not be made is tried once
    /// more; nothing else is repeated.
    pub(super) async fn send(&self, outbound: &Outbound) -> Result<Response, WireError> {
        let mut url = Url::clone(&self.url);
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send_to(&url, outbound).await?;
            let status = response.status();
            if status.is_success() {
                return Ok(response);
            }
            match same_origin_target(&url, &response) {
                Some(target) => url = target,
                None => return Err(WireError::Rejected(self.rejected(response, outbound.bearer).await)),
            }
        }
        let message = format!("{} redirects again and again; give the connector the final URL", self.host());
        Err(Failure::new("Redirected", message).into())
    }

    async fn send_to(&self, url: &Url, outbound: &Outbound) -> Result<Response, Failure> {
        let client =
            self.client.client_for(url).map_err(|denied| Failure::new("Egress", denied.to_string()))?;
        let send = || {
            let request = client
                .request(outbound.method.clone(), url.clone())
                .headers(outbound.headers.clone())
                .header(header::ACCEPT, ACCEPT);
            let request = match outbound.method {
                Method::POST => request.header(header::CONTENT_TYPE, JSON).body(outbound.body.clone()),
                _ => request,
            };
            request.send()
        };
        let outcome = match send().await {
            Err(error) if failure::is_worth_another_try(&error) => send().await,
            outcome => outcome,
        };
        outcome.map_err(|error| failure::transport(self.host(), &error))
    }

    async fn rejected(&self, response: Response, bearer: Bearer) -> Rejected {
        let (status, headers) = (response.status(), response.headers().clone());
        let error = match content_type(&headers) {
            kind if kind.starts_with("application/json") => {
                let body = self.body(response, MAX_ERROR_BYTES).await.unwrap_or_default();
                std::str::from_utf8(&body).ok().and_then(message::read).and_then(|messages| {
                    messages.into_iter().find_map(|message| match message {
                        Incoming::Reply { outcome: Err(error), .. } => Some(error),
                        _ => None,
                    })
                })
            }
            _ => None,
        };
        Rejected {
            status,
            error,
            retry_after: failure::retry_after(&headers),
            failure: failure::rejection(self.host(), status, &headers, bearer),
        }
    }

    /// The whole body, on one line.
    pub(super) async fn body(&self, mut response: Response, limit: usize) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece(&mut response).await? {
            if body.len() + piece.len() > limit {
                return Err(failure::too_large(self.host(), limit));
            }
            body.extend_from_slice(&piece);
        }
        message::flatten(&mut body);
        Ok(body)
    }

    /// The next piece of a body.
    pub(super) async fn piece(&self, response: &mut Response) -> Result<Option<bytes::Bytes>, Failure> {
        response.chunk().await.map_err(|error| failure::transport(self.host(), &error))
    }

    /// Sends a message to which no result belongs, and gives it little time.
    pub(super) fn errand(&self, outbound: Outbound, limit: Duration) -> BoxFuture<'static, ()> {
        let wire = self.clone();
        Box::pin(async move {
            match tokio::time::timeout(limit, wire.send(&outbound)).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    tracing::debug!(reason = error.into_failure().reason, "a message was not taken");
                }
                Err(_) => tracing::debug!(reason = "Timeout", "a message was not taken"),
            }
        })
    }
}

/// The media type in lower case.
pub(super) fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_ascii_lowercase()
}

/// Where a redirect leads that keeps method and body and stays with scheme, host and port. Others are not followed: the
/// credential is for this server only.
fn same_origin_target(url: &Url, response: &Response) -> Option<Url> {
    if !matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
        return None;
    }
    let target = url.join(response.headers().get(header::LOCATION)?.to_str().ok()?).ok()?;
    (target.origin() == url.origin() && target.username().is_empty()).then_some(target)
}
