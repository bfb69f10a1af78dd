//! Defaults, and nulls that stand for "not set".

use serde_json::Value;

use crate::resource::Schema;

/// Removes nulls from fields that may not be null, so that they are as if not set.
pub(crate) fn prune_nulls(schema: &Schema, value: &mut Value) {
    match value {
        Value::Object(map) => map.retain(|name, value| {
            let Some(schema) = schema.property(name) else { return true };
            prune_nulls(schema, value);
            !value.is_null() || schema.nullable
        }),
        Value::Array(list) => {
            if let Some(items) = &schema.items {
                list.iter_mut().for_each(|item| prune_nulls(items, item));
            }
        }
        _ => {}
    }
}

/// Fills in the defaults of fields that are missing, also inside defaults.
pub(crate) fn fill(schema: &Schema, value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, schema) in &schema.properties {
                if let Some(default) = &schema.default {
                    map.entry(name.clone()).or_insert_with(|| default.clone());
                }
            }
            for (name, value) in map.iter_mut() {
                if let Some(schema) = schema.property(name) {
                    fill(schema, value);
                }
            }
        }
        Value::Array(list) => {
            if let Some(items) = &schema.items {
                list.iter_mut().for_each(|item| fill(items, item));
            }
        }
        _ => {}
    }
}
