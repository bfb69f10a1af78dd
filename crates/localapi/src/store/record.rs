//! What is kept of an object on disk.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where an object came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Origin {
    /// A client created it.
    #[default]
    Api,
    /// A file of the manifests directory: its path below that directory.
    Manifest(String),
}

/// One file of the state directory.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Record {
    pub(super) storage: String,
    pub(super) origin: Origin,
    pub(super) object: Value,
}
