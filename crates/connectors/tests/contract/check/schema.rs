//! Values against a vendor's schemas: the part of JSON Schema that descriptions of APIs use, read strictly. An object
//! with listed properties has no others, unless its schema says so.

use serde_json::{Map, Value};

/// The schemas that `$ref` names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schemas<'a> {
    pub(crate) named: &'a Map<String, Value>,
    /// Whether the case of property names is beside the point.
    pub(crate) caseless: bool,
}

impl<'a> Schemas<'a> {
    /// A schema itself where this one only names it.
    pub(crate) fn resolve(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        while let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            schema = self.named(name);
        }
        schema
    }

    /// The schema of a name, which may be a path as JSON Schema has it.
    pub(crate) fn named(&self, name: &str) -> &'a Value {
        self.named.get(name.rsplit('/').next().unwrap_or(name)).unwrap_or(&Value::Null)
    }

    /// The types that it admits; none where it does not say.
    pub(crate) fn types(&self, schema: &'a Value) -> Vec<String> {
        let schema = self.resolve(schema);
        if let Some(parts) = alternatives(schema) {
            return parts.iter().flat_map(|part| self.types(part)).collect();
        }
        match schema.get("type") {
            Some(Value::String(name)) => vec![name.clone()],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// All properties that it lists, those of its parts too.
    pub(crate) fn properties(&self, schema: &'a Value) -> Map<String, Value> {
        let schema = self.resolve(schema);
        let mut all = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            all.extend(self.properties(part));
        }
        all
    }

    /// The names that it requires, those of its parts too.
    pub(crate) fn required(&self, schema: &'a Value) -> Vec<&'a str> {
        let schema = self.resolve(schema);
        let own =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        own.chain(parts.flat_map(|part| self.required(part))).collect()
    }

    /// What is wrong with a value, each with its place.
    pub(crate) fn violations(&self, value: &Value, schema: &'a Value, place: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        self.check(value, schema, place, &mut wrong);
        wrong
    }

    fn check(&self, value: &Value, schema: &'a Value, place: &str, wrong: &mut Vec<String>) {
        let schema = self.resolve(schema);
        if value.is_null() && schema.get("nullable") == Some(&Value::Bool(true)) {
            return;
        }
        if let Some(parts) = alternatives(schema) {
            wrong.extend(self.of_one(value, parts, place));
        }
        let types = if alternatives(schema).is_some() { Vec::new() } else { self.types(schema) };
        if !types.is_empty() && !types.iter().any(|name| is(value, name, schema)) {
            wrong.push(format!("{place} is {}, not {}", kind(value), types.join(" or ")));
            return;
        }
        let values = schema.get("enum").and_then(Value::as_array).filter(|values| !values.is_empty());
        if let Some(values) = values
            && !value.is_array()
            && !values.contains(value)
        {
            wrong.push(format!("{place} is {value}, none of {}", Value::from(values.clone())));
        }
        if let Some(number) = value.as_f64() {
            let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
            if bound("minimum").is_some_and(|least| number < least)
                || bound("maximum").is_some_and(|most| number > most)
            {
                wrong.push(format!("{place} is {number}, out of bounds"));
            }
        }
        match value {
            Value::Object(fields) => self.object(fields, schema, place, wrong),
            // A text that holds JSON.
            Value::String(text) => {
                if let Some(described) = schema.get("contentSchema") {
                    match serde_json::from_str(text) {
                        Ok(held) => self.check(&held, described, &format!("{place} (as JSON)"), wrong),
                        Err(error) => wrong.push(format!("{place} holds no JSON: {error}")),
                    }
                }
            }
            Value::Array(items) => {
                let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
                let count = items.len() as u64;
                if bound("minItems").is_some_and(|least| count < least)
                    || bound("maxItems").is_some_and(|most| count > most)
                {
                    wrong.push(format!("{place} has {count} items, out of bounds"));
                }
                if let Some(described) = schema.get("items") {
                    for item in items {
                        self.check(item, described, &format!("{place}[]"), wrong);
                    }
                }
            }
            _ => {}
        }
    }

    /// What is wrong with a value that has to fit one of several schemas: the least.
    fn of_one(&self, value: &Value, parts: &'a [Value], place: &str) -> Vec<String> {
        let mut least: Option<Vec<String>> = None;
        for part in self.likely(parts, value) {
            let wrong = self.violations(value, part, place);
            if wrong.is_empty() {
                return wrong;
            }
            if least.as_ref().is_none_or(|least| wrong.len() < least.len()) {
                least = Some(wrong);
            }
        }
        least.unwrap_or_default()
    }

    /// The alternatives that a value can be meant to be: those whose constants it has, such as the `type` of a node. All of
    /// them where it has none's.
    fn likely(&self, parts: &'a [Value], value: &Value) -> Vec<&'a Value> {
        let likely: Vec<&Value> = parts.iter().filter(|part| self.has_constants_of(value, part)).collect();
        if likely.is_empty() { parts.iter().collect() } else { likely }
    }

    fn has_constants_of(&self, value: &Value, schema: &'a Value) -> bool {
        let mut parts = Vec::new();
        self.parts(schema, &mut parts);
        let constant = |property: &'a Value| match property.get("enum").and_then(Value::as_array)?.as_slice()
        {
            [only] => Some(only),
            _ => None,
        };
        value.as_object().into_iter().flatten().all(|(name, value)| {
            let described = parts.iter().filter_map(|part| self.property(part, name));
            described.filter_map(constant).all(|only| only == value)
        })
    }

    fn object(&self, fields: &Map<String, Value>, schema: &'a Value, place: &str, wrong: &mut Vec<String>) {
        if alternatives(schema).is_some() {
            return;
        }
        let mut parts = Vec::new();
        self.parts(schema, &mut parts);
        for (name, value) in fields {
            let described: Vec<&Value> = parts.iter().filter_map(|part| self.property(part, name)).collect();
            let additional = parts.iter().filter_map(|part| part.get("additionalProperties"));
            let mut additional = additional.filter(|one| **one != Value::Bool(false));
            match (described.as_slice(), additional.next()) {
                (described @ [_, ..], _) => {
                    for property in described {
                        for (mark, words) in [("deprecated", "deprecated"), ("readOnly", "read-only")] {
                            if property.get(mark) == Some(&Value::Bool(true)) {
                                wrong.push(format!("{place}.{name} is {words}"));
                            }
                        }
                        self.check(value, property, &format!("{place}.{name}"), wrong);
                    }
                }
                ([], Some(Value::Bool(_))) => {}
                ([], Some(other)) => self.check(value, other, &format!("{place}.{name}"), wrong),
                // An object of which nothing is listed is free, and so is one that other schemas are mixed into.
                ([], None) if parts.iter().all(|part| part.get("properties").is_none()) => {}
                ([], None) if parts.iter().any(|part| alternatives(part).is_some()) => {}
                ([], None) => wrong.push(format!("{place}.{name} is unknown")),
            }
        }
        for name in self.required(schema).into_iter().filter(|name| !fields.contains_key(*name)) {
            wrong.push(format!("{place}.{name} is missing"));
        }
    }

    /// A schema and the schemas that it is put together from.
    fn parts(&self, schema: &'a Value, found: &mut Vec<&'a Value>) {
        let schema = self.resolve(schema);
        found.push(schema);
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.parts(part, found);
        }
    }

    fn property(&self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        let properties = schema.get("properties")?.as_object()?;
        let same = |other: &str| if self.caseless { other.eq_ignore_ascii_case(name) } else { other == name };
        properties.iter().find(|(other, _)| same(other)).map(|(_, property)| property)
    }
}

/// The alternatives of a schema that has some.
pub(crate) fn alternatives(schema: &Value) -> Option<&Vec<Value>> {
    schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array)
}

fn is(value: &Value, name: &str, schema: &Value) -> bool {
    match name {
        "string" => {
            // 64-bit numbers are described as texts and may be sent as either.
            value.is_string()
                || (schema["format"].as_str().is_some_and(|it| it.contains("int64")) && value.is_i64())
        }
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
