//! The manifests directory: its files become objects, and what is wrong with them becomes problems.
//!
//! Each object is applied under the field manager [`MANAGER`]. What vanishes from the directory is deleted, unless it
//! was there before the directory said so. What cannot be read now keeps serving as it was read last.

mod files;
mod parse;
mod watching;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use serde_json::Value;

pub(crate) use watching::watch;
pub use watching::{WatchError, Watching};

use crate::{
    api::Inner,
    error::ApiError,
    metadata,
    request::{UnknownFields, WriteOptions},
    resource::{Form, Resource},
    store::{Key, Origin, State, Stored},
    write::{self, PatchKind, Writing},
    yaml::Document,
};

/// The field manager of what the directory says.
pub const MANAGER: &str = "manifests";

/// A manifest that is not in effect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// Which document of the file, from 1; 0 for the file as a whole.
    pub document: usize,
    /// The line, from 1, if it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What mends it.
    pub remedy: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {} ({})", self.message, self.remedy)
    }
}

/// Where in the directory something is.
#[derive(Clone)]
struct Place {
    /// The path below the directory.
    file: String,
    document: usize,
    line: Option<usize>,
}

/// An object that the directory wants.
struct Wanted<'a> {
    resource: Arc<Resource>,
    object: Value,
    place: Place,
    /// The text that says nothing but this object, if there is one.
    document: Option<Document<'a>>,
}

impl Wanted<'_> {
    /// The place of a field, as near as it can be told.
    fn place_of(&self, field: Option<&str>) -> Place {
        let found = self.document.zip(field).map(|(document, field)| document.line_of(field));
        Place { line: found.or(self.place.line), ..self.place.clone() }
    }
}

/// What one reading of the directory found.
#[derive(Default)]
struct Found<'a> {
    wanted: BTreeMap<Key, Wanted<'a>>,
    /// Files of which a part could not be read: what came from them is kept.
    unreadable: HashSet<String>,
    problems: Vec<(Place, String, String)>,
}

/// The directory.
pub(crate) struct Manifests {
    directory: PathBuf,
    wanted: HashMap<Key, Applied>,
}

/// What was applied last, so that a directory of thousands is not applied as a whole when one file changes.
enum Applied {
    /// This, which gave the object this generation: while both are the same there is nothing to do.
    At { object: Value, generation: i64 },
    /// Refused, or of a kind that has no generation: it is tried each time.
    Unknown,
}

impl Manifests {
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory, wanted: HashMap::new() }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether something that the directory wants is not there.
    pub(crate) fn misses_something(&self, state: &State) -> bool {
        self.wanted.keys().any(|key| state.get(key).is_none())
    }

    /// Reads the directory and brings the objects in line with it.
    pub(crate) fn read(&mut self, api: &Inner, now: Timestamp) -> Vec<Problem> {
        let files = match files::read(&self.directory) {
            Ok(files) => files,
            Err(error) => {
                return vec![Problem {
                    file: self.directory.clone(),
                    document: 0,
                    line: None,
                    message: format!("the directory cannot be read: {error}"),
                    remedy: "everything serves as it was; restore the directory".to_owned(),
                }];
            }
        };
        let mut found = Found::default();
        for file in &files {
            parse::file(api, file, &mut found);
        }
        let mut applied = HashMap::new();
        for (key, wanted) in in_order(&found.wanted) {
            let unchanged = self.wanted.remove(key).filter(|it| it.is_in_effect(api, key, wanted));
            let now_applied = unchanged.map_or_else(|| apply(api, key, wanted, now), Ok);
            let now_applied = now_applied.unwrap_or_else(|error| {
                let remedy = "correct the manifest; until then the object serves as it was".to_owned();
                let place = wanted.place_of(error.first_field());
                found.problems.push((place, error.to_string(), remedy));
                Applied::Unknown
            });
            applied.insert(key.clone(), now_applied);
        }
        prune(api, &found, now);
        self.wanted = applied;
        let mut problems: Vec<Problem> = found
            .problems
            .into_iter()
            .map(|(place, message, remedy)| Problem {
                file: self.directory.join(place.file),
                document: place.document,
                line: place.line,
                message,
                remedy,
            })
            .collect();
        problems.sort();
        problems
    }
}

