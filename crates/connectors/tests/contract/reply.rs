//! Replies made from a vendor's schemas and examples.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::check::schema::{Schemas, alternatives};
use crate::fault::Fault;
use crate::oracle::{Operation, Oracle};

/// What a server answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Replies {
    /// All that schemas describe, and nothing is null.
    Full,
    /// The least that schemas describe: what may be null is, and what need not be there is not.
    Sparse,
    /// The same, and lists are empty.
    Empty,
    /// The vendor's example of this number; the last one where there are fewer.
    Example(usize),
    /// None: the request is refused.
    Fault(Fault),
}

/// The deepest nesting that is filled in.
const DEPTH: usize = 12;

/// How often a named schema may lie within itself: schemas refer to each other in circles.
const CIRCLES: usize = 2;

/// The body of a reply. `link` is the URL that stands for every URL.
pub(crate) fn body(oracle: &Oracle, operation: &Operation, replies: Replies, link: &str) -> Value {
    let Some(reply) = &operation.reply else { return json!({}) };
    if let Replies::Example(number) = replies
        && !reply.examples.is_empty()
    {
        let at = number.min(reply.examples.len() - 1);
        return reply.examples.values().nth(at).cloned().unwrap_or_default();
    }
    let Some(schema) = &reply.schema else {
        return reply.examples.values().next().cloned().unwrap_or(Value::Null);
    };
    let schemas = Schemas { named: &oracle.schemas, caseless: false };
    let (all, empty) = (!matches!(replies, Replies::Sparse | Replies::Empty), replies == Replies::Empty);
    let sampler = Sampler { schemas, all, empty, link, inside: RefCell::default() };
    sampler.value(schema, "", 0).unwrap_or(Value::Null)
}

struct Sampler<'a> {
    schemas: Schemas<'a>,
    all: bool,
    empty: bool,
    link: &'a str,
    /// The named schemas that are being filled in.
    inside: RefCell<Vec<&'a str>>,
}

impl<'a> Sampler<'a> {
    fn value(&self, schema: &'a Value, property: &str, depth: usize) -> Option<Value> {
        if depth > DEPTH {
            return None;
        }
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            if self.inside.borrow().iter().filter(|one| **one == name).count() >= CIRCLES {
                return None;
            }
            self.inside.borrow_mut().push(name);
            let value = self.value(self.schemas.named(name), property, depth);
            self.inside.borrow_mut().pop();
            return value;
        }
        let types = self.schemas.types(schema);
        let nullable = schema["nullable"] == true || types.iter().any(|name| name == "null");
        if nullable && !self.all {
            return Some(Value::Null);
        }
        if let Some(value) = schema.get("const") {
            return Some(value.clone());
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return values.iter().find(|value| !value.is_null()).cloned();
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            let mut merged = self.object(schema, depth);
            for part in parts.iter().filter_map(|part| self.value(part, property, depth)) {
                merged.extend(part.as_object().cloned().unwrap_or_default());
            }
            return Some(Value::Object(merged));
        }
        if let Some(variants) = alternatives(schema) {
            return self.alternative(variants, property, depth);
        }
        Some(match types.iter().map(String::as_str).find(|name| *name != "null") {
            Some("string") => json!(self.text(schema)),
            Some("integer") => json!(7),
            Some("number") => json!(1.5),
            // A last page would end what leads on.
            Some("boolean") => json!(!property.to_ascii_lowercase().replace('_', "").starts_with("islast")),
            Some("array") => self.list(schema.get("items").unwrap_or(&Value::Null), property, depth),
            Some("object") => Value::Object(self.object(schema, depth)),
            _ if schema.get("properties").is_some() => Value::Object(self.object(schema, depth)),
            _ => json!("text"),
        })
    }

    /// One of several: the one with fewest properties, or the one with most and what the others have besides. Vendors
    /// have partial records beside whole ones.
    fn alternative(&self, variants: &'a [Value], property: &str, depth: usize) -> Option<Value> {
        let mut variants: Vec<&Value> = variants.iter().filter(|variant| variant["type"] != "null").collect();
        if !self.all {
            variants.sort_by_key(|variant| self.schemas.properties(variant).len());
            return self.value(variants.first()?, property, depth);
        }
        variants.sort_by_key(|variant| std::cmp::Reverse(self.schemas.properties(variant).len()));
        let mut made = variants.into_iter().filter_map(|variant| self.value(variant, property, depth));
        let mut first = made.next()?;
        if let Value::Object(fields) = &mut first {
            for (name, value) in made.filter_map(|other| other.as_object().cloned()).flatten() {
                fields.entry(name).or_insert(value);
            }
        }
        Some(first)
    }

    fn text(&self, schema: &Value) -> &'a str {
        match schema["format"].as_str() {
            Some("uri" | "url") => self.link,
            Some("date") => "2026-01-02",
            Some("email") => "ada@example.com",
            Some("byte" | "base64url") => "IyBIZWxsbyB3b3JsZAo",
            Some(format) if format.contains("int") => "7",
            _ => "2026-01-02T03:04:05Z",
        }
    }

    /// A list with an element of each variant.
    fn list(&self, items: &'a Value, name: &str, depth: usize) -> Value {
        if self.empty {
            return json!([]);
        }
        let one = std::slice::from_ref(items);
        let variants = alternatives(self.schemas.resolve(items)).map_or(one, Vec::as_slice);
        variants.iter().filter_map(|variant| self.value(variant, name, depth + 1)).collect()
    }

    fn object(&self, schema: &'a Value, depth: usize) -> Map<String, Value> {
        let required = self.schemas.required(schema);
        let mut filled = Map::new();
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if (self.all || required.contains(&name.as_str()))
                && let Some(value) = self.value(property, name, depth + 1)
            {
                filled.insert(name.clone(), value);
            }
        }
        if let Some(values @ Value::Object(_)) = schema.get("additionalProperties")
            && filled.is_empty()
        {
            filled.extend(self.value(values, "", depth + 1).map(|value| ("key".to_owned(), value)));
        }
        filled
    }
}

/// Puts values of a fixture into a reply: by JSON Pointer, where `*` stands for every element of a list. Where the reply
/// has no such place, an object gets it.
pub(crate) fn put(reply: &mut Value, values: &BTreeMap<String, Value>) {
    for (pointer, value) in values {
        let segments: Vec<&str> = pointer.split('/').skip(1).collect();
        put_at(reply, &segments, value);
    }
}

fn put_at(place: &mut Value, segments: &[&str], value: &Value) {
    let Some((first, rest)) = segments.split_first() else {
        *place = value.clone();
        return;
    };
    match place {
        Value::Array(items) if *first == "*" => items.iter_mut().for_each(|item| put_at(item, rest, value)),
        Value::Array(items) => {
            if let Some(item) = first.parse::<usize>().ok().and_then(|at| items.get_mut(at)) {
                put_at(item, rest, value);
            }
        }
        Value::Object(fields) => {
            put_at(fields.entry((*first).to_owned()).or_insert_with(|| json!({})), rest, value);
        }
        _ => {
            *place = json!({});
            put_at(place, segments, value);
        }
    }
}
