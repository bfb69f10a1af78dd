//! An object against its schema, in Kubernetes' words.

use std::collections::HashSet;

use serde_json::Value;

use crate::{
    error::Cause,
    fields::Element,
    resource::{ListType, Schema},
};

/// How much of an offending value a message shows.
const SHOWN: usize = 80;

/// Everything that is wrong. Values are named in messages only if `show_values`.
pub(super) fn check(schema: &Schema, object: &Value, show_values: bool) -> Vec<Cause> {
    let mut checker = Checker { show_values, causes: Vec::new() };
    checker.value(schema, object, "");
    checker.causes
}

struct Checker {
    show_values: bool,
    causes: Vec<Cause>,
}

impl Checker {
    fn refuse(&mut self, path: &str, value: &Value, why: &str) {
        let message = format!("Invalid value: {}: {why}", self.shown(value));
        self.causes.push(Cause::invalid(path, message));
    }

    fn shown(&self, value: &Value) -> String {
        match value {
            Value::Object(_) => "\"object\"".to_owned(),
            Value::Array(_) => "\"array\"".to_owned(),
            _ if !self.show_values => "\"(hidden)\"".to_owned(),
            _ => {
                let text = value.to_string();
                if text.chars().count() <= SHOWN {
                    return text;
                }
                format!("{}…\"", text.chars().take(SHOWN).collect::<String>())
            }
        }
    }

    fn value(&mut self, schema: &Schema, value: &Value, path: &str) {
        if value.is_null() && schema.nullable {
            return;
        }
        if !has_type(schema, value) {
            let wanted = schema.type_.as_deref().unwrap_or("integer or string");
            return self.refuse(path, value, &format!("must be of type {wanted}: \"{}\"", type_of(value)));
        }
        if let Some(choices) = &schema.choices
            && !choices.contains(value)
        {
            let listed = choices.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let message = format!("Unsupported value: {}: supported values: {listed}", self.shown(value));
            let reason = "FieldValueNotSupported";
            return self.causes.push(Cause { field: path.to_owned(), reason, message });
        }
        match value {
            Value::Object(map) => {
                for name in schema.required.iter().filter(|name| !map.contains_key(*name)) {
                    self.causes.push(Cause::required(join(path, name)));
                }
                for (name, value) in map {
                    if let Some(schema) = schema.property(name) {
                        self.value(schema, value, &join(path, name));
                    }
                }
            }
            Value::Array(list) => self.list(schema, value, list, path),
            Value::String(text) => self.text(schema, value, text, path),
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                if let Some(min) = schema.number.min.filter(|min| number < *min) {
                    self.refuse(path, value, &format!("should be greater than or equal to {min}"));
                }
                if let Some(max) = schema.number.max.filter(|max| number > *max) {
                    self.refuse(path, value, &format!("should be less than or equal to {max}"));
                }
            }
            Value::Bool(_) | Value::Null => {}
        }
    }

    fn text(&mut self, schema: &Schema, value: &Value, text: &str, path: &str) {
        let length = text.chars().count() as f64;
        if let Some(min) = schema.length.min.filter(|min| length < *min) {
            self.refuse(path, value, &format!("should be at least {min} chars long"));
        }
        if let Some(max) = schema.length.max.filter(|max| length > *max) {
            let message = format!("Too long: may not be more than {max} characters");
            let reason = "FieldValueTooLong";
            self.causes.push(Cause { field: path.to_owned(), reason, message });
        }
        if let Some(pattern) = schema.pattern.as_ref().filter(|pattern| !pattern.is_match(text)) {
            self.refuse(path, value, &format!("should match '{pattern}'"));
        }
        if schema.format.as_deref() == Some("date-time") && text.parse::<jiff::Timestamp>().is_err() {
            self.refuse(path, value, "should be a time such as 2030-01-31T12:00:00Z");
        }
    }

    fn list(&mut self, schema: &Schema, value: &Value, list: &[Value], path: &str) {
        let count = list.len() as f64;
        if let Some(min) = schema.count.min.filter(|min| count < *min) {
            self.refuse(path, value, &format!("should have at least {min} items"));
        }
        if let Some(max) = schema.count.max.filter(|max| count > *max) {
            let message = format!("Too many: {count}: must have at most {max} items");
            let reason = "FieldValueTooMany";
            self.causes.push(Cause { field: path.to_owned(), reason, message });
        }
        let mut seen = HashSet::new();
        for (at, item) in list.iter().enumerate() {
            let path = format!("{path}[{at}]");
            if let Some(items) = &schema.items {
                self.value(items, item, &path);
            }
            let identity = match &schema.list {
                ListType::Atomic => continue,
                ListType::Set => item.to_string(),
                ListType::Map(keys) => match Element::key_of(item, keys) {
                    Element::Key(text) | Element::Value(text) | Element::Field(text) => text,
                },
            };
            if !seen.insert(identity.clone()) {
                let reason = "FieldValueDuplicate";
                self.causes.push(Cause {
                    field: path,
                    reason,
                    message: format!("Duplicate value: {identity}"),
                });
            }
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn has_type(schema: &Schema, value: &Value) -> bool {
    if schema.int_or_string {
        return value.is_string() || value.is_i64() || value.is_u64();
    }
    match schema.type_.as_deref() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("number") => value.is_number(),
        // `1.0` is an integer in JSON Schema and for Kubernetes.
        Some("integer") => value.as_f64().is_some_and(|it| it.fract() == 0.0),
        _ => true,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
