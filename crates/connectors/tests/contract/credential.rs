//! The credential that tools are called with, and whether a message carries it, wherever its scheme puts it.

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::document::AuthScheme;

/// What tells the credential from all else.
pub(crate) const MARK: &str = "credential-of-ada";

/// The credential as a scheme wants it.
pub(crate) fn of(scheme: AuthScheme) -> String {
    if scheme == AuthScheme::Basic { format!("ada:{MARK}") } else { MARK.to_owned() }
}

/// Whether a header or the body of a message carries it.
pub(crate) fn is_carried(headers: &HeaderMap, body: &[u8]) -> bool {
    let encoded = STANDARD.encode(of(AuthScheme::Basic));
    let parts = headers.values().map(HeaderValue::as_bytes).chain([body]);
    let texts: Vec<_> = parts.map(String::from_utf8_lossy).collect();
    texts.iter().any(|text| text.contains(MARK) || text.contains(&encoded))
}

#[test]
fn it_is_noticed_wherever_it_is() {
    let with = |name: &'static str, value: &str| {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    };
    let basic = format!("Basic {}", STANDARD.encode(of(AuthScheme::Basic)));
    assert!(is_carried(&with("x-api-key", MARK), b""));
    assert!(is_carried(&with("authorization", &basic), b""));
    assert!(is_carried(&HeaderMap::new(), format!("{{\"service_key\": \"{MARK}\"}}").as_bytes()));
    assert!(!is_carried(&with("authorization", "Bearer another"), b"{}"));
}
