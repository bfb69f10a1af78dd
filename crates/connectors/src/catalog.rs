//! The connectors that come with SageMCP, one document a service.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use domain::document::ConnectorDocument;

use crate::compile::compile;
use crate::connector::Connector;
use crate::load::parse;
use crate::problem::Problem;

/// The documents, by service, in alphabetical order.
#[rustfmt::skip]
const DOCUMENTS: &[(&str, &str)] = &[
    ("bitbucket", include_str!("../catalog/bitbucket.yaml")),
    ("claude_code", include_str!("../catalog/claude_code.yaml")),
    ("codex", include_str!("../catalog/codex.yaml")),
    ("confluence", include_str!("../catalog/confluence.yaml")),
    ("copilot", include_str!("../catalog/copilot.yaml")),
    ("cursor", include_str!("../catalog/cursor.yaml")),
    ("discord", include_str!("../catalog/discord.yaml")),
    ("excel", include_str!("../catalog/excel.yaml")),
    ("github", include_str!("../catalog/github.yaml")),
    ("gitlab", include_str!("../catalog/gitlab.yaml")),
    ("gmail", include_str!("../catalog/gmail.yaml")),
    ("google_calendar", include_str!("../catalog/google_calendar.yaml")),
    ("google_docs", include_str!("../catalog/google_docs.yaml")),
    ("google_sheets", include_str!("../catalog/google_sheets.yaml")),
    ("google_slides", include_str!("../catalog/google_slides.yaml")),
    ("jira", include_str!("../catalog/jira.yaml")),
    ("linear", include_str!("../catalog/linear.yaml")),
    ("notion", include_str!("../catalog/notion.yaml")),
    ("outlook", include_str!("../catalog/outlook.yaml")),
    ("powerpoint", include_str!("../catalog/powerpoint.yaml")),
    ("slack", include_str!("../catalog/slack.yaml")),
    ("teams", include_str!("../catalog/teams.yaml")),
    ("windsurf", include_str!("../catalog/windsurf.yaml")),
    ("zoom", include_str!("../catalog/zoom.yaml")),
];

/// The built-in connectors. Each is parsed and compiled when it is first asked for, then kept.
#[derive(Debug)]
pub struct Catalog {
    entries: BTreeMap<&'static str, Entry>,
}

#[derive(Debug)]
struct Entry {
    yaml: &'static str,
    connector: OnceLock<Arc<Connector>>,
}

impl Catalog {
    /// The catalog, nothing compiled yet.
    #[must_use]
    pub fn new() -> Self {
        let entries =
            DOCUMENTS.iter().map(|&(service, yaml)| (service, Entry { yaml, connector: OnceLock::new() }));
        Self { entries: entries.collect() }
    }

    /// The services, in alphabetical order.
    pub fn services(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.entries.keys().copied()
    }

    /// The document of a service, `None` if it is not built in.
    ///
    /// # Errors
    /// The document cannot be read, which tests of this crate rule out.
    pub fn document(&self, service: &str) -> Option<Result<ConnectorDocument, Problem>> {
        self.entries.get(service).map(|entry| parse(entry.yaml))
    }

    /// The connector of a service, `None` if it is not built in.
    ///
    /// # Errors
    /// The document does not compile, which tests of this crate rule out.
    pub fn connector(&self, service: &str) -> Option<Result<Arc<Connector>, Vec<Problem>>> {
        let entry = self.entries.get(service)?;
        if let Some(connector) = entry.connector.get() {
            return Some(Ok(Arc::clone(connector)));
        }
        let compiled =
            parse(entry.yaml).map_err(|problem| vec![problem]).and_then(|document| compile(&document));
        Some(compiled.map(|connector| Arc::clone(entry.connector.get_or_init(|| Arc::new(connector)))))
    }
}

impl Default for Catalog {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
