//! Replies made from GitHub's schemas.

use serde_json::{Map, Value, json};

/// How much of a schema a reply fills in.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Fill {
    /// Everything, and nothing is null.
    All,
    /// What is required; what may be null is, lists are empty.
    Least,
}

/// The deepest nesting that is filled in: schemas refer to each other in circles.
const DEPTH: usize = 9;

/// A reply to a schema.
pub(crate) fn reply(schema: &Value, schemas: &Value, fill: Fill) -> Value {
    value(schema, schemas, fill, 0).unwrap_or(Value::Null)
}

fn value(schema: &Value, schemas: &Value, fill: Fill, depth: usize) -> Option<Value> {
    if depth > DEPTH {
        return None;
    }
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return value(&schemas[name], schemas, fill, depth);
    }
    if schema["nullable"] == true && fill == Fill::Least {
        return Some(Value::Null);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().find(|value| !value.is_null()).cloned();
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let mut merged = Map::new();
        for part in parts.iter().filter_map(|part| value(part, schemas, fill, depth)) {
            merged.extend(part.as_object().cloned().unwrap_or_default());
        }
        return Some(Value::Object(merged));
    }
    if let Some(variants) = variants(schema) {
        let variant = if fill == Fill::All { variants.first() } else { variants.last() };
        return value(variant?, schemas, fill, depth);
    }
    Some(match schema["type"].as_str() {
        Some("string") => json!("2026-01-02T03:04:05Z"),
        Some("integer") => json!(7),
        Some("number") => json!(1.5),
        Some("boolean") => json!(true),
        Some("array") => list(&schema["items"], schemas, fill, depth),
        _ => object(schema, schemas, fill, depth),
    })
}

fn variants(schema: &Value) -> Option<&Vec<Value>> {
    schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array)
}

/// A list with an element of each variant.
fn list(items: &Value, schemas: &Value, fill: Fill, depth: usize) -> Value {
    if items["$ref"] == "event" {
        return events(schemas, fill);
    }
    let one = std::slice::from_ref(items);
    let elements = variants(items).map_or(one, Vec::as_slice);
    let elements = elements.iter().filter_map(|element| value(element, schemas, fill, depth + 1));
    // Lists inside may be empty; the reply's own is not, or nothing would be looked at.
    if fill == Fill::Least && depth > 0 { json!([]) } else { elements.collect() }
}

/// An event of each kind: which payload it has follows from its type.
fn events(schemas: &Value, fill: Fill) -> Value {
    let payloads = schemas["event"]["properties"]["payload"]["oneOf"].as_array().unwrap();
    let events = payloads.iter().map(|payload| {
        let mut event = value(&schemas["event"], schemas, fill, 1).unwrap();
        let words = payload["$ref"].as_str().unwrap().split('-');
        let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
        event["type"] = json!(words.map(capital).collect::<String>());
        event["payload"] = value(payload, schemas, fill, 2).unwrap();
        event
    });
    events.collect()
}

fn object(schema: &Value, schemas: &Value, fill: Fill, depth: usize) -> Value {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let mut filled = Map::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if (fill == Fill::All || required.contains(&json!(name)))
            && let Some(value) = value(property, schemas, fill, depth + 1)
        {
            filled.insert(name.clone(), value);
        }
    }
    if let Some(values @ Value::Object(_)) = schema.get("additionalProperties")
        && filled.is_empty()
    {
        filled.extend(value(values, schemas, fill, depth + 1).map(|value| ("Rust".to_owned(), value)));
    }
    Value::Object(filled)
}
