//! Responses.

use std::convert::Infallible;

use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Frame;
use serde::Serialize;

use crate::{error::ApiError, watch::Lines};

/// The body of a response.
pub type ResponseBody = UnsyncBoxBody<Bytes, Infallible>;

fn json_response(code: StatusCode, body: ResponseBody) -> Response<ResponseBody> {
    let mut response = Response::new(body);
    *response.status_mut() = code;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    response
}

/// One JSON value.
pub(super) fn object<T: Serialize>(code: StatusCode, value: &T) -> Response<ResponseBody> {
    let bytes = serde_json::to_vec(value).expect("a JSON value always serialises");
    json_response(code, Full::new(Bytes::from(bytes)).boxed_unsync())
}

/// A refusal.
pub(crate) fn failure(error: &ApiError) -> Response<ResponseBody> {
    object(error.code(), &error.to_status())
}

/// A stream of JSON lines.
pub(super) fn lines(lines: Lines) -> Response<ResponseBody> {
    let frames = lines.map(|line| Ok(Frame::data(line)));
    json_response(StatusCode::OK, StreamBody::new(frames).boxed_unsync())
}

/// Plain text.
pub(super) fn text(text: &'static str) -> Response<ResponseBody> {
    let mut response = Response::new(Full::from(text).boxed_unsync());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Warnings that `kubectl` prints.
pub(super) fn warn(headers: &mut HeaderMap, warnings: &[String]) {
    for warning in warnings {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{quoted}\"")) {
            headers.append(header::WARNING, value);
        }
    }
}