impl Applied {
    fn is_in_effect(&self, api: &Inner, key: &Key, wanted: &Wanted<'_>) -> bool {
        let Self::At { object, generation } = self else { return false };
        let origin = Origin::Manifest(wanted.place.file.clone());
        *object == wanted.object
            && api.store.read(|state| {
                let found = state.get(key);
                let is_same =
                    |it: &Stored| it.origin == origin && metadata::generation(&it.object) == *generation;
                found.is_some_and(|it| is_same(it) && !metadata::is_deleting(&it.object))
            })
    }
}

/// What others refer to comes first, so that a first start is quiet.
fn in_order<'f, 'a>(wanted: &'f BTreeMap<Key, Wanted<'a>>) -> Vec<(&'f Key, &'f Wanted<'a>)> {
    let rank = |resource: &Resource| match resource.kind.as_str() {
        "Secret" => 0,
        "ConnectorDefinition" => 1,
        "Tenant" => 2,
        _ => 3,
    };
    let mut ordered: Vec<_> = wanted.iter().collect();
    ordered.sort_by_key(|(_, it)| rank(&it.resource));
    ordered
}

fn apply(api: &Inner, key: &Key, wanted: &Wanted<'_>, now: Timestamp) -> Result<Applied, ApiError> {
    let options = WriteOptions {
        manager: MANAGER.to_owned(),
        unknown_fields: UnknownFields::Strict,
        force: true,
        dry_run: false,
        status: false,
    };
    let origin = Origin::Manifest(wanted.place.file.clone());
    let mut object = wanted.object.clone();
    // A file may have been written from what a server printed.
    for field in ["uid", "resourceVersion", "managedFields", "creationTimestamp", "generation"] {
        metadata::set(&mut object, field, None);
    }
    let (written, _) = api.store.write(|state| {
        let mut writing = Writing {
            registry: &api.registry,
            state,
            resource: &wanted.resource,
            options: &options,
            origin: origin.clone(),
            now,
        };
        let written = write::patch(&mut writing, PatchKind::Apply, &key.namespace, &key.name, object)?;
        if state.get(key).is_some_and(|it| it.origin != Origin::Api) {
            state.set_origin(key, origin);
        }
        Ok(written.object)
    });
    written.map(|written| match metadata::generation(&written) {
        0 => Applied::Unknown,
        generation => Applied::At { object: wanted.object.clone(), generation },
    })
}

/// Deletes what came from the directory and is not in it any more.
fn prune(api: &Inner, found: &Found<'_>, now: Timestamp) {
    api.store.write(|state| {
        let is_gone = |key: &Key, origin: &Origin| match origin {
            Origin::Api => false,
            Origin::Manifest(file) => !found.wanted.contains_key(key) && !found.unreadable.contains(file),
        };
        let gone: Vec<Key> =
            state.all().filter(|(key, it)| is_gone(key, &it.origin)).map(|(key, _)| key.clone()).collect();
        for key in gone {
            write::remove_or_mark(state, &key, now);
        }
    });
}

/// The key of an object of the directory.
fn key_of(api: &Inner, resource: &Resource, object: &Value) -> Key {
    let namespace = match metadata::namespace(object) {
        _ if !resource.namespaced => "",
        "" => &api.namespace,
        namespace => namespace,
    };
    Key {
        storage: Arc::clone(&resource.storage),
        namespace: namespace.to_owned(),
        name: metadata::name(object).to_owned(),
    }
}

/// Whether a kind is what a directory of manifests is for.
fn is_for_manifests(resource: &Resource) -> bool {
    matches!(resource.form, Form::Custom | Form::Secret)
}
