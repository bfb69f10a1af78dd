//! Arguments for every tool, made from its input schema.

use connectors::ToolListing;
use serde_json::{Map, Value, json};

/// The required arguments.
pub(crate) fn required(tool: &ToolListing) -> Map<String, Value> {
    let needed = tool.input_schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    all(tool).into_iter().filter(|(name, _)| needed.contains(&json!(name))).collect()
}

/// All arguments.
pub(crate) fn all(tool: &ToolListing) -> Map<String, Value> {
    let properties =
        tool.input_schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    properties.iter().map(|(name, schema)| (name.clone(), argument(name, schema))).collect()
}

/// The required arguments, all arguments, each value of each enumeration, and values that choose another request.
pub(crate) fn variants(tool: &ToolListing) -> Vec<Map<String, Value>> {
    let mut variants = vec![required(tool), all(tool)];
    let properties =
        tool.input_schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let with = |name: &str, value: Value| {
        let mut arguments = required(tool);
        arguments.insert(name.to_owned(), value);
        arguments
    };
    for (name, schema) in &properties {
        for value in schema.get("enum").and_then(Value::as_array).into_iter().flatten() {
            variants.push(with(name, value.clone()));
        }
    }
    if properties.contains_key("release_id") {
        variants.extend(["latest", "Latest", "123", "tag:2026"].map(|id| with("release_id", json!(id))));
    }
    if tool.name == "github_get_file_content" {
        variants.extend(["", "/", "docs/", "/docs/guide.md"].map(|path| with("path", json!(path))));
    }
    variants
}

fn argument(name: &str, schema: &Value) -> Value {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values[0].clone();
    }
    match (name, schema["type"].as_str().unwrap()) {
        ("labels", "string") => json!("good first issue"),
        ("email", _) => json!("ada@example.com"),
        ("since" | "until", _) => json!("2026-01-02T03:04:05Z"),
        ("path", _) => json!("docs"),
        (_, "string") => json!(format!("{}-x", name.replace('_', "-"))),
        (_, "integer") => json!(13),
        (_, "boolean") => json!(true),
        (_, "array") => json!(["bug"]),
        (name, other) => panic!("{name} of type {other}"),
    }
}

/// How a value looks in a request, percent-decoded.
pub(crate) fn on_the_wire(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
