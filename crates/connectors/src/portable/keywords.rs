//! Keywords that clients refuse, and what they miss.

use serde_json::{Map, Value};

use super::Client::{Claude, Gemini, JavaScript, OpenAi, OpenAiStrict};
use super::{Report, visit};

/// Keywords that say how fields depend on each other.
const CONDITIONS: [&str; 8] = [
    "if",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "not",
    "patternProperties",
    "propertyNames",
    "unevaluatedProperties",
];
/// Keywords of lists that are no lists of one kind.
const TUPLES: [&str; 4] = ["prefixItems", "additionalItems", "contains", "unevaluatedItems"];
/// Bounds that Gemini's own schemas lack.
const BOUNDS: [&str; 4] = ["exclusiveMinimum", "exclusiveMaximum", "multipleOf", "uniqueItems"];
/// Formats that Gemini's own schemas have for texts.
const FORMATS: [&str; 2] = ["date-time", "enum"];
/// What other regular expressions than JavaScript's have.
const FOREIGN: [&str; 8] = ["(?i", "(?s", "(?m", "(?x", "(?P<", "(?u", "\\A", "\\z"];

pub(super) fn check(schema: &Map<String, Value>, report: &mut Report<'_>) {
    root(schema, report);
    visit(schema, "", 0, &mut |part, place, depth| {
        if depth > 0 || !place.is_empty() {
            combinations(part, place, report);
        }
        conditions(part, place, report);
        types(part, place, report);
        values(part, place, report);
    });
    circles(schema, report);
}

fn root(schema: &Map<String, Value>, report: &mut Report<'_>) {
    for key in ["oneOf", "anyOf", "allOf"].into_iter().filter(|key| schema.contains_key(*key)) {
        report.error(
            &[Claude, OpenAi],
            "",
            format!("`{key}` at the root"),
            "list all properties, and say in descriptions which go together",
        );
    }
    for key in ["enum", "const", "not"].into_iter().filter(|key| schema.contains_key(*key)) {
        report.error(&[OpenAi], "", format!("`{key}` at the root"), "describe it in words");
    }
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        report.error(
            &[Claude, OpenAi, Gemini],
            "",
            "the schema is not of `type: object`",
            "say `type: object`",
        );
    }
    if !schema.get("properties").is_some_and(Value::is_object) {
        report.error(
            &[OpenAi],
            "",
            "there are no `properties`",
            "say `properties: {}` where there is no argument",
        );
    }
}

fn combinations(part: &Map<String, Value>, place: &str, report: &mut Report<'_>) {
    for key in ["oneOf", "allOf"].into_iter().filter(|key| part.contains_key(*key)) {
        report.warning(&[OpenAiStrict, Gemini], place, format!("`{key}`"), "use `anyOf`, or one schema");
    }
}

fn conditions(part: &Map<String, Value>, place: &str, report: &mut Report<'_>) {
    for key in CONDITIONS.into_iter().filter(|key| part.contains_key(*key)) {
        report.error(&[OpenAiStrict, Gemini], place, format!("`{key}`"), "describe the condition in words");
    }
    if TUPLES.iter().any(|key| part.contains_key(*key)) || part.get("items").is_some_and(Value::is_array) {
        let remedy = "use a list of one kind, or an object";
        report.error(&[Claude, OpenAi, Gemini], place, "a list whose elements differ by position", remedy);
    }
    for key in BOUNDS.into_iter().filter(|key| part.contains_key(*key)) {
        let remedy = "use `minimum` and `maximum`, or describe it in words";
        report.warning(&[Gemini], place, format!("`{key}`"), remedy);
    }
    if part.contains_key("$ref") || part.contains_key("$dynamicRef") {
        report.warning(&[Claude, Gemini], place, "a reference", "write the schema where it is used");
    }
    let pattern = part.get("pattern").and_then(Value::as_str).unwrap_or_default();
    if let Some(foreign) = FOREIGN.into_iter().find(|text| pattern.contains(text)) {
        let remedy = "write the pattern as JavaScript knows it";
        report.error(&[JavaScript], place, format!("`{foreign}` in the pattern"), remedy);
    }
}

fn types(part: &Map<String, Value>, place: &str, report: &mut Report<'_>) {
    let types: Vec<&str> = match part.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if types.iter().filter(|name| **name != "null").count() > 1 {
        report.error(
            &[Gemini],
            place,
            format!("more than one type: {}", types.join(", ")),
            "keep one type, and null where that is meant",
        );
    }
    if types.contains(&"array") && !part.contains_key("items") && !part.contains_key("prefixItems") {
        report.error(&[OpenAi, Gemini], place, "a list without `items`", "say what its elements are");
    }
    if let Some(format) = part.get("format").and_then(Value::as_str)
        && types.contains(&"string")
        && !FORMATS.contains(&format)
    {
        let remedy = "say it in the description, or by a pattern";
        report.warning(&[Gemini], place, format!("the format {format}"), remedy);
    }
}

fn values(part: &Map<String, Value>, place: &str, report: &mut Report<'_>) {
    let values = part.get("enum").and_then(Value::as_array).into_iter().flatten();
    if values.clone().any(|value| !value.is_string()) {
        report.error(
            &[Gemini],
            place,
            "an enumeration of other values than texts",
            "use bounds, or list the values in the description",
        );
    }
    if part.contains_key("const") {
        report.warning(&[Gemini], place, "`const`", "use an `enum` of one value");
    }
}

/// References that lead back to where they are: such a schema cannot be written out.
fn circles(schema: &Map<String, Value>, report: &mut Report<'_>) {
    let root = Value::Object(schema.clone());
    let mut found = Vec::new();
    visit(schema, "", 0, &mut |part, place, _| {
        let Some(target) = reference(part) else { return };
        let mut seen: Vec<String> = Vec::new();
        let mut waiting = vec![target.to_owned()];
        while let Some(target) = waiting.pop() {
            let inside = place
                .strip_prefix(target.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            if inside {
                found.push(place.to_owned());
                return;
            }
            if let Some(Value::Object(described)) = root.pointer(&target)
                && !seen.contains(&target)
            {
                visit(described, "", 0, &mut |part, _, _| waiting.extend(reference(part).map(str::to_owned)));
            }
            seen.push(target);
        }
    });
    for place in found {
        let remedy = "bound the nesting: write out as many levels as are needed";
        report.error(&[Claude, Gemini], &place, "a reference that leads back to itself", remedy);
    }
}

/// The JSON Pointer that a schema refers to.
fn reference(part: &Map<String, Value>) -> Option<&str> {
    part.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'))
}
