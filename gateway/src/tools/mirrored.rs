//! Arguments that headers mirror: `x-mcp-header` in a tool's input schema (specification 2026-07-28).

use http::HeaderMap;
use serde_json::Value;

use crate::mcp::{
    error::RpcError,
    headers::{PARAM_PREFIX, decoded, single},
};

/// How deep a schema is searched.
const MAX_DEPTH: usize = 16;
/// Beyond this an integer is not exact in every client (2^53 − 1).
const MAX_SAFE: f64 = 9_007_199_254_740_991.0;

/// An argument that a header mirrors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirrored {
    /// The names of properties that lead to it.
    pub path: Vec<String>,
    /// The header, in lower case.
    pub header: String,
}

/// The mirrored arguments of an input schema. A schema that breaks the rules of `x-mcp-header` gives none for the
/// property concerned: clients must not offer such a tool anyway.
#[must_use]
pub fn of_schema(schema: &str) -> Vec<Mirrored> {
    // Hardly any schema has one: look before parsing.
    if !schema.contains("\"x-mcp-header\"") {
        return Vec::new();
    }
    let mut found = Vec::new();
    if let Ok(schema) = serde_json::from_str::<Value>(schema) {
        collect(&schema, &mut Vec::new(), &mut found);
    }
    found
}

fn collect(schema: &Value, path: &mut Vec<String>, found: &mut Vec<Mirrored>) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    if path.len() >= MAX_DEPTH {
        return;
    }
    for (name, property) in properties {
        path.push(name.clone());
        if let Some(header) = property.get("x-mcp-header").and_then(Value::as_str)
            && http::HeaderName::from_bytes(header.as_bytes()).is_ok()
        {
            let header = format!("{PARAM_PREFIX}{}", header.to_ascii_lowercase());
            found.push(Mirrored { path: path.clone(), header });
        }
        collect(property, path, found);
        path.pop();
    }
}

/// Checks that every mirrored argument comes with its header and agrees with it.
///
/// # Errors
/// −32020 names the header.
pub fn check(mirrored: &[Mirrored], arguments: Option<&str>, headers: &HeaderMap) -> Result<(), RpcError> {
    if mirrored.is_empty() {
        return Ok(());
    }
    let arguments: Value = arguments.and_then(|json| serde_json::from_str(json).ok()).unwrap_or(Value::Null);
    for entry in mirrored {
        let value = entry.path.iter().try_fold(&arguments, |value, name| value.get(name));
        let header = single(headers, &entry.header)?;
        match (value.filter(|value| !value.is_null()), header) {
            (None, None) => {}
            (None, Some(_)) => {
                return Err(RpcError::header_mismatch(format!(
                    "header {} mirrors no argument",
                    entry.header
                )));
            }
            (Some(_), None) => {
                return Err(RpcError::header_mismatch(format!("header {} is missing", entry.header)));
            }
            (Some(value), Some(header)) => {
                if !agrees(value, &decoded(header, &entry.header)?) {
                    let message = format!("header {} does not match the argument", entry.header);
                    return Err(RpcError::header_mismatch(message));
                }
            }
        }
    }
    Ok(())
}

fn agrees(value: &Value, header: &str) -> bool {
    match value {
        Value::String(text) => text == header,
        Value::Bool(flag) => header == if *flag { "true" } else { "false" },
        Value::Number(number) => {
            number.to_string() == header
                || number.as_f64().zip(header.parse::<f64>().ok()).is_some_and(|(body, header)| {
                    // Integers compare as numbers, so that 42.0 is 42; beyond the safe range only texts decide.
                    #[allow(clippy::float_cmp, reason = "both are exact integers below 2^53")]
                    let equal = body == header;
                    equal && body.abs() <= MAX_SAFE
                })
        }
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{"type":"object","properties":{
        "region":{"type":"string","x-mcp-header":"Region"},
        "deep":{"type":"object","properties":{"n":{"type":"integer","x-mcp-header":"N"}}},
        "bad":{"type":"string","x-mcp-header":"two words"},
        "list":{"type":"array","items":{"properties":{"x":{"x-mcp-header":"X"}}}}}}"#;

    fn verdict(arguments: &str, values: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in values {
            headers.append(*name, value.parse().unwrap());
        }
        check(&of_schema(SCHEMA), Some(arguments), &headers).is_ok()
    }

    #[test]
    fn only_properties_reached_by_properties_are_mirrored() {
        let names: Vec<_> = of_schema(SCHEMA).into_iter().map(|entry| entry.header).collect();
        assert_eq!(names, ["mcp-param-region", "mcp-param-n"]);
    }

    #[test]
    fn headers_and_arguments_must_agree() {
        let region = ("mcp-param-region", "us-west1");
        assert!(verdict(r#"{"region":"us-west1"}"#, &[region]));
        assert!(!verdict(r#"{"region":"us-west1"}"#, &[]), "an omitted header");
        assert!(!verdict(r#"{"region":"us-west2"}"#, &[region]));
        assert!(verdict(r#"{"region":null}"#, &[]));
        assert!(verdict("{}", &[]));
        assert!(!verdict("{}", &[region]));
        assert!(!verdict(r#"{"region":"us-west1"}"#, &[region, region]), "a repeated header");
        assert!(verdict(r#"{"region":"é"}"#, &[("mcp-param-region", "=?base64?w6k=?=")]));
        assert!(!verdict(r#"{"region":"é"}"#, &[("mcp-param-region", "=?base64?w6k?=")]));
        assert!(verdict(r#"{"deep":{"n":42}}"#, &[("mcp-param-n", "42.0")]));
        assert!(!verdict(r#"{"deep":{"n":42}}"#, &[("mcp-param-n", "43")]));
    }
}
