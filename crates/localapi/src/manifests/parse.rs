//! From a file's text to the objects it wants.

use std::sync::Arc;

use serde_json::Value;

use super::{Found, Place, Wanted, files::File, is_for_manifests, key_of};
use crate::{
    api::Inner,
    metadata,
    yaml::{self, Document},
};

/// Kinds that such directories hold for other tools, and that nobody misses here.
const IGNORED: [&str; 2] = ["Namespace", "Kustomization"];

/// Reads one file.
pub(super) fn file<'a>(api: &Inner, file: &'a File, found: &mut Found<'a>) {
    let place = |document, line| Place { file: file.name.clone(), document, line };
    let text = match &file.text {
        Ok(text) => text,
        Err(why) => {
            let message = format!("the file cannot be read: {why}");
            return unreadable(found, place(0, None), message, "make it a readable text file");
        }
    };
    if file.name.ends_with(".json") {
        match serde_json::from_str(text) {
            Ok(value) => object(api, value, &place(1, Some(1)), None, found),
            Err(error) => {
                unreadable(found, place(1, Some(error.line())), error.to_string(), "correct the JSON");
            }
        }
        return;
    }
    for (index, document) in yaml::documents(text).into_iter().enumerate() {
        match yaml::parse(document.text) {
            Ok(value) => {
                object(api, value, &place(index + 1, Some(document.first_line())), Some(document), found);
            }
            Err(error) => {
                let line = error.line.map_or(document.line, |line| document.line + line - 1);
                unreadable(found, place(index + 1, Some(line)), error.message, "correct the YAML");
            }
        }
    }
}

/// Something that cannot be told to be an object: whatever it was before stays.
fn unreadable(found: &mut Found<'_>, place: Place, message: String, remedy: &str) {
    found.unreadable.insert(place.file.clone());
    found.problems.push((place, message, format!("{remedy}; until then its objects serve as they were")));
}

fn object<'a>(
    api: &Inner,
    value: Value,
    place: &Place,
    document: Option<Document<'a>>,
    found: &mut Found<'a>,
) {
    let text = |field: &str| value[field].as_str().unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    if api_version.is_empty() || kind.is_empty() {
        let message = "the document has no apiVersion and kind".to_owned();
        return unreadable(found, place.clone(), message, "add both");
    }
    if api_version == "v1" && kind == "List" {
        let items = value["items"].as_array().cloned().unwrap_or_default();
        return items.into_iter().for_each(|item| object(api, item, place, None, found));
    }
    if IGNORED.contains(&kind) {
        return;
    }
    let Some(resource) = api.registry.of_kind(api_version, kind).filter(|it| is_for_manifests(it)) else {
        let message = format!("{kind} ({api_version}) is not served here");
        let remedy = "apply it to a cluster, or take it out of the directory".to_owned();
        found.problems.push((place.clone(), message, remedy));
        return;
    };
    if metadata::name(&value).is_empty() {
        let message = format!("the {kind} has no metadata.name");
        return unreadable(found, place.clone(), message, "add one");
    }
    let key = key_of(api, resource, &value);
    if let Some(first) = found.wanted.get(&key) {
        let message = format!(
            "{kind} \"{}\" is already in {}{}; this one is ignored",
            key.name,
            first.place.file,
            first.place.line.map(|line| format!(":{line}")).unwrap_or_default(),
        );
        found.problems.push((place.clone(), message, "keep one of the two".to_owned()));
        return;
    }
    let wanted = Wanted { resource: Arc::clone(resource), object: value, place: place.clone(), document };
    found.wanted.insert(key, wanted);
}
