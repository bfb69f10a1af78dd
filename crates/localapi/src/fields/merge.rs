//! Server-side apply's merge: what is applied goes onto what is there, and what is no longer applied goes away.

use serde_json::{Map, Value, json};

use super::path::Element;
use crate::resource::{ListType, Schema};

/// Puts `applied` onto `live`: maps and keyed lists entry by entry, everything else as a whole.
pub(crate) fn merge(live: &mut Value, applied: &Value, schema: Option<&Schema>) {
    match (live, applied) {
        (Value::Object(live), Value::Object(applied)) if !schema.is_some_and(|it| it.atomic_map) => {
            for (name, value) in applied {
                let slot = live.entry(name.clone()).or_insert(Value::Null);
                merge(slot, value, schema.and_then(|it| it.property(name)));
            }
        }
        (Value::Array(live), Value::Array(applied)) => merge_list(live, applied, schema),
        (live, applied) => *live = applied.clone(),
    }
}

fn merge_list(live: &mut Vec<Value>, applied: &[Value], schema: Option<&Schema>) {
    match schema.map(|it| &it.list) {
        Some(ListType::Set) => {
            for item in applied {
                if !live.contains(item) {
                    live.push(item.clone());
                }
            }
        }
        Some(ListType::Map(keys)) => {
            let items = schema.and_then(|it| it.items.as_deref());
            for item in applied {
                match Element::key_of(item, keys).position(live) {
                    Some(at) => merge(&mut live[at], item, items),
                    None => live.push(item.clone()),
                }
            }
        }
        Some(ListType::Atomic) | None => *live = applied.to_vec(),
    }
}

/// Removes the field at a path, and every map and list above it that is empty then.
pub(crate) fn remove(object: &mut Value, path: &[Element]) {
    let Some((first, rest)) = path.split_first() else { return };
    match (first, object) {
        (Element::Field(name), Value::Object(map)) => {
            let Some(child) = map.get_mut(name) else { return };
            if !rest.is_empty() {
                remove(child, rest);
            }
            if rest.is_empty() || is_empty(child) {
                map.shift_remove(name);
            }
        }
        (Element::Key(_) | Element::Value(_), Value::Array(list)) => {
            let Some(at) = first.position(list) else { return };
            if rest.is_empty() {
                list.remove(at);
            } else {
                remove(&mut list[at], rest);
            }
        }
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty) || *value == json!([])
}
