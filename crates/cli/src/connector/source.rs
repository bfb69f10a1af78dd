//! Where a connector comes from: the catalog, or a file.

use std::{fs, path::Path};

use connectors::{Catalog, Connector};
use crds::v1alpha1::ConnectorDefinition;
use domain::document::ConnectorDocument;

use crate::{error::Error, manifest};

/// The largest document that is read, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// A document and where it stands.
pub(super) struct Source {
    /// The file, or the built-in connector's type.
    pub(super) place: String,
    /// The document.
    pub(super) document: ConnectorDocument,
}

impl Source {
    /// Finds a connector: a file where the name is the path of one, else a built-in one.
    pub(super) fn open(name: &str) -> Result<Self, Error> {
        let path = Path::new(name);
        if path.is_file() {
            return Self::read(path);
        }
        let catalog = Catalog::new();
        match catalog.document(name) {
            Some(Ok(document)) => Ok(Self { place: name.to_owned(), document }),
            Some(Err(problem)) => Err(Error::Usage(format!("{name}: {problem}"))),
            None => Err(Error::Usage(format!(
                "{name} is neither a file nor a built-in connector; there are {}",
                catalog.services().collect::<Vec<_>>().join(", ")
            ))),
        }
    }

    /// Reads the one document of a file, bare or as a ConnectorDefinition among other objects.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let place = path.display().to_string();
        let failed = |source| Error::File { action: "read", path: path.to_owned(), source };
        if fs::metadata(path).map_err(failed)?.len() > MAX_BYTES {
            return Err(Error::Usage(format!("{place}: larger than {} MiB", MAX_BYTES >> 20)));
        }
        let text = fs::read_to_string(path).map_err(failed)?;
        let is_manifest =
            text.lines().any(|line| line.starts_with("kind:") || line.starts_with("apiVersion:"));
        let document = if is_manifest {
            definition(&place, &text)?
        } else {
            connectors::parse(&text).map_err(|problem| Error::Usage(format!("{place}: {problem}")))?
        };
        Ok(Self { place, document })
    }

    /// Compiles the document.
    pub(super) fn compile(&self) -> Result<Connector, Error> {
        connectors::compile(&self.document).map_err(|problems| {
            let lines: Vec<String> =
                problems.iter().map(|problem| format!("{}: {problem}", self.place)).collect();
            Error::Usage(lines.join("\n"))
        })
    }
}

fn definition(place: &str, text: &str) -> Result<ConnectorDocument, Error> {
    let manifests = manifest::parse(place, text)?;
    let mut found = manifests.into_iter().filter(|it| it.kind.resource.kind == "ConnectorDefinition");
    match (found.next(), found.next()) {
        (Some(one), None) => serde_path_to_error::deserialize::<_, ConnectorDefinition>(one.object)
            .map(|definition| definition.spec.document)
            .map_err(|error| Error::Usage(format!("{place}: {}: {}", error.path(), error.inner()))),
        (None, _) => Err(Error::Usage(format!("{place}: there is no ConnectorDefinition in it"))),
        (Some(_), Some(_)) => Err(Error::Usage(format!(
            "{place}: several ConnectorDefinitions; put each into a file of its own"
        ))),
    }
}
