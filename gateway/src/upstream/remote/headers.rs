//! The headers in which a modern request repeats what its body says, so that proxies can route it unread.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::upstream::entries::Entries;

pub(super) const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// `Mcp-Method` and, where the method has one, `Mcp-Name`.
pub(super) fn routing(method: &str, params: Option<&Entries>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(method) {
        headers.insert(METHOD, value);
    }
    let key = match method {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        "tasks/get" | "tasks/update" | "tasks/cancel" => "taskId",
        _ => return headers,
    };
    if let Some(name) = params.and_then(|params| params.text(key)) {
        headers.insert(NAME, encode(&name));
    }
    headers
}

/// A value that survives as a header: as it is, or as `=?base64?…?=`.
pub(super) fn encode(value: &str) -> HeaderValue {
    let plain = value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) && value.trim() == value;
    let looks_encoded = value.starts_with("=?base64?") && value.ends_with("?=");
    if plain
        && !looks_encoded
        && let Ok(value) = HeaderValue::from_str(value)
    {
        return value;
    }
    HeaderValue::from_str(&format!("=?base64?{}?=", STANDARD.encode(value)))
        .expect("base64 is made of characters that headers may hold")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::upstream::entries::raw;

    #[test]
    fn names_that_no_header_can_carry_are_encoded() {
        assert_eq!(encode("get_issue"), "get_issue");
        assert_eq!(encode("grüße"), "=?base64?Z3LDvMOfZQ==?=");
        assert_eq!(encode(" edge"), "=?base64?IGVkZ2U=?=");
        assert_eq!(encode("=?base64?eA==?="), "=?base64?PT9iYXNlNjQ/ZUE9PT89?=");
    }

    #[test]
    fn each_method_names_what_it_is_about() {
        let params = Entries::parse(&raw(&json!({"name": "t", "uri": "x://y"}))).unwrap();
        assert_eq!(routing("tools/call", Some(&params))["mcp-name"], "t");
        assert_eq!(routing("resources/read", Some(&params))["mcp-name"], "x://y");
        let list = routing("tools/list", Some(&params));
        assert_eq!(list["mcp-method"], "tools/list");
        assert!(!list.contains_key("mcp-name"));
    }
}
