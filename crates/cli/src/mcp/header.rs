//! The headers of 2026-07-28 that repeat parts of a request.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

/// A text as a header's value: as it is, or `=?base64?…?=` where a header could not hold it.
pub(super) fn encode(text: &str) -> String {
    let is_plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && text.trim() == text
        && !text.starts_with("=?base64?");
    if is_plain { text.to_owned() } else { format!("=?base64?{}?=", STANDARD.encode(text)) }
}

/// The headers for those arguments whose schema says `x-mcp-header`, at any depth of nested objects.
pub(super) fn params(schema: &Value, arguments: &Map<String, Value>) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let Some(value) = arguments.get(name) else { continue };
        let text = match value {
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        if let (Some(header), Some(text)) = (property["x-mcp-header"].as_str(), text) {
            headers.push((format!("Mcp-Param-{header}"), encode(&text)));
        }
        if let Some(nested) = value.as_object() {
            headers.extend(params(property, nested));
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_header_cannot_hold_is_encoded() {
        assert_eq!(encode("list_issues"), "list_issues");
        assert_eq!(encode("Zürich"), "=?base64?WsO8cmljaA==?=");
        assert_eq!(encode(" x"), "=?base64?IHg=?=");
    }

    #[test]
    fn arguments_that_the_schema_marks_become_headers() {
        let schema = json!({"properties": {
            "region": {"type": "string", "x-mcp-header": "Region"},
            "page": {"type": "integer", "x-mcp-header": "Page"},
            "other": {"type": "string"},
            "deep": {"properties": {"x": {"type": "boolean", "x-mcp-header": "X"}}},
        }});
        let Value::Object(arguments) = json!({"region": "eu", "page": 2, "other": "a", "deep": {"x": true}})
        else {
            unreachable!()
        };
        let pairs = params(&schema, &arguments);
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(pairs, [("Mcp-Param-Region", "eu"), ("Mcp-Param-Page", "2"), ("Mcp-Param-X", "true")]);
    }
}
