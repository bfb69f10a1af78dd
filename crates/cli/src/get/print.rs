//! Objects printed whole.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Args, Output};
use crate::{error::Error, kinds, terminal::Terminal};

/// Prints objects in the form that was asked for: one by itself if it was named, else as a `List`.
pub(super) fn objects(
    objects: &[Value],
    by_name: bool,
    args: &Args,
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    if args.output == Output::Name {
        for object in objects {
            writeln!(terminal.out, "{}", label(object))?;
        }
        return Ok(());
    }
    let shown: Vec<Value> = objects.iter().map(|object| tidy(object, args.show_managed_fields)).collect();
    let text = match &shown[..] {
        [one] if by_name => serialize(one, args.output)?,
        all => serialize(&json!({"apiVersion": "v1", "kind": "List", "items": all}), args.output)?,
    };
    writeln!(terminal.out, "{}", text.trim_end())?;
    Ok(())
}

/// One object of a watch.
pub(super) fn one(object: &Value, args: &Args, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    if args.output == Output::Name {
        writeln!(terminal.out, "{}", label(object))?;
        return Ok(());
    }
    let text = serialize(&tidy(object, args.show_managed_fields), args.output)?;
    let separator = if args.output == Output::Yaml { "---\n" } else { "" };
    writeln!(terminal.out, "{separator}{}", text.trim_end())?;
    Ok(())
}

fn label(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (name, kind) = (text(&object["metadata"]["name"]), text(&object["kind"]));
    match kinds::of_manifest(&text(&object["apiVersion"]), &kind) {
        Some(known) => known.label(&name),
        None => format!("{}/{name}", kind.to_lowercase()),
    }
}

fn tidy(object: &Value, with_managed_fields: bool) -> Value {
    let mut object = object.clone();
    if let (false, Some(metadata)) = (with_managed_fields, object["metadata"].as_object_mut()) {
        metadata.shift_remove("managedFields");
    }
    object
}

fn serialize(value: &impl Serialize, output: Output) -> Result<String, Error> {
    if output == Output::Json {
        return serde_json::to_string_pretty(value)
            .map_err(|error| Error::Format { format: "json", reason: error.to_string() });
    }
    serde_saphyr::to_string(value)
        .map_err(|error| Error::Format { format: "yaml", reason: error.to_string() })
}
