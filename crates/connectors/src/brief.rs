//! Input schemas as they are listed: without what goes without saying. A model pays for each word in every tool that it is
//! offered, while whoever gives a bad argument is told what is wrong with it.

use serde_json::{Map, Value};

/// An input schema without
/// - `additionalProperties: false`, as no tool takes arguments that it does not name;
/// - lower bounds that only keep out what is empty or negative: no page is the 0th, no name is an empty text;
/// - defaults that are numbers, such as sizes of pages, for which callers hardly care.
pub(crate) fn listed(mut schema: Map<String, Value>) -> Map<String, Value> {
    shorten(&mut schema);
    schema
}

fn shorten(schema: &mut Map<String, Value>) {
    let at_most_one = |bound: &Value| bound.as_u64().is_some_and(|bound| bound <= 1);
    schema.retain(|key, value| match key.as_str() {
        "additionalProperties" => *value != Value::Bool(false),
        "minimum" | "minLength" | "minItems" => !at_most_one(value),
        "default" => !value.is_number(),
        _ => true,
    });
    for part in ["properties", "$defs"] {
        let named = schema.get_mut(part).and_then(Value::as_object_mut);
        named.into_iter().flat_map(Map::values_mut).for_each(shorten_any);
    }
    if let Some(items) = schema.get_mut("items") {
        shorten_any(items);
    }
}

fn shorten_any(schema: &mut Value) {
    if let Value::Object(schema) = schema {
        shorten(schema);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_goes_without_saying_is_left_out_at_every_depth_and_nothing_else() {
        let Value::Object(schema) = json!({
            "type": "object", "required": ["default"], "additionalProperties": false,
            "properties": {
                "page": {"type": "integer", "minimum": 1, "maximum": 10, "default": 1},
                "year": {"type": "integer", "minimum": 1970},
                "state": {"type": "string", "enum": ["open", "all"], "default": "open"},
                "minimum": {"type": "string", "minLength": 1},
                "default": {"type": "array", "minItems": 1, "items": {"type": "object", "additionalProperties": false,
                    "properties": {"offset": {"type": "integer", "minimum": 0}}}},
                "any": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        }) else {
            unreachable!()
        };
        let expected = json!({
            "type": "object", "required": ["default"],
            "properties": {
                "page": {"type": "integer", "maximum": 10},
                "year": {"type": "integer", "minimum": 1970},
                "state": {"type": "string", "enum": ["open", "all"], "default": "open"},
                "minimum": {"type": "string"},
                "default": {"type": "array", "items": {"type": "object",
                    "properties": {"offset": {"type": "integer"}}}},
                "any": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        });
        assert_eq!(Value::Object(listed(schema)), expected);
    }
}
