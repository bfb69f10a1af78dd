//! The tools of a connector as its callers see them: filtered, corrected and named by the tenant's rules, with
//! everything else as the server wrote it.

pub mod fetch;
mod index;
pub mod mirrored;
pub mod portable;

use std::borrow::Cow;

use serde_json::value::RawValue;

pub use index::{Listed, ToolIndex};
use mirrored::Mirrored;

use crate::mcp::raw::Members;

/// One tool as its server lists it.
#[derive(Debug)]
pub struct RawTool {
    /// The server's name for it.
    pub name: String,
    /// The whole entry, as it was written.
    pub json: Box<str>,
    /// What the server says about changing nothing. Only our own engine's word counts.
    pub read_only_hint: bool,
    /// The arguments that headers mirror.
    pub mirrored: Vec<Mirrored>,
}

impl RawTool {
    /// Reads an entry; `None` if it is no object with a name.
    #[must_use]
    pub fn parse(entry: &RawValue) -> Option<Self> {
        let members = Members::parse(entry.get())?;
        let annotations = members.get("annotations").and_then(Members::parse);
        Some(Self {
            name: members.text("name")?,
            read_only_hint: annotations.is_some_and(|hints| hints.get("readOnlyHint") == Some("true")),
            mirrored: members.get("inputSchema").map(mirrored::of_schema).unwrap_or_default(),
            json: entry.get().into(),
        })
    }
}

/// An entry with another name, description or read-only hint.
fn corrected(json: &str, name: Option<&str>, description: Option<&str>, read_only: Option<bool>) -> String {
    use crate::mcp::raw::quoted;
    let mut members = Members::parse(json).unwrap_or_default();
    if let Some(name) = name {
        members.set("name", quoted(name));
    }
    if let Some(description) = description {
        members.set("description", quoted(description));
    }
    if let Some(read_only) = read_only {
        let value = if read_only { "true" } else { "false" };
        let hints = {
            let mut hints = members.get("annotations").and_then(Members::parse).unwrap_or_default();
            hints.set("readOnlyHint", value);
            hints.to_json()
        };
        members.set("annotations", Cow::Owned(hints));
    }
    members.to_json()
}

/// An entry under another name.
#[must_use]
pub fn renamed(json: &str, name: &str) -> String {
    corrected(json, Some(name), None, None)
}
