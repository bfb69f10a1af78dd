//! Headers that mirror the body of a modern request (specification 2026-07-28, Streamable HTTP, Request Metadata).

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderMap;

use super::error::RpcError;

/// The header of the protocol version, in both eras.
pub const VERSION: &str = "mcp-protocol-version";
/// The header of a legacy session.
pub const SESSION: &str = "mcp-session-id";
/// The header that mirrors the method.
pub const METHOD: &str = "mcp-method";
/// The header that mirrors the name of a tool or prompt, or the URI of a resource.
pub const NAME: &str = "mcp-name";
/// What precedes the name of a header that mirrors an argument.
pub const PARAM_PREFIX: &str = "mcp-param-";

/// The value of a header that may come once: `Ok(None)` if it is absent.
///
/// # Errors
/// −32020 if it is repeated or not visible ASCII.
pub fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, RpcError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(RpcError::header_mismatch(format!("header {name} comes more than once")));
    }
    let value = value
        .to_str()
        .map_err(|_| RpcError::header_mismatch(format!("header {name} has characters outside ASCII")))?;
    Ok(Some(value.trim_matches([' ', '\t'])))
}

/// Checks that a header is there and says what the body says.
///
/// # Errors
/// −32020 otherwise.
pub fn matches(headers: &HeaderMap, name: &str, body: &str, encoded: bool) -> Result<(), RpcError> {
    let value = single(headers, name)?
        .ok_or_else(|| RpcError::header_mismatch(format!("header {name} is missing")))?;
    let value = if encoded { decoded(value, name)? } else { Cow::Borrowed(value) };
    if value == body {
        Ok(())
    } else {
        Err(RpcError::header_mismatch(format!("header {name} does not match the body")))
    }
}

/// The value behind `=?base64?…?=`, or the value itself.
///
/// # Errors
/// −32020 if what is between the markers is not base64 of a text.
pub fn decoded<'a>(value: &'a str, name: &str) -> Result<Cow<'a, str>, RpcError> {
    let Some(inner) = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) else {
        return Ok(Cow::Borrowed(value));
    };
    STANDARD
        .decode(inner)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(Cow::Owned)
        .ok_or_else(|| RpcError::header_mismatch(format!("header {name} is not base64 of a UTF-8 text")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in values {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn values_are_trimmed_decoded_and_case_sensitive() {
        for (value, body, fits) in [
            ("tools/call", "tools/call", true),
            ("  tools/call ", "tools/call", true),
            ("Tools/Call", "tools/call", false),
            ("=?base64?SGVsbG8sIOS4lueVjA==?=", "Hello, 世界", true),
            ("=?base64?SGVsbG8?=", "Hello", false),
            ("=?BASE64?SGVsbG8=?=", "Hello", false),
        ] {
            let map = headers(&[(NAME, value)]);
            assert_eq!(matches(&map, NAME, body, true).is_ok(), fits, "{value}");
        }
    }

    #[test]
    fn a_missing_or_repeated_header_is_refused() {
        assert!(matches(&HeaderMap::new(), METHOD, "ping", false).is_err());
        assert!(matches(&headers(&[(METHOD, "a"), (METHOD, "a")]), METHOD, "a", false).is_err());
    }
}
