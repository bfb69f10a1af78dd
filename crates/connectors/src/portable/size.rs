//! Sizes: how deep a schema is, how many properties and values it has, and how long they are.

use serde_json::{Map, Value};

use super::Client::OpenAiStrict;
use super::{Report, visit};

/// The deepest nesting.
const MAX_DEPTH: usize = 10;
/// The most properties.
const MAX_PROPERTIES: usize = 5_000;
/// The most values of all enumerations together.
const MAX_VALUES: usize = 1_000;
/// The most characters of names of properties and definitions and of values, together.
const MAX_CHARACTERS: usize = 120_000;
/// An enumeration of more values than this...
const LARGE_ENUMERATION: usize = 250;
/// ...may have this many characters.
const MAX_ENUMERATION: usize = 15_000;

pub(super) fn check(schema: &Map<String, Value>, report: &mut Report<'_>) {
    let (mut deepest, mut properties, mut values, mut characters) = (0, 0, 0, 0);
    let mut large = Vec::new();
    visit(schema, "", 0, &mut |part, place, depth| {
        deepest = deepest.max(depth);
        for key in ["properties", "$defs"] {
            let names = part.get(key).and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name);
            properties += if key == "properties" { names.clone().count() } else { 0 };
            characters += names.map(String::len).sum::<usize>();
        }
        let listed = part.get("enum").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let length: usize = listed.iter().filter_map(Value::as_str).map(str::len).sum();
        values += listed.len();
        characters += length;
        if listed.len() > LARGE_ENUMERATION && length > MAX_ENUMERATION {
            large.push(place.to_owned());
        }
    });
    let bounds = [
        ("levels of nesting", deepest, MAX_DEPTH, "take fewer levels, or take JSON in a text"),
        ("properties", properties, MAX_PROPERTIES, "split the tool"),
        ("values in enumerations", values, MAX_VALUES, "take a text, and describe the values"),
        ("characters of names and values", characters, MAX_CHARACTERS, "split the tool"),
    ];
    for (what, has, most, remedy) in bounds {
        if has > most {
            report.error(&[OpenAiStrict], "", format!("{has} {what}, where {most} are admitted"), remedy);
        }
    }
    for place in large {
        let message = format!(
            "an enumeration of more than {LARGE_ENUMERATION} values and {MAX_ENUMERATION} characters"
        );
        report.error(&[OpenAiStrict], &place, message, "take a text, and describe the values");
    }
}
