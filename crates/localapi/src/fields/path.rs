//! Paths to fields, and sets of them in the form that `managedFields` has (`FieldsV1`).

use std::{collections::BTreeSet, fmt};

use serde_json::{Map, Value, json};

use crate::resource::{ListType, Schema};

/// One step of a path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Element {
    /// A field of an object.
    Field(String),
    /// The entry of a list with these key fields, as JSON.
    Key(String),
    /// An entry of a set, as JSON.
    Value(String),
}

impl Element {
    fn encode(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(keys) => format!("k:{keys}"),
            Self::Value(value) => format!("v:{value}"),
        }
    }

    fn decode(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "f" => Some(Self::Field(rest.to_owned())),
            "k" => Some(Self::Key(rest.to_owned())),
            "v" => Some(Self::Value(rest.to_owned())),
            _ => None,
        }
    }

    /// The step to an entry of a list whose entries are told apart by `keys`.
    pub(crate) fn key_of(item: &Value, keys: &[String]) -> Self {
        let fields: Map<String, Value> =
            keys.iter().filter_map(|key| Some((key.clone(), item.get(key)?.clone()))).collect();
        Self::Key(Value::Object(fields).to_string())
    }

    /// The position in a list of the entry that this step leads to.
    pub(crate) fn position(&self, list: &[Value]) -> Option<usize> {
        match self {
            Self::Field(_) => None,
            Self::Value(text) => list.iter().position(|item| item.to_string().as_str() == text),
            Self::Key(text) => {
                let wanted: Value = serde_json::from_str(text).ok()?;
                let wanted = wanted.as_object()?;
                list.iter().position(|item| wanted.iter().all(|(key, value)| item.get(key) == Some(value)))
            }
        }
    }
}

/// The way from an object's root to a field.
pub(crate) type FieldPath = Vec<Element>;

/// A path as people read it: `.status.conditions[type="Ready"].reason`.
pub(crate) struct Readable<'a>(pub(crate) &'a [Element]);

impl fmt::Display for Readable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|element| match element {
            Element::Field(name) => write!(f, ".{name}"),
            Element::Key(text) | Element::Value(text) => write!(f, "[{text}]"),
        })
    }
}

/// Metadata that is the server's own; nobody manages it.
const UNMANAGED: [&str; 10] = [
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "resourceVersion",
    "managedFields",
    "selfLink",
];

/// A set of fields.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct FieldSet(pub(crate) BTreeSet<FieldPath>);

impl FieldSet {
    /// The fields of an object that somebody can own: its leaves, and the entries of keyed lists.
    pub(crate) fn of(object: &Value, schema: &Schema) -> Self {
        let mut set = Self::default();
        for (name, value) in object.as_object().into_iter().flatten() {
            let path = vec![Element::Field(name.clone())];
            match name.as_str() {
                "apiVersion" | "kind" => {}
                "metadata" => {
                    let metadata = schema.property("metadata");
                    for (field, value) in value.as_object().into_iter().flatten() {
                        if !UNMANAGED.contains(&field.as_str()) {
                            let schema = metadata.and_then(|it| it.property(field));
                            let path = [&path[..], &[Element::Field(field.clone())]].concat();
                            set.collect(value, schema, path);
                        }
                    }
                }
                _ => set.collect(value, schema.property(name), path),
            }
        }
        set
    }

    fn collect(&mut self, value: &Value, schema: Option<&Schema>, path: FieldPath) {
        let below = |element| [&path[..], &[element]].concat();
        match value {
            Value::Object(map) if !map.is_empty() && !schema.is_some_and(|it| it.atomic_map) => {
                for (name, value) in map {
                    let schema = schema.and_then(|it| it.property(name));
                    self.collect(value, schema, below(Element::Field(name.clone())));
                }
            }
            Value::Array(list) if !list.is_empty() => match schema.map(|it| &it.list) {
                Some(ListType::Set) => {
                    self.0.extend(list.iter().map(|item| below(Element::Value(item.to_string()))));
                }
                Some(ListType::Map(keys)) => {
                    for item in list {
                        let path = below(Element::key_of(item, keys));
                        self.0.insert(path.clone());
                        self.collect(item, schema.and_then(|it| it.items.as_deref()), path);
                    }
                }
                Some(ListType::Atomic) | None => drop(self.0.insert(path)),
            },
            _ => drop(self.0.insert(path)),
        }
    }

    /// Reads `FieldsV1`.
    pub(crate) fn decode(fields: &Value) -> Self {
        let mut set = Self::default();
        set.decode_below(fields, &[]);
        set
    }

    fn decode_below(&mut self, fields: &Value, path: &[Element]) {
        for (text, below) in fields.as_object().into_iter().flatten() {
            if text == "." {
                self.0.insert(path.to_vec());
            } else if let Some(element) = Element::decode(text) {
                let path = [path, &[element]].concat();
                if below.as_object().is_none_or(Map::is_empty) {
                    self.0.insert(path);
                } else {
                    self.decode_below(below, &path);
                }
            }
        }
    }

    /// Writes `FieldsV1`.
    pub(crate) fn encode(&self) -> Value {
        let mut root = json!({});
        // Sorted, so that a path comes before those below it and is known to be a member when they arrive.
        for path in &self.0 {
            let mut node = &mut root;
            for (depth, element) in path.iter().enumerate() {
                let is_member = depth > 0 && self.0.contains(&path[..depth]);
                if is_member && node.as_object().is_some_and(Map::is_empty) {
                    node["."] = json!({});
                }
                node = &mut node[element.encode()];
                if node.is_null() {
                    *node = json!({});
                }
            }
        }
        root
    }

    /// The value that a path leads to.
    pub(crate) fn value_at<'a>(object: &'a Value, path: &[Element]) -> Option<&'a Value> {
        path.iter().try_fold(object, |value, element| match element {
            Element::Field(name) => value.get(name),
            _ => {
                let list = value.as_array()?;
                list.get(element.position(list)?)
            }
        })
    }
}
