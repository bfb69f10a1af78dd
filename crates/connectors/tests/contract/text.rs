//! Texts that fit a schema: its format, its pattern, its length.

use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::Value;

/// A text for a property; `other`: another one than without.
pub(crate) fn sample(name: &str, schema: &Value, other: bool) -> String {
    let text = match schema["format"].as_str() {
        Some("date") => Some(if other { "2026-02-03" } else { "2026-01-02" }),
        Some("date-time") => Some(if other { "2026-02-03T04:05:06Z" } else { "2026-01-02T03:04:05Z" }),
        Some("email") => Some(if other { "bob@example.com" } else { "ada@example.com" }),
        Some("uri" | "uri-reference") => {
            Some(if other { "https://example.com/b" } else { "https://example.com/a" })
        }
        Some("uuid") if other => Some("0b4f7a9c-1111-4222-8333-444455556666"),
        Some("uuid") => Some("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        _ => None,
    };
    if let Some(text) = text {
        return text.to_owned();
    }
    let default = format!("{}-{}", name.replace('_', "-"), if other { "y" } else { "x" });
    let Some(pattern) = schema.get("pattern").and_then(Value::as_str) else {
        return lengthen(default, schema);
    };
    let fits = regex::Regex::new(pattern).unwrap();
    let candidates = ["2026-01-02", "2026-02-03", "13", "14"].map(str::to_owned);
    let plain = [default, name.replace('_', "-"), name.to_owned()];
    let wanted = plain.into_iter().chain(candidates).filter(|text| fits.is_match(text));
    let made = made(&regex_syntax::parse(pattern).unwrap(), usize::from(other));
    let mut fitting = wanted.chain(std::iter::once(made)).map(|text| lengthen(text, schema));
    let first = fitting.next().unwrap_or_default();
    if other { fitting.find(|text| *text != first).unwrap_or(first) } else { first }
}

/// Repeats or cuts a text to the length that its schema wants.
fn lengthen(mut text: String, schema: &Value) -> String {
    let bound = |name: &str| schema[name].as_u64().and_then(|length| usize::try_from(length).ok());
    while bound("minLength").is_some_and(|least| text.len() < least) {
        text.push('x');
    }
    if let Some(most) = bound("maxLength")
        && text.len() > most
    {
        text = text.split_off(text.len() - most);
    }
    text
}

/// A text that a pattern matches: the shortest, with each character the first of its class, or the one behind it.
fn made(pattern: &Hir, skip: usize) -> String {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => String::new(),
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).into_owned(),
        HirKind::Class(Class::Unicode(class)) => {
            let ranges: Vec<_> = class.ranges().iter().filter(|range| range.end() >= '0').collect();
            let characters = ranges.iter().flat_map(|range| range.start().max('0')..=range.end());
            characters.clone().nth(skip).or_else(|| characters.clone().next()).unwrap_or('-').to_string()
        }
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().first().map(|range| char::from(range.start()).to_string()).unwrap_or_default()
        }
        HirKind::Repetition(repetition) => {
            let times = repetition.min.max(u32::from(repetition.max != Some(0)));
            made(&repetition.sub, skip).repeat(times as usize)
        }
        HirKind::Capture(capture) => made(&capture.sub, skip),
        HirKind::Concat(parts) => parts.iter().map(|part| made(part, skip)).collect(),
        HirKind::Alternation(parts) => made(&parts[skip.min(parts.len() - 1)], 0),
    }
}
