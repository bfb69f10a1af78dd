//! Results against the output schemas of their tools.

use std::collections::BTreeMap;

use connectors::{ToolListing, ToolResult};
use serde_json::{Map, Value};

/// What keeps a result from being one that its tool promises.
pub(crate) fn conformance(tool: &ToolListing, result: &ToolResult, replies: &str) -> Vec<String> {
    if result.is_error {
        return vec![format!("with {replies} the call fails: {:?}", result.content)];
    }
    match (&tool.output_schema, &result.structured_content) {
        (Some(schema), Some(value)) => {
            let validator = jsonschema::validator_for(&Value::Object(schema.clone())).unwrap();
            let errors = validator.iter_errors(value);
            errors.map(|error| format!("with {replies}: {error} at {}", error.instance_path())).collect()
        }
        (None, None) => Vec::new(),
        (schema, value) => {
            vec![format!(
                "with {replies}: output schema {}, structured {}",
                schema.is_some(),
                value.is_some()
            )]
        }
    }
}

/// Places of a result that are null though every property of the reply is filled in, so read from a path that does not
/// exist, and places that the output schema does not have.
pub(crate) fn paths(tool: &ToolListing, value: &Value) -> Vec<(String, String)> {
    let mut seen = BTreeMap::new();
    leaves(value, "", &mut seen);
    let nulls = seen.into_iter().filter(|(_, filled)| !filled);
    let mut wrong: Vec<(String, String)> = nulls
        .map(|(place, _)| {
            let text = format!("{place} stays empty whatever the vendor sends: is its path in the reply?");
            (place, text)
        })
        .collect();
    if let Some(schema) = &tool.output_schema {
        let schema = Value::Object(schema.clone());
        unlisted(value, &schema, "", &mut wrong);
    }
    wrong
}

/// Each place of a value, elements of lists as one, and whether anything but null stands there.
fn leaves(value: &Value, path: &str, seen: &mut BTreeMap<String, bool>) {
    let mut note = |filled: bool| {
        seen.entry(path.to_owned()).and_modify(|any| *any |= filled).or_insert(filled);
    };
    match value {
        Value::Array(items) => {
            note(!items.is_empty());
            items.iter().for_each(|item| leaves(item, &format!("{path}[]"), seen));
        }
        Value::Object(fields) => {
            let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            fields.iter().for_each(|(key, field)| leaves(field, &below(key), seen));
        }
        leaf => note(!leaf.is_null()),
    }
}

/// Keys that a schema with properties does not list and does not leave open.
fn unlisted(value: &Value, schema: &Value, path: &str, wrong: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items.iter().for_each(|item| unlisted(item, schema, &format!("{path}[]"), wrong));
            }
        }
        Value::Object(fields) => {
            let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
            if schema.get("additionalProperties").is_some_and(|it| *it != Value::Bool(false)) {
                return;
            }
            each(fields, properties, path, wrong);
        }
        _ => {}
    }
}

fn each(
    fields: &Map<String, Value>,
    properties: &Map<String, Value>,
    path: &str,
    wrong: &mut Vec<(String, String)>,
) {
    for (key, field) in fields {
        let place = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match properties.get(key) {
            Some(schema) => unlisted(field, schema, &place, wrong),
            None => wrong.push((place.clone(), format!("{place} is not in the output schema"))),
        }
    }
}
