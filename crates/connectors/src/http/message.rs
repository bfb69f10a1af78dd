//! What a request looks like on the wire: its headers and the bytes of its body.

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};

use crate::auth::Credential;
use crate::request::{Body, Rendered};

/// The headers and the body of a request: `common` are the headers of every request; `credential` is given where the
/// request may carry it.
pub(crate) fn assemble(
    common: &HeaderMap,
    rendered: &Rendered,
    credential: Option<&Credential>,
) -> (HeaderMap, Option<Bytes>) {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, rendered.accept.clone());
    headers.extend(common.clone());
    headers.extend(rendered.headers.clone());
    if let Some(Credential::Header(name, value)) = credential {
        headers.insert(name.clone(), value.clone());
    }
    let json = match &rendered.body {
        Some(Body::Bytes { content_type, bytes }) => {
            headers.insert(CONTENT_TYPE, content_type.clone());
            return (headers, Some(bytes.clone()));
        }
        Some(Body::Json(value)) => Some(value),
        None => None,
    };
    let with_credential = match credential {
        Some(credential @ Credential::Field(..)) if !rendered.method.is_safe() => credential.put_into(json),
        _ => None,
    };
    let body = with_credential.as_ref().or(json).map(|value| Bytes::from(value.to_string()));
    if body.is_some() {
        // A document may know a more exact name for its JSON.
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    }
    (headers, body)
}
