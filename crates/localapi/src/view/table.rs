//! Tables: what `kubectl get` prints, made by the server from the kind's columns.

use serde_json::{Value, json};

use super::{View, age, json_path, metadata_only};
use crate::{
    metadata,
    resource::{Column, ColumnType, Form},
};

/// What each row carries of its object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum IncludeObject {
    /// Nothing.
    None,
    /// Its metadata.
    #[default]
    Metadata,
    /// All of it.
    Object,
}

impl IncludeObject {
    /// Reads the query parameter `includeObject`.
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "None" => Self::None,
            "Object" => Self::Object,
            _ => Self::Metadata,
        }
    }
}

/// A table of objects.
pub(crate) fn rows(view: &View<'_>, objects: &[&Value], metadata: &Value) -> Value {
    // Events are read by time; their names say nothing and are shown only with `-o wide`.
    let name_first = !matches!(view.resource.form, Form::CoreEvent | Form::Event);
    let name = json!({
        "name": "Name",
        "type": "string",
        "format": "name",
        "description": "The object's name, unique in its namespace.",
        "priority": i32::from(!name_first),
    });
    let mut columns: Vec<Value> = view.resource.columns.iter().map(definition).collect();
    columns.insert(if name_first { 0 } else { columns.len() }, name);
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let mut cells: Vec<Value> =
                view.resource.columns.iter().map(|column| cell(view, column, object)).collect();
            cells.insert(if name_first { 0 } else { cells.len() }, json!(metadata::name(object)));
            let mut row = json!({"cells": cells});
            match view.include {
                IncludeObject::None => {}
                IncludeObject::Metadata => row["object"] = metadata_only(object),
                IncludeObject::Object => row["object"] = view.whole(object).into_owned(),
            }
            row
        })
        .collect();
    json!({
        "apiVersion": "meta.k8s.io/v1",
        "kind": "Table",
        "metadata": metadata,
        "columnDefinitions": columns,
        "rows": rows,
    })
}

fn definition(column: &Column) -> Value {
    json!({
        "name": column.name,
        "type": column.kind,
        "format": "",
        "description": column.description,
        "priority": column.priority,
    })
}

fn cell(view: &View<'_>, column: &Column, object: &Value) -> Value {
    let found = json_path::find(object, &column.path);
    match (column.type_, found) {
        (ColumnType::Count, found) => {
            let count = found.map_or(0, |it| it.as_object().map_or(0, serde_json::Map::len));
            json!(count)
        }
        (_, None) => Value::Null,
        (ColumnType::Age, Some(Value::String(time))) => json!(age::of(time, view.now)),
        (ColumnType::Age, _) => json!("<unknown>"),
        (ColumnType::Reference, Some(reference)) => {
            let text = |field: &str| reference[field].as_str().unwrap_or_default().to_owned();
            json!(format!("{}/{}", text("kind").to_lowercase(), text("name")))
        }
        (ColumnType::Plain, Some(found)) => found.clone(),
    }
}
