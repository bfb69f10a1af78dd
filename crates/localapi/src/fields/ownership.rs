//! `metadata.managedFields`: who set what, and through which kind of write.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    merge,
    path::{Element, FieldPath, FieldSet, Readable},
};
use crate::{metadata, resource::Schema};

/// The kind of write that a manager owns fields by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Server-side apply: fields it no longer names are removed.
    Apply,
    /// Any other write.
    Update,
}

/// What one manager owns.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) manager: String,
    pub(crate) operation: Operation,
    /// `status`, or empty.
    pub(crate) subresource: String,
    pub(crate) api_version: String,
    pub(crate) time: String,
    pub(crate) fields: FieldSet,
}

impl Entry {
    fn is_of(&self, other: &Self) -> bool {
        self.manager == other.manager
            && self.operation == other.operation
            && self.subresource == other.subresource
    }

    fn decode(entry: &Value) -> Self {
        let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
        Self {
            manager: text("manager"),
            operation: if entry["operation"] == "Apply" { Operation::Apply } else { Operation::Update },
            subresource: text("subresource"),
            api_version: text("apiVersion"),
            time: text("time"),
            fields: FieldSet::decode(&entry["fieldsV1"]),
        }
    }

    fn encode(&self) -> Value {
        let operation = if self.operation == Operation::Apply { "Apply" } else { "Update" };
        let mut entry = json!({
            "manager": self.manager,
            "operation": operation,
            "apiVersion": self.api_version,
            "time": self.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": self.fields.encode(),
        });
        if !self.subresource.is_empty() {
            entry["subresource"] = json!(self.subresource);
        }
        entry
    }
}

/// All managers of an object.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Managers(Vec<Entry>);

impl Managers {
    /// Those that an object names.
    pub(crate) fn of(object: &Value) -> Self {
        let entries = object["metadata"]["managedFields"].as_array();
        Self(entries.into_iter().flatten().map(Entry::decode).collect())
    }

    /// Writes them into an object.
    pub(crate) fn write_to(&self, object: &mut Value) {
        let entries: Vec<Value> = self.0.iter().map(Entry::encode).collect();
        metadata::set(object, "managedFields", (!entries.is_empty()).then(|| Value::Array(entries)));
    }

    /// The fields that others own and that the applied object sets to another value than they have now, each with its
    /// owner.
    pub(crate) fn conflicts(&self, applied: &Value, live: &Value, entry: &Entry) -> Vec<(String, String)> {
        let differs = |path: &FieldPath| {
            FieldSet::value_at(applied, path) != FieldSet::value_at(live, path) && is_leaf(path, applied)
        };
        let others = self.0.iter().filter(|other| !other.is_of(entry));
        others
            .flat_map(|other| {
                let shared = entry.fields.0.intersection(&other.fields.0);
                shared
                    .filter(|path| differs(path))
                    .map(|path| (Readable(path).to_string(), other.manager.clone()))
            })
            .collect()
    }

    /// Applies: merges onto `live`, removes what this manager applied before and nobody else owns, and makes the
    /// entry its own, taking fields whose value changed away from others.
    pub(crate) fn apply(&mut self, live: &mut Value, applied: &Value, schema: &Schema, entry: Entry) {
        let before = live.clone();
        merge::merge(live, applied, Some(schema));
        let previous = self.0.iter().find(|it| it.is_of(&entry)).map(|it| it.fields.clone());
        let kept: BTreeSet<&FieldPath> = self
            .0
            .iter()
            .filter(|it| !it.is_of(&entry))
            .chain([&entry])
            .flat_map(|it| it.fields.0.iter())
            .collect();
        let dropped = previous.unwrap_or_default().0;
        // An entry of a keyed list goes as a whole, unless somebody else owns anything in it. It comes before its
        // fields, without which it could not be found.
        for path in &dropped {
            if !kept.iter().any(|it| it.starts_with(path)) {
                merge::remove(live, path);
            }
        }
        for other in self.0.iter_mut().filter(|it| !it.is_of(&entry)) {
            other.fields.0.retain(|path| {
                !entry.fields.0.contains(path)
                    || !is_leaf(path, applied)
                    || FieldSet::value_at(&before, path) == FieldSet::value_at(applied, path)
            });
        }
        self.store(entry);
    }

    /// Gives a manager what differs between two states of an object, and takes it from everybody else.
    pub(crate) fn update(&mut self, before: &Value, after: &Value, schema: &Schema, mut entry: Entry) {
        let old = FieldSet::of(before, schema);
        let new = FieldSet::of(after, schema);
        let changed: BTreeSet<FieldPath> = new
            .0
            .iter()
            .filter(|path| !old.0.contains(*path) || value_differs(before, after, path))
            .cloned()
            .collect();
        for other in &mut self.0 {
            let is_own = other.is_of(&entry);
            other.fields.0.retain(|path| new.0.contains(path) && (is_own || !changed.contains(path)));
        }
        if let Some(own) = self.0.iter().find(|it| it.is_of(&entry)) {
            entry.fields.0.extend(own.fields.0.iter().cloned());
        }
        entry.fields.0.extend(changed);
        self.store(entry);
    }

    fn store(&mut self, entry: Entry) {
        match self.0.iter_mut().find(|it| it.is_of(&entry)) {
            Some(own) if own.fields == entry.fields && own.api_version == entry.api_version => {}
            Some(own) => *own = entry,
            None => self.0.push(entry),
        }
        self.0.retain(|it| !it.fields.0.is_empty());
    }
}

/// Entries of keyed lists are owned, but their value is that of their fields.
fn is_leaf(path: &[Element], object: &Value) -> bool {
    !matches!(path.last(), Some(Element::Key(_)))
        || FieldSet::value_at(object, path).is_none_or(|it| !it.is_object())
}

fn value_differs(before: &Value, after: &Value, path: &[Element]) -> bool {
    is_leaf(path, after) && FieldSet::value_at(before, path) != FieldSet::value_at(after, path)
}
