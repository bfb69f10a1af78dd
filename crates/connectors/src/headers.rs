//! Headers that a document may set.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::problem::Report;

/// Headers that only the engine sets: credentials, the target, lengths, and those of one hop (RFC 9110 section 7.6.1).
const RESERVED: [&str; 16] = [
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Whether a document may set this header.
pub(crate) fn is_reserved(name: &HeaderName) -> bool {
    RESERVED.contains(&name.as_str()) || name.as_str().starts_with("x-forwarded-")
}

/// The headers of a document, with what is wrong noted.
pub(crate) fn compile(headers: &BTreeMap<String, String>, report: &mut Report<'_>) -> HeaderMap {
    let mut compiled = HeaderMap::new();
    for (name, value) in headers {
        let mut report = report.at(name);
        let Ok(name) = HeaderName::try_from(name) else {
            report.push("not a header name", "use letters, digits and `-`");
            continue;
        };
        if is_reserved(&name) {
            report
                .push("a header that only the engine sets", "remove it; credentials are described by `auth`");
            continue;
        }
        match HeaderValue::try_from(value) {
            Ok(value) => {
                compiled.insert(name, value);
            }
            Err(_) => report.push("not a header value", "use visible ASCII characters"),
        }
    }
    compiled
}
