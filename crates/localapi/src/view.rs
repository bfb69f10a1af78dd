//! Objects in the form in which a client asked for them.

mod age;
mod json_path;
mod table;

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) use table::{IncludeObject, rows};

use crate::{
    event,
    request::Shape,
    resource::{Form, Resource},
};

/// What a client asked for.
pub(crate) struct View<'a> {
    pub(crate) resource: &'a Resource,
    pub(crate) shape: Shape,
    pub(crate) include: IncludeObject,
    pub(crate) now: Timestamp,
}

impl View<'_> {
    /// The object as the resource's API group and version have it.
    pub(crate) fn whole<'v>(&self, object: &'v Value) -> Cow<'v, Value> {
        if !matches!(self.resource.form, Form::CoreEvent | Form::Event) {
            return Cow::Borrowed(object);
        }
        let mut object = object.clone();
        object["apiVersion"] = json!(self.resource.api_version());
        if self.resource.form == Form::Event {
            event::from_core(&mut object);
        }
        Cow::Owned(object)
    }

    /// One object.
    pub(crate) fn one<'v>(&self, object: &'v Value) -> Cow<'v, Value> {
        match self.shape {
            Shape::Whole => self.whole(object),
            Shape::Metadata => Cow::Owned(metadata_only(object)),
            Shape::Table => {
                let version = object["metadata"]["resourceVersion"].clone();
                Cow::Owned(rows(self, &[object], &json!({"resourceVersion": version})))
            }
        }
    }

    /// A list, with its metadata.
    pub(crate) fn list(&self, objects: &[&Value], metadata: &Value) -> Value {
        let (api_version, kind) = match self.shape {
            Shape::Table => return rows(self, objects, metadata),
            Shape::Whole => (self.resource.api_version(), format!("{}List", self.resource.kind)),
            Shape::Metadata => ("meta.k8s.io/v1".to_owned(), "PartialObjectMetadataList".to_owned()),
        };
        let items: Vec<Value> = objects.iter().map(|object| self.one(object).into_owned()).collect();
        json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "items": items})
    }
}

/// An object's metadata and nothing else.
fn metadata_only(object: &Value) -> Value {
    json!({
        "apiVersion": "meta.k8s.io/v1",
        "kind": "PartialObjectMetadata",
        "metadata": object["metadata"],
    })
}
