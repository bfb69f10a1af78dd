//! Manifests: YAML or JSON documents from files, directories and standard input.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::kinds::{self, Kind};

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// One object of a manifest.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    /// Where it stands: `tenant.yaml`, or `tenant.yaml, document 2`.
    pub(crate) place: String,
    /// Its kind.
    pub(crate) kind: Kind,
    /// `metadata.name`.
    pub(crate) name: String,
    /// `metadata.namespace`.
    pub(crate) namespace: Option<String>,
    /// The whole object.
    pub(crate) object: Value,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The text is not YAML.
    #[error("{place}: {reason}")]
    Syntax {
        /// The file.
        place: String,
        /// What the parser says, with line and column.
        reason: String,
    },
    /// A field that every object has is missing.
    #[error("{place}: {field} is missing; {remedy}")]
    Missing {
        /// The document.
        place: String,
        /// The field.
        field: &'static str,
        /// What to write.
        remedy: &'static str,
    },
    /// A kind that is not ours.
    #[error(
        "{place}: {kind} of {api_version} is none of Tenant, Connector, ApiKey and ConnectorDefinition of \
         sagemcp.io/v1alpha1 and Secret of v1; apply other objects with kubectl"
    )]
    Kind {
        /// The document.
        place: String,
        /// `apiVersion`.
        api_version: String,
        /// `kind`.
        kind: String,
    },
    /// Nothing was found.
    #[error("{0}: there are no manifests (*.yaml, *.yml, *.json) in it")]
    Empty(String),
}

/// Reads every path: files as they are, directories without those inside them, `-` as standard input.
///
/// # Errors
/// [`ManifestError`] names the file and the document.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Manifest>, ManifestError> {
    let mut found = Vec::new();
    for path in paths {
        let before = found.len();
        if path.as_os_str() == "-" {
            let text = text_of(io::stdin().lock(), Path::new("-"))?;
            found.extend(parse("standard input", &text)?);
        } else if path.is_dir() {
            for file in files(path)? {
                found.extend(read_file(&file)?);
            }
        } else {
            found.extend(read_file(path)?);
        }
        if found.len() == before {
            return Err(ManifestError::Empty(path.display().to_string()));
        }
    }
    Ok(found)
}

fn files(dir: &Path) -> Result<Vec<PathBuf>, ManifestError> {
    let failed = |source| ManifestError::Read { path: dir.to_owned(), source };
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .and_then(|entries| entries.map(|entry| entry.map(|it| it.path())).collect())
        .map_err(failed)?;
    let is_manifest = |path: &PathBuf| {
        let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
        ["yaml", "yml", "json"].contains(&extension) && path.is_file()
    };
    files.retain(is_manifest);
    files.sort();
    Ok(files)
}

fn read_file(path: &Path) -> Result<Vec<Manifest>, ManifestError> {
    let file =
        fs::File::open(path).map_err(|source| ManifestError::Read { path: path.to_owned(), source })?;
    parse(&path.display().to_string(), &text_of(file, path)?)
}

fn text_of(source: impl Read, path: &Path) -> Result<String, ManifestError> {
    let mut text = String::new();
    let failed = |source| ManifestError::Read { path: path.to_owned(), source };
    source.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_BYTES {
        let message = format!("larger than {} MiB", MAX_BYTES >> 20);
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, message)));
    }
    Ok(text)
}

/// Reads the documents of a text. A `List` counts as its items; empty documents are skipped.
pub(crate) fn parse(source: &str, text: &str) -> Result<Vec<Manifest>, ManifestError> {
    let syntax = |reason: String| ManifestError::Syntax { place: source.to_owned(), reason };
    // A snippet of the text could show a secret.
    let options = serde_saphyr::options! { with_snippet: false };
    let documents: Vec<Value> =
        serde_saphyr::from_multiple_with_options(text, options).map_err(|error| syntax(error.to_string()))?;
    let many = documents.len() > 1;
    let mut manifests = Vec::new();
    for (index, document) in documents.into_iter().enumerate() {
        let place = if many { format!("{source}, document {}", index + 1) } else { source.to_owned() };
        match document {
            Value::Null => {}
            Value::Object(mut list) if list.get("kind") == Some(&Value::from("List")) => {
                let Some(Value::Array(items)) = list.remove("items") else { continue };
                for (index, item) in items.into_iter().enumerate() {
                    manifests.push(one(format!("{place}, item {}", index + 1), item)?);
                }
            }
            object => manifests.push(one(place, object)?),
        }
    }
    Ok(manifests)
}

fn one(place: String, object: Value) -> Result<Manifest, ManifestError> {
    let text = |path: &[&str]| {
        let value = path.iter().try_fold(&object, |value, field| value.get(field));
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let (api_version, kind, name) = (text(&["apiVersion"]), text(&["kind"]), text(&["metadata", "name"]));
    let namespace = Some(text(&["metadata", "namespace"])).filter(|it| !it.is_empty());
    let missing = |field, remedy| ManifestError::Missing { place: place.clone(), field, remedy };
    if api_version.is_empty() {
        return Err(missing("apiVersion", "write `apiVersion: sagemcp.io/v1alpha1`"));
    }
    if kind.is_empty() {
        return Err(missing("kind", "write one such as `kind: Tenant`"));
    }
    if name.is_empty() {
        return Err(missing("metadata.name", "every object needs a name"));
    }
    let Some(known) = kinds::of_manifest(&api_version, &kind).filter(|it| it.resource.kind != "Event") else {
        return Err(ManifestError::Kind { place, api_version, kind });
    };
    Ok(Manifest { place, kind: known, name, namespace, object })
}

#[cfg(test)]
mod tests;
