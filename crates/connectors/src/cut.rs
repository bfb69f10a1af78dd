//! Results that are too large for a reader: cut where the least is lost, with a notice of what is missing.

use serde_json::{Map, Value};

use crate::failure::shorten;

/// The largest result, in bytes of JSON or text.
pub(crate) const MAX_RESULT: usize = 512 * 1024;
/// The most cuts. A value that needs more is spread too thin to be cut at all.
const MAX_CUTS: usize = 64;
/// Texts shorter than this are not worth a cut.
const MIN_TEXT: usize = 1024;
/// Arguments that say how much is asked for, as vendors call them.
const SIZES: [&str; 10] = [
    "per_page",
    "limit",
    "page_size",
    "pageSize",
    "max_results",
    "maxResults",
    "count",
    "first",
    "top",
    "max_pages",
];

/// A value that was cut, and what was left out.
#[derive(Debug, PartialEq)]
pub(crate) struct Cut {
    pub(crate) value: Value,
    /// What is missing, as in "3 of 10 entries of `issues` are left out"; one for each cut.
    pub(crate) missing: Vec<String>,
}

/// A value of at most so many bytes: what is heaviest is cut, entries off the end of a list of at least two or the end of a
/// text, then what is heaviest next. The shape stays, so that a schema still fits. `Err`: the value cannot be cut so far.
pub(crate) fn fit(mut value: Value, most: usize) -> Result<Cut, Value> {
    let mut missing = Vec::new();
    for _ in 0..MAX_CUTS {
        let size = weight(&value);
        if size <= most {
            return Ok(Cut { value, missing });
        }
        let mut largest = Largest::default();
        largest.look_at(&value, &mut Vec::new());
        // A list is at least as heavy as a text in it, so a text goes first only where it outweighs every list.
        let heaviest = largest.text.into_iter().chain(largest.list).max_by_key(|(weight, _)| *weight);
        let Some((_, place)) = heaviest else { return Err(value) };
        let name = name(&place);
        match find(&mut value, &place) {
            Some(Value::Array(items)) => missing.push(cut_list(items, size - most, &name)),
            Some(Value::String(text)) => missing.push(cut_text(text, size - most, &name)),
            _ => return Err(value),
        }
    }
    Err(value)
}

/// What to say about a cut: what is missing, and which of the tool's arguments asks for less.
pub(crate) fn notice(missing: &[String], arguments: impl Fn(&str) -> bool) -> String {
    let smaller = SIZES.iter().find(|name| arguments(name));
    let remedy = smaller.map_or_else(
        || "ask for less, for example with narrower filters".to_owned(),
        |name| format!("ask again with a smaller `{name}` or narrower filters"),
    );
    format!("A result holds {} KiB at most: {}; {remedy}.", MAX_RESULT / 1024, missing.join(", "))
}

/// A step into a value.
#[derive(Clone)]
enum Step {
    Field(String),
    Entry(usize),
}

/// The largest parts of a value that can be cut, with where they are.
#[derive(Default)]
struct Largest {
    list: Option<(usize, Vec<Step>)>,
    text: Option<(usize, Vec<Step>)>,
}

impl Largest {
    /// Looks at a value and what is in it; returns its weight.
    fn look_at(&mut self, value: &Value, place: &mut Vec<Step>) -> usize {
        match value {
            Value::Array(items) => {
                let mut total = brackets(items.len());
                for (index, item) in items.iter().enumerate() {
                    place.push(Step::Entry(index));
                    total += self.look_at(item, place);
                    place.pop();
                }
                if items.len() > 1 {
                    keep(&mut self.list, total, place);
                }
                total
            }
            Value::Object(fields) => {
                let mut total = brackets(fields.len());
                for (key, field) in fields {
                    place.push(Step::Field(key.clone()));
                    total += text_weight(key) + 1 + self.look_at(field, place);
                    place.pop();
                }
                total
            }
            Value::String(text) => {
                let total = text_weight(text);
                if total >= MIN_TEXT {
                    keep(&mut self.text, total, place);
                }
                total
            }
            scalar => weight(scalar),
        }
    }
}

fn keep(largest: &mut Option<(usize, Vec<Step>)>, weight: usize, place: &[Step]) {
    if largest.as_ref().is_none_or(|(known, _)| *known < weight) {
        *largest = Some((weight, place.to_vec()));
    }
}

fn find<'v>(value: &'v mut Value, place: &[Step]) -> Option<&'v mut Value> {
    place.iter().try_fold(value, |value, step| match step {
        Step::Field(key) => value.get_mut(key),
        Step::Entry(index) => value.get_mut(index),
    })
}

/// The field that a place is in, as a reader looks for it.
fn name(place: &[Step]) -> String {
    let field = place.iter().rev().find_map(|step| match step {
        Step::Field(key) => Some(key),
        Step::Entry(_) => None,
    });
    field.map_or_else(|| "the list".to_owned(), |key| format!("`{}`", shorten(key.clone(), 64)))
}

fn cut_list(items: &mut Vec<Value>, mut excess: usize, name: &str) -> String {
    let before = items.len();
    while excess > 0 && items.len() > 1 {
        let dropped = items.pop().map_or(0, |item| weight(&item) + 1);
        excess = excess.saturating_sub(dropped);
    }
    format!("{} of {before} entries of {name} are left out", before - items.len())
}

fn cut_text(text: &mut String, excess: usize, name: &str) -> String {
    let before = text.len();
    let mut dropped = 0;
    // What stands for the rest takes three bytes.
    while dropped < excess + 3 {
        let Some(last) = text.pop() else { break };
        dropped += escaped(last);
    }
    text.push('…');
    format!("{name} is cut to {} of {before} bytes", text.len())
}

/// The length of a value as compact JSON, in bytes.
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::Null => 4,
        Value::Bool(truth) => 5 - usize::from(*truth),
        Value::Number(number) => number.to_string().len(),
        Value::String(text) => text_weight(text),
        Value::Array(items) => brackets(items.len()) + items.iter().map(weight).sum::<usize>(),
        Value::Object(fields) => fields_weight(fields),
    }
}

/// The length of an object as compact JSON, in bytes.
pub(crate) fn fields_weight(fields: &Map<String, Value>) -> usize {
    let pairs = fields.iter().map(|(key, field)| text_weight(key) + 1 + weight(field));
    brackets(fields.len()) + pairs.sum::<usize>()
}

/// The length of the brackets around so many items, and of the commas between them.
fn brackets(items: usize) -> usize {
    2 + items.saturating_sub(1)
}

fn text_weight(text: &str) -> usize {
    2 + text.chars().map(escaped).sum::<usize>()
}

/// The length of a character in a JSON text.
fn escaped(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        control if control < ' ' => 6,
        other => other.len_utf8(),
    }
}

#[cfg(test)]
mod tests;
