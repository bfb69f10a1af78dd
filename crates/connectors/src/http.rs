//! Requests on the wire: retries, redirects, bounded replies.

pub(crate) mod limit;
mod links;
mod message;
mod patience;
mod redirect;
mod retry;

use bytes::{Bytes, BytesMut};
use domain::document::Method;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, LOCATION};
use serde_json::Value;
use url::Url;

pub(crate) use self::links::Links;
pub(crate) use self::message::assemble;
pub(crate) use self::patience::Patience;
use self::redirect::Next;
use self::retry::Outcome;
use crate::auth::Credential;
use crate::egress::{EgressDenied, GuardedClient, denial};
use crate::failure::Failure;
use crate::hosts::{Hosts, is_trusted};
use crate::request::{Body, Rendered};

/// The largest reply that is read, in bytes.
pub(crate) const MAX_REPLY: usize = 10 * 1024 * 1024;

/// A reply, whatever its status.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The body as JSON, where it was parsed already.
    pub(crate) json: Option<Value>,
    /// Whether the request that it answers carried the credential.
    pub(crate) authenticated: bool,
}

impl Reply {
    /// A reply without a body.
    pub(crate) fn new(status: u16, headers: HeaderMap) -> Self {
        Self { status, headers, body: Bytes::new(), json: None, authenticated: false }
    }
}

/// What a request needs besides itself.
#[derive(Debug)]
pub(crate) struct Wire<'a> {
    pub(crate) client: &'a GuardedClient,
    pub(crate) hosts: &'a Hosts,
    /// The URLs to whose origins the credential goes, and to no other.
    pub(crate) trusted: Vec<Url>,
    /// Headers of every request.
    pub(crate) headers: &'a HeaderMap,
    /// The credential.
    pub(crate) credential: Option<Credential>,
    /// Secret headers that go where the credential goes.
    pub(crate) secret_headers: HeaderMap,
    /// How long the call may yet wait between attempts.
    pub(crate) patience: Patience,
}

/// Why an attempt brought no reply.
enum Fault {
    /// The connection was never made, so the vendor saw nothing.
    Unsent(reqwest::Error),
    /// The vendor may have seen the request.
    Broken(reqwest::Error),
    /// Egress rules forbid it.
    Denied(EgressDenied),
    /// The reply is larger than [`MAX_REPLY`].
    TooLarge,
}

