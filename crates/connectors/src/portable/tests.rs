//! What is refused is found, what is not is left alone, and the catalog is portable.

use serde_json::{Value, json};

use super::*;
use crate::catalog::Catalog;

fn found(schema: &Value) -> Vec<Finding> {
    let input_schema = schema.as_object().unwrap();
    check("github", ListedTool { name: "github_get", description: "Gets.", input_schema })
}

/// A schema with one property.
#[allow(clippy::needless_pass_by_value, reason = "callers write the property in place")]
fn with(property: Value) -> Value {
    json!({"type": "object", "properties": {"one": property}})
}

fn named(name: &str, description: &str) -> Vec<Finding> {
    let Value::Object(input_schema) = with(json!({"type": "string"})) else { unreachable!() };
    check("github", ListedTool { name, description, input_schema: &input_schema })
}

#[test]
fn a_plain_schema_has_no_findings() {
    let schema = json!({
        "type": "object",
        "required": ["a"],
        "additionalProperties": false,
        "properties": {
            "a": {"type": "string", "pattern": "^[a-z]+$", "minLength": 1, "description": "A."},
            "b": {"type": ["integer", "null"], "minimum": 1, "maximum": 100, "default": 30},
            "c": {"type": "array", "items": {"type": "string", "enum": ["x", "y"]}, "maxItems": 5},
            "d": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            "e.f-g_h": {"type": "object", "properties": {"when": {"type": "string", "format": "date-time"}}}
        }
    });
    assert_eq!(found(&schema), Vec::new());
    assert_eq!(found(&json!({"type": "object", "properties": {}})), Vec::new());
}

#[test]
fn names_that_clients_refuse_are_found() {
    assert_eq!(named("github_get", &"x".repeat(1024)), Vec::new());
    let long = "a".repeat(64 - "mcp__github__".len());
    assert_eq!(named(&long, ""), Vec::new());
    for (name, description) in
        [("a.b", ""), ("", ""), ("söhne", ""), (&*format!("{long}a"), ""), ("a", &*"x".repeat(1025))]
    {
        let findings = named(name, description);
        assert_eq!(findings.len(), 1, "{name}: {findings:?}");
        assert_eq!(findings[0].level, Level::Error);
    }
    for name in ["", "with space", "$select", "a/b", &"a".repeat(65)] {
        let schema = json!({"type": "object", "properties": {name: {"type": "string"}}});
        assert_eq!(found(&schema)[0].clients, [Client::Claude], "{name}");
    }
}

#[test]
fn what_an_api_refuses_is_an_error_at_its_place() {
    let cases = [
        (
            json!({"type": "object", "properties": {}, "anyOf": [{"required": ["a"]}]}),
            "",
            "`anyOf` at the root",
        ),
        (json!({"type": "object", "properties": {}, "enum": ["a"]}), "", "`enum` at the root"),
        (json!({"type": "object"}), "", "no `properties`"),
        (json!({"properties": {}}), "", "not of `type: object`"),
        (
            with(json!({"type": ["string", "integer"]})),
            "/properties/one",
            "more than one type: string, integer",
        ),
        (with(json!({"type": "array"})), "/properties/one", "a list without `items`"),
        (
            with(json!({"type": "array", "items": [{"type": "string"}]})),
            "/properties/one",
            "differ by position",
        ),
        (
            with(json!({"type": "array", "prefixItems": [{"type": "string"}]})),
            "/properties/one",
            "differ by position",
        ),
        (with(json!({"enum": [1, 2]})), "/properties/one", "other values than texts"),
        (with(json!({"type": "string", "pattern": "(?i)^a"})), "/properties/one", "`(?i` in the pattern"),
        (with(json!({"type": "object", "patternProperties": {}})), "/properties/one", "`patternProperties`"),
        (with(json!({"type": "object", "if": {}, "then": {}})), "/properties/one", "`if`"),
        (
            with(json!({"type": "array", "items": {"type": "object", "not": {}}})),
            "/properties/one/items",
            "`not`",
        ),
    ];
    for (schema, place, message) in cases {
        let findings = found(&schema);
        let one = findings.iter().find(|one| one.message.contains(message) && one.place == place);
        assert_eq!(one.map(|one| one.level), Some(Level::Error), "{schema}: {findings:?}");
    }
}

#[test]
fn what_clients_have_to_rewrite_is_a_warning() {
    for property in [
        json!({"type": "string", "format": "email"}),
        json!({"type": "integer", "exclusiveMinimum": 0}),
        json!({"oneOf": [{"type": "string"}]}),
        json!({"const": "a"}),
        json!({"$ref": "#/$defs/a"}),
    ] {
        let findings = found(&with(property.clone()));
        let levels: Vec<Level> = findings.iter().map(|one| one.level).collect();
        assert_eq!(levels, [Level::Warning], "{property}: {findings:?}");
    }
}

#[test]
fn references_in_circles_are_found_and_others_are_not() {
    let tree = json!({
        "type": "object", "properties": {"a": {"$ref": "#/$defs/node"}},
        "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}}
    });
    let circle = |finding: &Finding| finding.message.contains("leads back");
    let places: Vec<String> = found(&tree).into_iter().filter(circle).map(|one| one.place).collect();
    assert_eq!(places, ["/$defs/node/properties/next"]);
    let line = json!({
        "type": "object", "properties": {"a": {"$ref": "#/$defs/leaf"}, "b": {"$ref": "#/$defs/leaf"}},
        "$defs": {"leaf": {"type": "string"}}
    });
    assert!(!found(&line).iter().any(circle));
}

#[test]
fn what_is_too_large_is_found() {
    let values: Vec<String> = (0..1001).map(|number| number.to_string()).collect();
    assert!(found(&with(json!({"enum": values})))[0].message.contains("1001 values"));
    let long: Vec<String> = (0..251).map(|number| format!("{number:060}")).collect();
    assert!(found(&with(json!({"enum": long})))[0].message.contains("15000 characters"));
    let deep = (0..11).fold(json!({"type": "string"}), |inner, _| json!({"type": "array", "items": inner}));
    assert!(found(&with(deep))[0].message.contains("12 levels"));
}

#[test]
fn a_finding_says_where_who_and_how_to_mend_it() {
    let said = found(&with(json!({"type": "array"})))[0].to_string();
    let expected =
        "github_get/properties/one: a list without `items` (OpenAI, Gemini); say what its elements are";
    assert_eq!(said, expected);
}

#[test]
fn the_catalog_is_portable() {
    let catalog = Catalog::new();
    let mut errors = Vec::new();
    for service in catalog.services() {
        let connector = catalog.connector(service).unwrap().unwrap();
        for tool in connector.tools() {
            let listed = ListedTool {
                name: &tool.name,
                description: &tool.description,
                input_schema: &tool.input_schema,
            };
            let findings = check(service, listed).into_iter().filter(|one| one.level == Level::Error);
            errors.extend(findings.map(|one| one.to_string()));
        }
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}
