//! Fields that a schema does not declare.

use serde_json::Value;

use crate::resource::Schema;

/// Removes them and gives their paths.
pub(super) fn prune(schema: &Schema, object: &mut Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(schema, object, "", &mut found);
    found
}

fn walk(schema: &Schema, value: &mut Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.retain(|name, value| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match schema.property(name) {
                    Some(schema) => walk(schema, value, &path, found),
                    None if schema.open => {}
                    // A value of the wrong type is told about its type, not about each of its fields.
                    None if schema.type_.as_deref().is_some_and(|it| it != "object") => {}
                    None => {
                        found.push(path);
                        return false;
                    }
                }
                true
            });
        }
        Value::Array(list) => {
            if let Some(items) = &schema.items {
                for (at, item) in list.iter_mut().enumerate() {
                    walk(items, item, &format!("{path}[{at}]"), found);
                }
            }
        }
        _ => {}
    }
}
