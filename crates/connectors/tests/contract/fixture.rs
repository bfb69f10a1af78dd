//! What a schema cannot tell about a connector: `arguments/<service>.json`, written by whoever writes the document.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

/// The file, all of whose entries may be left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Fixture {
    /// Values of arguments, by `tool.argument` or by `argument`.
    pub(crate) values: BTreeMap<String, Value>,
    /// Second values of arguments, by which one sees that they reach the vendor, where one made from the schema is refused.
    pub(crate) others: BTreeMap<String, Value>,
    /// Arguments that a call has to have though the schema does not say so, by `tool.argument`, each with the reason.
    pub(crate) needed: BTreeMap<String, String>,
    /// Further calls, by tool.
    pub(crate) arguments: BTreeMap<String, Vec<Map<String, Value>>>,
    /// Arguments of the call that fetches two pages, by tool: a page size of 1 where a page is taken for the last one that
    /// is not full.
    pub(crate) pages: BTreeMap<String, Map<String, Value>>,
    /// Arguments that do not reach the vendor, by `tool.argument` or `argument`, each with the reason.
    pub(crate) local: BTreeMap<String, String>,
    /// Settings of the connector, as `Connector.spec.native.config` holds them.
    pub(crate) settings: Map<String, Value>,
    /// Values of replies, by the operation's id, then by a JSON Pointer into the reply (`*`: every element of a list).
    pub(crate) replies: BTreeMap<String, BTreeMap<String, Value>>,
    /// Headers of replies, by the operation's id; `{url}` stands for the URL that was asked.
    pub(crate) headers: BTreeMap<String, BTreeMap<String, String>>,
    /// Arguments that a tool had in former times and has no more, by `tool.argument`, each with the reason.
    pub(crate) dropped: BTreeMap<String, String>,
    /// What hosts of `allowedHosts` answer with.
    pub(crate) download: String,
    /// The body of a refusal, as the vendor writes one: its reason is the text `the vendor's reason`.
    pub(crate) refusal: Option<Value>,
    /// The body of a reply of success that reports a failure with the same reason, where the document has `failure`.
    pub(crate) reported: Option<Value>,
    /// Places of results that are null though every property of the reply is filled in, by `tool` and `tool.place`, each
    /// with the reason.
    pub(crate) nulls: BTreeMap<String, String>,
    /// Scopes of the header that no tool needs, each with the reason.
    pub(crate) scopes: BTreeMap<String, String>,
    /// Tools that no oracle describes, `*` for all of them, each with the reason.
    pub(crate) undescribed: BTreeMap<String, String>,
    /// Where an oracle is wrong.
    pub(crate) doubts: Vec<Doubt>,
}

/// A violation that is none.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Doubt {
    /// `reference` for the descriptions of `SAGEMCP_VENDOR_APIS`, else the oracle's name.
    pub(crate) oracle: String,
    /// The tool; without it, all.
    #[serde(default)]
    pub(crate) tool: Option<String>,
    /// A part of what is said to be wrong.
    pub(crate) says: String,
    /// Why that is not so, with a source.
    #[serde(rename = "because")]
    _because: String,
}

impl Fixture {
    /// The file of a service, if there is one.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(crate) fn load(service: &str) -> Result<Self, String> {
        let file = contract().join(format!("arguments/{service}.json"));
        let Ok(text) = std::fs::read_to_string(&file) else { return Ok(Self::default()) };
        serde_json::from_str(&text).map_err(|error| format!("arguments/{service}.json: {error}"))
    }
}

/// The folder of the contract tests.
pub(crate) fn contract() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract")
}
