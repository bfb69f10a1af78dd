//! Arguments for a tool, made from its input schema.

use connectors::ToolListing;
use domain::document::ConnectorDocument;
use serde_json::{Map, Value, json};

use crate::fixture::Fixture;
use crate::text;

/// A set of arguments, and whether a tool may refuse it.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) arguments: Map<String, Value>,
    /// Hostile or extreme: the tool may refuse it, but what it sends must fit.
    pub(crate) edge: bool,
}

/// The arguments of one tool.
pub(crate) struct Arguments<'a> {
    /// Its input schema as the document has it: listings leave bounds out.
    input: &'a Map<String, Value>,
    /// The tool's name without its service.
    pub(crate) short: &'a str,
    fixture: &'a Fixture,
}

impl<'a> Arguments<'a> {
    pub(crate) fn new(document: &'a ConnectorDocument, tool: &'a ToolListing, fixture: &'a Fixture) -> Self {
        let short = tool.name.strip_prefix(&document.service).unwrap_or(&tool.name).trim_start_matches('_');
        let own = document.tools.iter().find(|own| own.name == short);
        Self { input: &own.expect("a listed tool is one of the document").input, short, fixture }
    }

    /// The required arguments, and those that the fixture knows to be needed.
    pub(crate) fn required(&self) -> Map<String, Value> {
        let needed = self.input.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let known = |name: &String| self.fixture.needed.contains_key(&format!("{}.{name}", self.short));
        self.all().into_iter().filter(|(name, _)| needed.contains(&json!(name)) || known(name)).collect()
    }

    /// All arguments but `max_pages`, which asks for more of the same.
    pub(crate) fn all(&self) -> Map<String, Value> {
        let names = self.properties().filter(|(name, _)| *name != "max_pages");
        names.map(|(name, schema)| (name.clone(), self.value(name, schema, false))).collect()
    }

    /// The required arguments, all of them, each value of each enumeration, edges, and what the fixture adds.
    pub(crate) fn samples(&self) -> Vec<Sample> {
        let mut samples = vec![self.required(), self.all()];
        samples.extend(self.fixture.arguments.get(self.short).into_iter().flatten().cloned());
        let with = |name: &str, value: Value| {
            let mut arguments = self.required();
            arguments.insert(name.to_owned(), value);
            arguments
        };
        let mut edges = Vec::new();
        for (name, schema) in self.properties() {
            let values = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
            samples.extend(values.map(|value| with(name, value.clone())));
            edges.extend(edge_values(schema).into_iter().map(|value| with(name, value)));
        }
        samples.dedup();
        let sample = |edge| move |arguments| Sample { arguments, edge };
        samples.into_iter().map(sample(false)).chain(edges.into_iter().map(sample(true))).collect()
    }

    /// Pairs of calls that differ in this argument only: as it is, and otherwise or without it.
    pub(crate) fn with_and_without(&self, name: &str) -> Vec<(Map<String, Value>, Map<String, Value>)> {
        let schema = self.input["properties"].get(name).unwrap_or(&Value::Null);
        let mut with = self.required();
        with.insert(name.to_owned(), self.value(name, schema, false));
        let given = self.fixture.arguments.get(self.short).into_iter().flatten();
        let given = given.filter(|arguments| arguments.contains_key(name)).cloned();
        let mut pairs = Vec::new();
        for base in [with, self.all()].into_iter().chain(given) {
            let mut other = base.clone();
            other.insert(name.to_owned(), self.value(name, schema, true));
            pairs.push((base.clone(), other));
            let mut without = base.clone();
            if !self.required().contains_key(name) {
                without.remove(name);
                pairs.push((base, without));
            }
        }
        pairs
    }

    /// The names of all arguments.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a String> {
        self.properties().map(|(name, _)| name)
    }

    fn properties(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.input.get("properties").and_then(Value::as_object).into_iter().flatten()
    }

    fn value(&self, name: &str, schema: &Value, other: bool) -> Value {
        let given = [format!("{}.{name}", self.short), name.to_owned()];
        let values = if other { &self.fixture.others } else { &self.fixture.values };
        if let Some(value) = given.iter().find_map(|key| values.get(key)) {
            return value.clone();
        }
        value(name, schema, other)
    }
}

/// A value of a schema; `other`: another one than without.
fn value(name: &str, schema: &Value, other: bool) -> Value {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values[usize::from(other && values.len() > 1)].clone();
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    let parts = ["oneOf", "anyOf"].into_iter().find_map(|key| schema.get(key)).and_then(Value::as_array);
    if let Some(first) = parts.and_then(|parts| parts.first()) {
        return value(name, first, other);
    }
    match type_of(schema) {
        "integer" | "number" => number(schema, other),
        "boolean" => json!(!other),
        "array" => {
            let item = value(name, schema.get("items").unwrap_or(&Value::Null), other);
            let least = schema["minItems"].as_u64().unwrap_or(1).max(1);
            Value::Array(vec![item; usize::try_from(least).unwrap()])
        }
        "object" => object(schema, other),
        _ => json!(text::sample(name, schema, other)),
    }
}

fn object(schema: &Value, other: bool) -> Value {
    let properties = schema["properties"].as_object();
    match properties {
        Some(properties) => {
            let fields = properties.iter().map(|(name, schema)| (name.clone(), value(name, schema, other)));
            Value::Object(fields.collect())
        }
        None => json!({"key": if other { "other" } else { "value" }}),
    }
}

fn number(schema: &Value, other: bool) -> Value {
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    let (least, most) = (bound("minimum"), bound("maximum"));
    let wanted = if other { 14 } else { 13 };
    let value = wanted.clamp(least.unwrap_or(i64::MIN), most.unwrap_or(i64::MAX));
    // At a bound both are the same: go the other way.
    match (other && value != 14, least, most) {
        (true, _, Some(most)) if most < 14 => json!((most - 1).max(least.unwrap_or(most - 1))),
        (true, Some(least), _) => json!(least + 1),
        _ => json!(value),
    }
}

/// The bounds of a schema, and texts that try to leave their place.
fn edge_values(schema: &Value) -> Vec<Value> {
    match type_of(schema) {
        "integer" | "number" => {
            ["minimum", "maximum"].into_iter().filter_map(|name| schema.get(name).cloned()).collect()
        }
        "boolean" => vec![json!(false)],
        "array" if schema["minItems"].as_u64().unwrap_or(0) == 0 => vec![json!([])],
        "string"
            if schema.get("enum").is_none()
                && schema.get("pattern").is_none()
                && schema.get("format").is_none() =>
        {
            let most = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
            let hostile = ["a/../b?c=d&e#f", "it's \"q\" \\ ü %2F", ".."];
            let fitting = hostile.into_iter().filter(|text| text.chars().count() as u64 <= most);
            fitting.map(|text| json!(text)).collect()
        }
        _ => Vec::new(),
    }
}

/// The type of a schema: of several the first that is not null.
fn type_of(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(name) => name,
        Value::Array(names) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("string")
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "string",
    }
}
