//! Bodies: JSON, forms, multipart forms, and bytes that nothing is said about.

use serde_json::{Map, Value, json};

use super::schema::Schemas;
use super::{Seen, textual};
use crate::oracle::Operation;

/// What is wrong with the body of a request.
pub(super) fn violations(operation: &Operation, schemas: &Schemas<'_>, seen: &Seen) -> Vec<String> {
    let Some(described) = &operation.body else {
        let some = !seen.body.is_empty() && seen.body != b"{}";
        return if some { vec!["a body where none is described".to_owned()] } else { Vec::new() };
    };
    if seen.body.is_empty() {
        let needed = !described.optional
            && described.schema.as_ref().is_some_and(|schema| !schemas.required(schema).is_empty());
        return if needed { vec!["the body is missing".to_owned()] } else { Vec::new() };
    }
    let mut wrong = Vec::new();
    let given = content_type(seen);
    let fits = |accepted: &str| {
        accepted == "*"
            || accepted == given
            || accepted.strip_suffix("/*").is_some_and(|kind| given.starts_with(kind))
    };
    if !described.content_type.iter().any(fits) {
        let accepted: Vec<&str> = described.content_type.iter().collect();
        wrong.push(format!("a body of type {given}, where {} is accepted", accepted.join(" or ")));
    }
    let Some(schema) = &described.schema else { return wrong };
    match given {
        "application/x-www-form-urlencoded" => texts(&form(&seen.body), schema, schemas, &mut wrong),
        "multipart/form-data" => texts(&multipart(seen), schema, schemas, &mut wrong),
        _ if given.ends_with("json") => match serde_json::from_slice(&seen.body) {
            Ok(value) => wrong.extend(schemas.violations(&value, schema, "body")),
            Err(error) => wrong.push(format!("the body is no JSON: {error}")),
        },
        _ => {}
    }
    wrong
}

/// A body for comparison: a multipart body without its boundary.
pub(super) fn shown(seen: &Seen) -> String {
    match content_type(seen) {
        "multipart/form-data" => Value::Object(multipart(seen)).to_string(),
        _ => String::from_utf8_lossy(&seen.body).into_owned(),
    }
}

fn content_type(seen: &Seen) -> &str {
    seen.header("content-type").split(';').next().unwrap_or_default().trim()
}

/// Checks fields that are texts whatever their type: a text that reads as the type's JSON stands for it.
fn texts(fields: &Map<String, Value>, schema: &Value, schemas: &Schemas<'_>, wrong: &mut Vec<String>) {
    let known = schemas.properties(schema);
    let read = fields.iter().map(|(name, value)| {
        let types = known.get(name).map(|property| schemas.types(property)).unwrap_or_default();
        let is = |one: &str| types.iter().any(|name| name == one);
        let Value::String(text) = value else { return (name.clone(), value.clone()) };
        let parsed = serde_json::from_str(text).ok();
        let value = match parsed {
            Some(parsed @ Value::Number(_)) if is("integer") || is("number") => parsed,
            Some(parsed @ Value::Bool(_)) if is("boolean") => parsed,
            Some(parsed @ Value::Array(_)) if is("array") => parsed,
            Some(parsed @ Value::Object(_)) if is("object") => parsed,
            _ if is("array") && !is("string") && textual("string", text) => json!([text]),
            _ => value.clone(),
        };
        (name.clone(), value)
    });
    wrong.extend(schemas.violations(&Value::Object(read.collect()), schema, "body"));
}

/// The fields of a form; those that repeat as a list.
fn form(body: &[u8]) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        let value = json!(value);
        match fields.get_mut(name.as_ref()) {
            None => {
                fields.insert(name.into_owned(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = json!([first.take(), value]),
        }
    }
    fields
}

/// The fields of a multipart form, each with its headers and contents.
fn multipart(seen: &Seen) -> Map<String, Value> {
    let boundary =
        seen.header("content-type").split_once("boundary=").map(|(_, text)| text.trim_matches('"'));
    let (text, mark) = (String::from_utf8_lossy(&seen.body), format!("--{}", boundary.unwrap_or("?")));
    let parts = text.split(&mark).filter_map(|part| {
        let (head, contents) = part.split_once("\r\n\r\n")?;
        let (_, name) = head.split_once("name=\"")?;
        Some((name.split('"').next()?.to_owned(), json!(contents.trim_end_matches("\r\n"))))
    });
    parts.collect()
}
