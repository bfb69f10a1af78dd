//! A structural OpenAPI schema as a tree, read once, for validation, defaults and field ownership.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Value, json};

/// A schema that this crate cannot read.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A `pattern` that is no regular expression.
    #[error("schema of {field}: the pattern is not a regular expression")]
    Pattern {
        /// The field.
        field: String,
        /// What the engine says.
        #[source]
        source: Box<regex::Error>,
    },
    /// A CRD that has no schema.
    #[error("custom resource {kind} has no schema for version {version}")]
    Missing {
        /// The kind.
        kind: String,
        /// The version.
        version: String,
    },
}

/// How the entries of a list are told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum ListType {
    /// The list is one value.
    #[default]
    Atomic,
    /// Each entry is itself, once.
    Set,
    /// Entries are told apart by these fields.
    Map(Vec<String>),
}

/// Bounds of a number, a length or a count.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bounds {
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
}

/// One node of a schema.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    pub(crate) type_: Option<String>,
    pub(crate) format: Option<String>,
    pub(crate) nullable: bool,
    pub(crate) default: Option<Value>,
    pub(crate) choices: Option<Vec<Value>>,
    pub(crate) pattern: Option<Regex>,
    pub(crate) number: Bounds,
    pub(crate) length: Bounds,
    pub(crate) count: Bounds,
    pub(crate) required: Vec<String>,
    pub(crate) properties: BTreeMap<String, Self>,
    pub(crate) additional: Option<Box<Self>>,
    pub(crate) items: Option<Box<Self>>,
    pub(crate) open: bool,
    pub(crate) int_or_string: bool,
    pub(crate) list: ListType,
    pub(crate) atomic_map: bool,
}

impl Schema {
    /// Reads a schema and everything under it. `field` names it in errors.
    pub(crate) fn parse(schema: &Value, field: &str) -> Result<Self, SchemaError> {
        let child = |name: &str, of: &Value| Self::parse(of, &format!("{field}.{name}"));
        let properties = schema["properties"].as_object().into_iter().flatten();
        let bounds = |min: &str, max: &str| Bounds { min: schema[min].as_f64(), max: schema[max].as_f64() };
        let strings = |list: &Value| -> Vec<String> {
            list.as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
        };
        let pattern = match schema["pattern"].as_str() {
            Some(text) => Some(Regex::new(text).map_err(|source| SchemaError::Pattern {
                field: field.to_owned(),
                source: Box::new(source),
            })?),
            None => None,
        };
        let boxed = |name: &str| match schema.get(name) {
            Some(of) if of.is_object() => child(name, of).map(|it| Some(Box::new(it))),
            _ => Ok(None),
        };
        Ok(Self {
            type_: schema["type"].as_str().map(str::to_owned),
            format: schema["format"].as_str().map(str::to_owned),
            nullable: schema["nullable"] == true,
            default: schema.get("default").cloned(),
            choices: schema["enum"].as_array().cloned(),
            pattern,
            number: bounds("minimum", "maximum"),
            length: bounds("minLength", "maxLength"),
            count: bounds("minItems", "maxItems"),
            required: strings(&schema["required"]),
            properties: properties
                .map(|(name, of)| Ok((name.clone(), child(name, of)?)))
                .collect::<Result<_, SchemaError>>()?,
            additional: boxed("additionalProperties")?,
            items: boxed("items")?,
            open: schema["x-kubernetes-preserve-unknown-fields"] == true
                || schema["additionalProperties"] == true,
            int_or_string: schema["x-kubernetes-int-or-string"] == true,
            list: match schema["x-kubernetes-list-type"].as_str() {
                Some("set") => ListType::Set,
                Some("map") => ListType::Map(strings(&schema["x-kubernetes-list-map-keys"])),
                _ => ListType::Atomic,
            },
            atomic_map: schema["x-kubernetes-map-type"] == "atomic",
        })
    }

    /// The schema of a field, whether declared or one of many alike.
    pub(crate) fn property(&self, name: &str) -> Option<&Self> {
        self.properties.get(name).or(self.additional.as_deref())
    }
}

/// An object's schema: `apiVersion`, `kind` and `metadata` as on every object, and the kind's own fields.
pub(crate) fn with_metadata(mut schema: Value) -> Value {
    let texts = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let own = json!({
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object", "properties": {
            "annotations": texts,
            "creationTimestamp": {"type": "string", "nullable": true},
            "deletionGracePeriodSeconds": {"type": "integer"},
            "deletionTimestamp": {"type": "string", "nullable": true},
            "finalizers": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
            "generateName": {"type": "string"},
            "generation": {"type": "integer"},
            "labels": texts,
            "managedFields": {"type": "array", "items": {
                "type": "object", "x-kubernetes-preserve-unknown-fields": true}},
            "name": {"type": "string"},
            "namespace": {"type": "string"},
            "ownerReferences": {"type": "array",
                "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["uid"],
                "items": {"type": "object", "required": ["apiVersion", "kind", "name", "uid"], "properties": {
                    "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "name": {"type": "string"},
                    "uid": {"type": "string"}, "controller": {"type": "boolean"},
                    "blockOwnerDeletion": {"type": "boolean"}}}},
            "resourceVersion": {"type": "string"},
            "selfLink": {"type": "string"},
            "uid": {"type": "string"},
        }},
    });
    if !schema["properties"].is_object() {
        schema["properties"] = json!({});
    }
    if let (Some(properties), Value::Object(own)) = (schema["properties"].as_object_mut(), own) {
        properties.extend(own);
    }
    schema
}
