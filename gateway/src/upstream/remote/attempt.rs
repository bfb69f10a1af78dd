//! What became of one attempt at a request, and whether another one may follow.

use std::time::Duration;

use http::StatusCode;
use serde_json::value::RawValue;

use super::exchange::Peer;
use super::failure::Rejected;
use crate::upstream::UpstreamError;
use crate::upstream::era::{self, Era};
use crate::upstream::failure::Failure;

const HEADER_MISMATCH: i64 = -32_020;
const UNSUPPORTED_VERSION: i64 = -32_022;

/// What became of one attempt at a request.
pub(super) enum Attempt {
    Done(Box<RawValue>),
    Failed(UpstreamError),
    /// The server no longer knows the session or the revision, and has done nothing.
    Stale,
    /// The server misses headers that repeat arguments, and has done nothing.
    HeadersMissing,
    /// The server is busy, and has done nothing.
    Busy(Duration, Failure),
    /// The connection broke; the server may have done it or not.
    Broken(Failure),
}

/// Whether a request may be carried out twice: it only reads.
pub(super) fn is_safe(method: &str) -> bool {
    method.ends_with("/list")
        || matches!(method, "ping" | "resources/read" | "prompts/get" | "completion/complete")
}

/// What a JSON-RPC error means for the attempt.
pub(super) fn judge_error(peer: &Peer, method: &str, error: Box<RawValue>) -> Attempt {
    match (peer.era, era::error_summary(&error).0) {
        (Era::Modern, HEADER_MISMATCH) if method == "tools/call" => Attempt::HeadersMissing,
        (Era::Modern, UNSUPPORTED_VERSION) => Attempt::Stale,
        _ => Attempt::Failed(UpstreamError::Rpc(error)),
    }
}

/// What an HTTP error means for the attempt.
pub(super) fn judge_rejection(peer: &Peer, method: &str, rejected: Rejected) -> Attempt {
    let Rejected { status, error, retry_after, failure } = rejected;
    if peer.era == Era::Legacy && is_lost_session(peer, status, error.as_deref()) {
        return Attempt::Stale;
    }
    match (status, error) {
        (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, _) => match retry_after {
            Some(wait) => Attempt::Busy(wait, failure),
            None => Attempt::Failed(failure.into()),
        },
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) | (_, None) => Attempt::Failed(failure.into()),
        (_, Some(error)) => judge_error(peer, method, error),
    }
}

/// 404 by the specification. The official TypeScript servers answer 400 and speak of the session.
fn is_lost_session(peer: &Peer, status: StatusCode, error: Option<&RawValue>) -> bool {
    match status {
        StatusCode::NOT_FOUND => peer.session.is_some(),
        StatusCode::BAD_REQUEST => error.is_some_and(|error| {
            let (code, message) = era::error_summary(error);
            let message = message.to_lowercase();
            // Codes of the transport. A method's own complaint about some other session is none of these.
            matches!(code, -32_001 | -32_000 | -32_600)
                && (message.contains("session") || message.contains("not initialized"))
        }),
        _ => false,
    }
}
