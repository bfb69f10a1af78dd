//! What schemas admit, and which are refused.

use serde_json::{Map, Value, json};

use super::ObjectSchema;

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("an object") };
    map
}

fn schema(value: Value) -> ObjectSchema {
    ObjectSchema::compile(&object(value)).unwrap_or_else(|fault| panic!("{}", fault.message))
}

fn issues() -> ObjectSchema {
    schema(json!({
        "type": "object", "required": ["owner"], "additionalProperties": false,
        "properties": {
            "owner": {"type": "string", "pattern": "^[a-z]+$"},
            "state": {"type": "string", "enum": ["open", "closed"], "default": "open"},
            "per_page": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
            "milestone": {"type": ["integer", "null"]},
            "labels": {"type": "array", "items": {"$ref": "#/$defs/label"}},
        },
        "$defs": {"label": {"type": "string", "minLength": 1}},
    }))
}

#[test]
fn defaults_fill_in_and_null_counts_as_left_out() {
    let admitted =
        issues().admit(&object(json!({"owner": "ada", "state": null, "milestone": null}))).unwrap();
    assert_eq!(
        Value::Object(admitted),
        json!({"owner": "ada", "milestone": null, "state": "open", "per_page": 10})
    );
}

#[test]
fn a_violation_names_the_argument() {
    for (arguments, expected) in [
        (json!({}), "argument `owner` is required"),
        (json!({"owner": null}), "argument `owner` is required"),
        (
            json!({"owner": "ada", "per_page": 500}),
            "argument `per_page`: 500 is greater than the maximum of 100",
        ),
        (json!({"owner": "ada", "state": "x"}), "argument `state`: \"x\" is not one of"),
        (json!({"owner": "ADA"}), "argument `owner`: \"ADA\" does not match"),
        (json!({"owner": "ada", "labels": ["a", ""]}), "argument `labels.1`:"),
        (
            json!({"owner": "ada", "repo": "x"}),
            "there is no argument `repo`; it takes owner, state, per_page, milestone, labels",
        ),
    ] {
        let failure = issues().admit(&object(arguments.clone())).unwrap_err().to_string();
        assert!(failure.starts_with(expected), "{arguments}: {failure}");
    }
}

#[test]
fn schemas_that_leave_their_bounds_are_refused() {
    let deep = (0..60)
        .fold(json!({"type": "string"}), |inner, _| json!({"type": "object", "properties": {"a": inner}}));
    let wide: Map<String, Value> = (0..20_000).map(|index| (format!("p{index}"), json!(true))).collect();
    let doubling: Map<String, Value> = (0..12)
        .map(|index| {
            let next = json!({"$ref": format!("#/$defs/d{}", index + 1)});
            (
                format!("d{index}"),
                if index == 11 { json!({"type": "string"}) } else { json!({"allOf": [next, next, next]}) },
            )
        })
        .collect();
    for (schema, word) in [
        (json!({"type": "string"}), "type: object"),
        (json!({}), "type: object"),
        (deep, "deeper"),
        (json!({"type": "object", "properties": wide}), "more than"),
        (
            json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": doubling}),
            "more than",
        ),
        (json!({"type": "object", "properties": {"a": {"$ref": "https://x.test/s.json"}}}), "leads nowhere"),
        (
            json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}}),
            "itself",
        ),
        (json!({"type": "object", "$id": "https://x.test/"}), "$id"),
        (json!({"type": "object", "properties": {"a": {"type": "strin"}}}), "JSON Schema"),
        (json!({"type": "object", "properties": {"a": {"pattern": "(a)\\1"}}}), "JSON Schema"),
        (json!({"type": "object", "properties": {"a": {"pattern": "(a{1000}){1000}"}}}), "JSON Schema"),
    ] {
        let fault = ObjectSchema::compile(&object(schema.clone())).unwrap_err();
        assert!(fault.message.contains(word), "{word}: {}", fault.message);
    }
}
