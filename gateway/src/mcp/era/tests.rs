use serde_json::{Value, json};

use super::*;
use crate::mcp::{
    envelope,
    error::{HEADER_MISMATCH, UNSUPPORTED_VERSION},
};

fn request(method: &str, params: &Value) -> Request {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    match envelope::parse(body.as_bytes()).unwrap() {
        envelope::Message::Request(request) => request,
        other => panic!("{other:?}"),
    }
}

fn modern_meta() -> Value {
    json!({META_VERSION: MODERN_VERSION, META_CAPABILITIES: {}})
}

fn map(values: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in values {
        map.append(*name, value.parse().unwrap());
    }
    map
}

fn code(method: &str, params: &Value, values: &[(&'static str, &str)]) -> (u16, i64) {
    let refusal = classify(&request(method, params), &map(values)).unwrap_err();
    (refusal.status.as_u16(), refusal.error.code)
}

const V: (&str, &str) = (headers::VERSION, MODERN_VERSION);

#[test]
fn initialize_is_legacy_whatever_it_names() {
    let meta = json!({"_meta": modern_meta(), "protocolVersion": MODERN_VERSION});
    assert!(!classify(&request("initialize", &meta), &map(&[V])).unwrap().is_modern());
}

#[test]
fn a_request_that_describes_itself_is_modern() {
    let params = json!({"_meta": modern_meta()});
    let era = classify(&request("tools/list", &params), &map(&[V, (headers::METHOD, "tools/list")])).unwrap();
    assert_eq!(era, Era::Modern { log_level: None });
    let call = json!({"_meta": modern_meta(), "name": "é"});
    let values = [V, (headers::METHOD, "tools/call"), (headers::NAME, "=?base64?w6k=?=")];
    assert!(classify(&request("tools/call", &call), &map(&values)).unwrap().is_modern());
}

#[test]
fn each_broken_rule_has_its_status_and_code() {
    let good = json!({"_meta": modern_meta(), "name": "a", "uri": "x://y"});
    let future = json!({"_meta": {META_VERSION: "2099-01-01", META_CAPABILITIES: {}}});
    let bare = json!({"_meta": {META_VERSION: MODERN_VERSION}});
    let none = json!({});
    let list = (headers::METHOD, "tools/list");
    let call = (headers::METHOD, "tools/call");
    let read = (headers::METHOD, "resources/read");
    let old = (headers::VERSION, "2025-11-25");
    let new = (headers::VERSION, "2099-01-01");
    for (rule, expected, method, params, values) in [
        ("no version header", HEADER_MISMATCH, "tools/list", &good, vec![list]),
        ("another version in the header", HEADER_MISMATCH, "tools/list", &good, vec![old, list]),
        ("a version nobody serves", UNSUPPORTED_VERSION, "tools/list", &future, vec![new, list]),
        ("no client capabilities", INVALID_PARAMS, "tools/list", &bare, vec![V, list]),
        ("no method header", HEADER_MISMATCH, "tools/list", &good, vec![V]),
        ("another method in the header", HEADER_MISMATCH, "tools/list", &good, vec![V, call]),
        ("a repeated method header", HEADER_MISMATCH, "tools/list", &good, vec![V, list, list]),
        ("no name header", HEADER_MISMATCH, "tools/call", &good, vec![V, call]),
        ("another name", HEADER_MISMATCH, "tools/call", &good, vec![V, call, (headers::NAME, "b")]),
        ("another URI", HEADER_MISMATCH, "resources/read", &good, vec![V, read, (headers::NAME, "x://z")]),
        ("no _meta behind a modern header", INVALID_PARAMS, "tools/list", &none, vec![V, list]),
        ("a version that is none", INVALID_REQUEST, "tools/list", &none, vec![(headers::VERSION, "1.0")]),
    ] {
        assert_eq!(code(method, params, &values), (400, expected), "{rule}");
    }
}

#[test]
fn the_unsupported_version_names_what_is_supported() {
    let params = json!({"_meta": {META_VERSION: "2099-01-01", META_CAPABILITIES: {}}});
    let values = map(&[(headers::VERSION, "2099-01-01")]);
    let error = classify(&request("tools/list", &params), &values).unwrap_err().error;
    assert_eq!(error.data.unwrap(), json!({"supported": [MODERN_VERSION], "requested": "2099-01-01"}));
}

#[test]
fn a_legacy_request_may_name_its_version_or_none() {
    let version = |values: &[(&'static str, &str)]| match classify(&request("ping", &json!({})), &map(values))
    {
        Ok(Era::Legacy { version }) => version,
        other => panic!("{other:?}"),
    };
    assert_eq!(version(&[]), ASSUMED_LEGACY_VERSION);
    for known in LEGACY_VERSIONS {
        assert_eq!(version(&[(headers::VERSION, known)]), known);
    }
}
