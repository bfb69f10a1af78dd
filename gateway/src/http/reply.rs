//! Replies that are no result: JSON-RPC errors under the right HTTP status.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde_json::value::RawValue;

use crate::{
    access::Denied,
    auth::AuthError,
    mcp::error::{REFUSED, RpcError},
};

/// A JSON body.
pub(crate) fn json_bytes(status: StatusCode, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Body::from(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A JSON-RPC error. Without an id it answers no request in particular.
pub(crate) fn rpc_error(status: StatusCode, id: Option<&RawValue>, error: &RpcError) -> Response {
    json_bytes(status, error_json(id, error.to_raw().get()))
}

/// The text of a JSON-RPC error around an error object.
pub(crate) fn error_json(id: Option<&RawValue>, error: &str) -> String {
    match id {
        Some(id) => format!(r#"{{"jsonrpc":"2.0","id":{},"error":{error}}}"#, id.get()),
        None => format!(r#"{{"jsonrpc":"2.0","error":{error}}}"#),
    }
}

/// A refusal that has nothing to do with the message.
pub(super) fn refuse(status: StatusCode, message: impl Into<String>) -> Response {
    rpc_error(status, None, &RpcError::new(REFUSED, message))
}

/// A refusal with the time to come back.
pub(super) fn refuse_for(secs: u64, message: impl Into<String>) -> Response {
    let mut response = refuse(StatusCode::TOO_MANY_REQUESTS, message);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs.max(1)));
    response
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let message = self.to_string();
        match self {
            Self::Unauthenticated(AuthError::Throttled { retry_after_secs }) => {
                refuse_for(retry_after_secs.into(), message)
            }
            Self::Unauthenticated(error) => {
                let mut response = refuse(StatusCode::UNAUTHORIZED, message);
                let challenge = match error {
                    AuthError::Missing => HeaderValue::from_static("Bearer realm=\"sagemcp\""),
                    _ => HeaderValue::from_static("Bearer realm=\"sagemcp\", error=\"invalid_token\""),
                };
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
                response
            }
            Self::Foreign | Self::Suspended => refuse(StatusCode::FORBIDDEN, message),
            Self::NoConnector => refuse(StatusCode::NOT_FOUND, message),
            Self::Stale => {
                let mut response = refuse(StatusCode::SERVICE_UNAVAILABLE, message);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
                response
            }
        }
    }
}
