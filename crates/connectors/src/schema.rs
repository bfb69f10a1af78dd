//! JSON Schemas of arguments and settings: compiled with bounds, checked before any request.

mod bounds;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value};

use crate::failure::{Failure, shorten};
use crate::problem::Fault;

/// A compiled schema of an object.
#[derive(Debug)]
pub(crate) struct ObjectSchema {
    validator: Validator,
    /// Defaults of its properties, which stand in for what a caller leaves out.
    defaults: Vec<(String, Value)>,
    /// Every property that it names, and whether that may be null.
    properties: Vec<(String, bool)>,
}

impl ObjectSchema {
    /// Compiles a schema. Patterns run in linear time; references stay inside the schema.
    pub(crate) fn compile(schema: &Map<String, Value>) -> Result<Self, Fault> {
        if schema.get("type").and_then(Value::as_str) != Some("object") {
            return Err(Fault::new("the schema is not of `type: object`", "say `type: object`"));
        }
        let value = Value::Object(schema.clone());
        bounds::check(&value)?;
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex().size_limit(256 * 1024).dfa_size_limit(1024 * 1024))
            .offline()
            .build(&value)
            .map_err(|error| {
                let message = shorten(error.to_string(), 300);
                Fault::new(
                    format!("not a JSON Schema (2020-12) that is accepted: {message}"),
                    "correct the schema",
                )
            })?;
        let named = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let properties =
            named.clone().map(|(name, property)| (name.clone(), admits_null(property))).collect();
        let defaults =
            named.filter_map(|(name, property)| Some((name.clone(), property.get("default")?.clone())));
        Ok(Self { validator, defaults: defaults.collect(), properties })
    }

    /// Whether the schema names this property.
    pub(crate) fn names(&self, property: &str) -> bool {
        self.properties.iter().any(|(name, _)| name == property)
    }

    /// The arguments with defaults filled in, if the schema admits them. An argument of null counts as left out, as
    /// many clients send it, unless its schema speaks of null.
    pub(crate) fn admit(&self, arguments: &Map<String, Value>) -> Result<Map<String, Value>, Failure> {
        let mut arguments = arguments.clone();
        arguments.retain(|name, value| {
            !value.is_null() || self.properties.iter().any(|(own, null)| own == name && *null)
        });
        for (name, default) in &self.defaults {
            arguments.entry(name).or_insert_with(|| default.clone());
        }
        let value = Value::Object(arguments);
        let errors: Vec<String> =
            self.validator.iter_errors(&value).take(5).map(|error| self.describe(&error)).collect();
        match value {
            Value::Object(arguments) if errors.is_empty() => Ok(arguments),
            _ => Err(Failure::new(errors.join("; "))),
        }
    }

    fn describe(&self, error: &ValidationError<'_>) -> String {
        let path = error.instance_path().to_string();
        let path = path.trim_start_matches('/').replace('/', ".");
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let dot = if path.is_empty() { "" } else { "." };
                format!("argument `{path}{dot}{name}` is required")
            }
            ValidationErrorKind::AdditionalProperties { unexpected } if path.is_empty() => {
                let known: Vec<&str> = self.properties.iter().map(|(name, _)| name.as_str()).collect();
                let known = if known.is_empty() {
                    "it takes none".to_owned()
                } else {
                    format!("it takes {}", known.join(", "))
                };
                format!("there is no argument `{}`; {known}", shorten(unexpected.join("`, `"), 200))
            }
            _ => format!("argument `{path}`: {}", shorten(error.to_string(), 300)),
        }
    }
}

fn admits_null(property: &Value) -> bool {
    match property.get("type") {
        Some(Value::String(name)) => name == "null",
        Some(Value::Array(names)) => names.iter().any(|name| name == "null"),
        // A property without a type may be anything.
        _ => true,
    }
}

#[cfg(test)]
mod tests;
