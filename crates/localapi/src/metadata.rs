//! Reading and writing an object's `metadata`.

use serde_json::{Map, Value, json};

fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object["metadata"][field].as_str().unwrap_or_default()
}

pub(crate) fn name(object: &Value) -> &str {
    text(object, "name")
}

pub(crate) fn namespace(object: &Value) -> &str {
    text(object, "namespace")
}

pub(crate) fn uid(object: &Value) -> &str {
    text(object, "uid")
}

/// The resource version as text; empty if the object names none.
pub(crate) fn version(object: &Value) -> &str {
    text(object, "resourceVersion")
}

pub(crate) fn generation(object: &Value) -> i64 {
    object["metadata"]["generation"].as_i64().unwrap_or_default()
}

pub(crate) fn is_deleting(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

pub(crate) fn has_finalizers(object: &Value) -> bool {
    object["metadata"]["finalizers"].as_array().is_some_and(|all| !all.is_empty())
}

/// The UIDs of the owners.
pub(crate) fn owners(object: &Value) -> impl Iterator<Item = &str> {
    let references = object["metadata"]["ownerReferences"].as_array().map(Vec::as_slice).unwrap_or_default();
    references.iter().filter_map(|reference| reference["uid"].as_str())
}

/// The metadata map, made if it is missing or no map.
pub(crate) fn entry(object: &mut Value) -> &mut Map<String, Value> {
    if !object.is_object() {
        *object = json!({});
    }
    let metadata = &mut object["metadata"];
    if !metadata.is_object() {
        *metadata = json!({});
    }
    metadata.as_object_mut().expect("made a map just above")
}

/// Sets or, with `None`, removes a field of the metadata.
pub(crate) fn set(object: &mut Value, field: &str, value: Option<Value>) {
    let metadata = entry(object);
    match value {
        Some(value) => drop(metadata.insert(field.to_owned(), value)),
        None => drop(metadata.shift_remove(field)),
    }
}

/// Sets a field of the metadata to what it is in `from`, or removes it if it is not there.
pub(crate) fn copy(object: &mut Value, from: &Value, field: &str) {
    set(object, field, from["metadata"].get(field).cloned());
}
