//! What a vendor answers with when it does not do what was asked.

use std::time::Duration;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::fixture::Fixture;

/// The words that a refusal gives as its reason.
pub(crate) const REASON: &str = "the vendor's reason";

/// How a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    /// With a status and the vendor's error body.
    Status(u16),
    /// With 429 and `Retry-After` of so many seconds.
    Limited(u64),
    /// With status 200 and a body that reports a failure.
    Reported,
    /// With a reply above every limit.
    Huge,
    /// With what calls itself JSON and is none.
    Invalid,
    /// Not at all.
    Silent,
}

/// More than the engine reads.
const HUGE: u64 = 64 * 1024 * 1024;

impl Fault {
    /// The answer, which for [`Fault::Silent`] never comes.
    pub(crate) async fn answer(self, fixture: &Fixture) -> Response {
        let refusal = fixture.refusal.clone().unwrap_or_else(|| json!({"message": REASON}));
        match self {
            Self::Status(status) => {
                (StatusCode::from_u16(status).unwrap(), axum::Json(refusal)).into_response()
            }
            Self::Limited(seconds) => {
                let headers = [(header::RETRY_AFTER, seconds.to_string())];
                (StatusCode::TOO_MANY_REQUESTS, headers, axum::Json(refusal)).into_response()
            }
            Self::Reported => axum::Json(reported(fixture)).into_response(),
            Self::Huge => {
                let headers = [(header::CONTENT_LENGTH, HUGE.to_string())];
                (headers, Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>()))
                    .into_response()
            }
            Self::Invalid => ([(header::CONTENT_TYPE, "application/json")], "{\"cut\": ").into_response(),
            Self::Silent => {
                // Longer than any test has patience.
                tokio::time::sleep(Duration::from_secs(60)).await;
                StatusCode::GATEWAY_TIMEOUT.into_response()
            }
        }
    }
}

/// The body that reports a failure: the fixture's, or that of GraphQL.
fn reported(fixture: &Fixture) -> Value {
    fixture.reported.clone().unwrap_or_else(|| json!({"data": null, "errors": [{"message": REASON}]}))
}
