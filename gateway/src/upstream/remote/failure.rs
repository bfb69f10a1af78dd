//! Why a remote server gave no usable answer, in words that say what to check.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use connectors::egress::EgressDenied;
use http::{HeaderMap, StatusCode, header};
use serde_json::value::RawValue;

use crate::upstream::failure::Failure;

/// The reason of a failure after which nobody knows whether the server carried the request out.
pub(super) const DISCONNECTED: &str = "Disconnected";

/// Why a request has no result.
#[derive(Debug)]
pub(super) enum WireError {
    /// There was no answer, or none that is MCP.
    Failed(Failure),
    /// The server answered with an HTTP error.
    Rejected(Rejected),
}

/// An HTTP error.
#[derive(Debug)]
pub(super) struct Rejected {
    pub(super) status: StatusCode,
    /// The JSON-RPC error in its body, if there was one.
    pub(super) error: Option<Box<RawValue>>,
    /// What `Retry-After` says.
    pub(super) retry_after: Option<Duration>,
    pub(super) failure: Failure,
}

impl From<Failure> for WireError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl WireError {
    pub(super) fn into_failure(self) -> Failure {
        match self {
            Self::Failed(failure) => failure,
            Self::Rejected(rejected) => rejected.failure,
        }
    }
}

/// Whose credential a request carries: whom a refusal concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bearer {
    Connector,
    User,
    Nobody,
}

/// An HTTP error in words. Never its body: that may repeat what we sent.
pub(super) fn rejection(host: &str, status: StatusCode, headers: &HeaderMap, bearer: Bearer) -> Failure {
    let credential = match bearer {
        Bearer::Connector => "check the connector's Secret",
        Bearer::User => "check the token in X-User-OAuth-Token",
        Bearer::Nobody => "give the connector a credential, or the header the server expects",
    };
    let (reason, message) = match status {
        StatusCode::UNAUTHORIZED => {
            ("Unauthorized", format!("{host} does not accept the credential (401); {credential}"))
        }
        StatusCode::FORBIDDEN => {
            ("Forbidden", format!("{host} refuses access (403); {credential} and what it may do"))
        }
        StatusCode::NOT_FOUND => {
            ("NotFound", format!("{host} has nothing at this path (404); check the connector's URL"))
        }
        StatusCode::METHOD_NOT_ALLOWED => (
            "NotMcp",
            format!(
                "{host} accepts no POST at this path (405); the URL must be that of its Streamable HTTP endpoint"
            ),
        ),
        StatusCode::TOO_MANY_REQUESTS => {
            ("RateLimited", format!("{host} limits the rate of requests (429){}", wait(headers)))
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            ("ServerError", format!("{host} is not available (503){}", wait(headers)))
        }
        status if status.is_redirection() => ("Redirected", redirection(host, headers)),
        status => ("ServerError", format!("{host} answered with HTTP status {status}")),
    };
    Failure::new(reason, message)
}

fn wait(headers: &HeaderMap) -> String {
    retry_after(headers).map_or_else(String::new, |wait| format!("; try again in {} s", wait.as_secs()))
}

fn redirection(host: &str, headers: &HeaderMap) -> String {
    let target = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    let target = target.and_then(|text| url::Url::parse(text).ok());
    // Without the query: redirects to a login carry state in it.
    let target = target
        .map_or_else(String::new, |url| format!(" to {}{}", url.origin().ascii_serialization(), url.path()));
    format!("{host} redirects{target}; credentials are not sent there: give the connector the final URL")
}

/// `Retry-After` in its form in seconds; a date is treated as absent.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// An answer that is neither JSON nor an event stream.
pub(super) fn not_mcp(host: &str, content_type: &str) -> Failure {
    let message = if content_type.starts_with("text/html") {
        format!(
            "{host} answered with a web page, perhaps a login page; check the connector's URL and credential"
        )
    } else {
        let kind: String = content_type.chars().take(60).collect();
        format!(
            "{host} answered with {kind:?}, which is neither JSON nor an event stream; is this an MCP endpoint?"
        )
    };
    Failure::new("NotMcp", message)
}

pub(super) fn too_large(host: &str, limit: usize) -> Failure {
    Failure::new("MessageTooLarge", format!("{host} answered with more than {limit} bytes"))
}

pub(super) fn timed_out(host: &str, after: Duration) -> Failure {
    Failure::new("Timeout", format!("{host} did not answer within {} s", after.as_secs_f32()))
}

/// A request that could not be made or whose answer broke off.
pub(super) fn transport(host: &str, error: &reqwest::Error) -> Failure {
    if let Some(denied) = cause::<EgressDenied>(error) {
        return Failure::new("Egress", denied.to_string());
    }
    if let Some(tls) = cause::<rustls::Error>(error) {
        return Failure::new("Tls", format!("no trusted connection to {host}: {tls}"));
    }
    if error.is_timeout() {
        return Failure::new("Timeout", format!("{host} did not answer in time"));
    }
    if error.is_connect() {
        let why = cause::<io::Error>(error).map_or_else(String::new, |error| format!(": {error}"));
        return Failure::new("Unreachable", format!("no connection to {host}{why}"));
    }
    Failure::new(DISCONNECTED, format!("the connection to {host} broke before the answer was complete"))
}

/// Whether nothing was sent, and trying once more may help.
pub(super) fn is_worth_another_try(error: &reqwest::Error) -> bool {
    error.is_connect()
        && !error.is_timeout()
        && cause::<EgressDenied>(error).is_none()
        && cause::<rustls::Error>(error).is_none()
}

/// The first cause of a type. What an [`io::Error`] wraps is not among its sources and is looked into as well.
fn cause<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    let mut next: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