impl Wire<'_> {
    /// Sends a request, again where that is harmless and may help, and follows redirects.
    pub(crate) async fn exchange(&self, rendered: Rendered) -> Result<Reply, Failure> {
        let mut rendered = rendered;
        self.check_body(&rendered)?;
        for _ in 0..=redirect::MOST {
            if !self.hosts.admit(&self.trusted, &rendered.url) {
                return Err(Failure::new(format!(
                    "The request would go to {}, which the connector does not declare; its author can add it to allowedHosts.",
                    rendered.url.host_str().unwrap_or_default()
                )));
            }
            let reply = self.send(&rendered).await?;
            let location = reply.headers.get(LOCATION).and_then(|value| value.to_str().ok());
            match redirect::next(rendered.method, reply.status, &rendered.url, location)? {
                Next::Done => return Ok(reply),
                Next::Follow { method, url } => {
                    if method != rendered.method {
                        rendered.body = None;
                        rendered.repeatable = true;
                    }
                    rendered = Rendered { method, url, ..rendered };
                }
            }
        }
        Err(Failure::new(format!("The vendor redirected more than {} times.", redirect::MOST)))
    }

    /// A credential that goes into bodies needs bodies that can hold it.
    fn check_body(&self, rendered: &Rendered) -> Result<(), Failure> {
        match (&self.credential, &rendered.body) {
            (Some(Credential::Field(..)), Some(Body::Json(value))) if !value.is_object() => {
                Err(Failure::new(
                    "the connector's `body` program gives no object, which the credential has to go into",
                ))
            }
            _ => Ok(()),
        }
    }

    async fn send(&self, rendered: &Rendered) -> Result<Reply, Failure> {
        let mut attempt = 1;
        loop {
            let result = self.attempt(rendered).await;
            let outcome = match &result {
                Ok(reply) => {
                    let now = Timestamp::now();
                    let (limit, retry_after) =
                        (limit::of(reply, now), limit::retry_after(&reply.headers, now));
                    Outcome::Answered { status: reply.status, limit, retry_after }
                }
                Err(Fault::Unsent(_)) => Outcome::Unsent,
                Err(Fault::Broken(_)) => Outcome::Broken,
                Err(Fault::Denied(_) | Fault::TooLarge) => Outcome::Final,
            };
            let chance = rand::random::<f64>();
            let delay = self
                .patience
                .left()
                .and_then(|left| retry::delay(attempt, rendered.repeatable, &outcome, left, chance));
            match delay {
                Some(delay) if self.patience.take(delay) => tokio::time::sleep(delay).await,
                _ => return result.map_err(|fault| explain(&fault, &rendered.url)),
            }
            attempt += 1;
        }
    }

    async fn attempt(&self, rendered: &Rendered) -> Result<Reply, Fault> {
        let client = self.client.client_for(&rendered.url).map_err(Fault::Denied)?;
        let mut request = client.request(method(rendered.method), rendered.url.clone());
        let may_carry = !rendered.anonymous && is_trusted(&self.trusted, &rendered.url);
        let credential = self.credential.as_ref().filter(|_| may_carry);
        let (headers, body) = assemble(self.headers, rendered, credential);
        if let Some(body) = body {
            request = request.body(body);
        }
        request = request.headers(headers);
        if may_carry {
            request = request.headers(self.secret_headers.clone());
        }
        let response = request.send().await.map_err(|error| sort(error, &rendered.url))?;
        Ok(Reply { authenticated: credential.is_some(), ..read(response).await? })
    }
}

/// Reads a reply as it comes, and stops where it is too large.
async fn read(mut response: reqwest::Response) -> Result<Reply, Fault> {
    if response.content_length().is_some_and(|length| length > MAX_REPLY as u64) {
        return Err(Fault::TooLarge);
    }
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(Fault::Broken)? {
        if body.len() + chunk.len() > MAX_REPLY {
            return Err(Fault::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { body: body.freeze(), ..Reply::new(status, headers) })
}

fn sort(error: reqwest::Error, url: &Url) -> Fault {
    match denial(&error, url) {
        Some(denied) => Fault::Denied(denied),
        None if error.is_connect() => Fault::Unsent(error),
        None => Fault::Broken(error),
    }
}

fn explain(fault: &Fault, url: &Url) -> Failure {
    let host = url.host_str().unwrap_or_default();
    Failure::new(match fault {
        Fault::Denied(denied) => format!("The request is not allowed: {denied}."),
        Fault::TooLarge => format!(
            "The reply of {host} is larger than {} MiB; ask for less, for example with a smaller page.",
            MAX_REPLY / (1024 * 1024)
        ),
        Fault::Unsent(error) if error.is_timeout() => {
            format!("{host} did not accept a connection in time; try again later.")
        }
        Fault::Unsent(error) if error.is_dns() => {
            format!("The name {host} could not be resolved; check the base URL.")
        }
        Fault::Unsent(error) => format!("{host} could not be reached: {}.", root_cause(error)),
        Fault::Broken(error) if error.is_timeout() => {
            format!("{host} did not answer in time; the request may or may not have taken effect.")
        }
        Fault::Broken(error) => format!("The connection to {host} broke: {}.", root_cause(error)),
    })
}

/// The innermost cause, which names no URL.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if std::ptr::addr_eq(cause, error) { "the exchange failed".to_owned() } else { cause.to_string() }
}

/// The method, as the client calls it.
pub(crate) fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}
