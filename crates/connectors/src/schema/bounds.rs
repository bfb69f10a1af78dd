//! How large a schema may be, with its references followed.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::problem::Fault;

/// The deepest nesting of a schema.
const MAX_DEPTH: usize = 40;
/// The most values in a schema, each reference counting as what it refers to.
const MAX_SIZE: usize = 20_000;

/// Refuses schemas that are large or deep, refer outside themselves, or refer to themselves.
pub(super) fn check(schema: &Value) -> Result<(), Fault> {
    let mut sizes = BTreeMap::new();
    size(schema, schema, 0, &mut sizes).map(|_| ())
}

/// The number of values under one, with references followed. `known` holds that of targets: `None` while it is counted,
/// which a reference to itself meets.
fn size<'a>(
    root: &'a Value,
    value: &'a Value,
    depth: usize,
    known: &mut BTreeMap<&'a str, Option<usize>>,
) -> Result<usize, Fault> {
    if depth > MAX_DEPTH {
        return Err(Fault::new(format!("the schema nests deeper than {MAX_DEPTH}"), "flatten it"));
    }
    let mut total: usize = 1;
    match value {
        Value::Array(items) => {
            for item in items {
                total = add(total, size(root, item, depth + 1, known)?)?;
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                match (key.as_str(), field) {
                    ("$ref" | "$dynamicRef", Value::String(target)) => {
                        total = add(total, target_size(root, target, depth, known)?)?;
                    }
                    // As a keyword its value is a text; a property of this name has a schema.
                    ("$id" | "$anchor" | "$dynamicAnchor", Value::String(_)) => {
                        return Err(Fault::new(
                            format!("the schema uses `{key}`"),
                            "refer to `#/$defs/...` instead",
                        ));
                    }
                    _ => total = add(total, size(root, field, depth + 1, known)?)?,
                }
            }
        }
        _ => {}
    }
    Ok(total)
}

fn target_size<'a>(
    root: &'a Value,
    target: &'a str,
    depth: usize,
    known: &mut BTreeMap<&'a str, Option<usize>>,
) -> Result<usize, Fault> {
    match known.get(target) {
        Some(Some(size)) => return Ok(*size),
        Some(None) => {
            return Err(Fault::new(format!("the schema refers to itself by {target}"), "remove the cycle"));
        }
        None => {}
    }
    let found = target
        .strip_prefix('#')
        .filter(|pointer| pointer.starts_with('/'))
        .and_then(|pointer| root.pointer(pointer));
    let Some(found) = found else {
        return Err(Fault::new(
            format!("the reference {target} leads nowhere inside the schema"),
            "refer to `#/$defs/...`; other documents are not fetched",
        ));
    };
    known.insert(target, None);
    let size = size(root, found, depth + 1, known)?;
    known.insert(target, Some(size));
    Ok(size)
}

fn add(total: usize, more: usize) -> Result<usize, Fault> {
    let total = total.saturating_add(more);
    if total > MAX_SIZE {
        return Err(Fault::new(format!("the schema has more than {MAX_SIZE} values"), "shorten it"));
    }
    Ok(total)
}
