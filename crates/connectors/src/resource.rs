//! Resources of a document: which URIs they have and how they are read.

mod pattern;

use domain::document::ResourceDocument;

use self::pattern::UriPattern;
use crate::action::{Action, ActionDocument};
use crate::hosts::Hosts;
use crate::listing::{ResourceListing, ResourceTemplateListing};
use crate::problem::Report;

/// A compiled resource, or template of resources.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) pattern: UriPattern,
    pub(crate) mime_type: Option<String>,
    pub(crate) action: Action,
    name: String,
    description: Option<String>,
}

impl Resource {
    /// Compiles a resource, with what is wrong noted.
    pub(crate) fn compile(
        document: &ResourceDocument,
        hosts: &Hosts,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let pattern = UriPattern::compile(&document.uri);
        let pattern = report.at("uri").keep(pattern);
        let names = pattern.as_ref().map(UriPattern::names).unwrap_or_default();
        let known = |name: &str| names.iter().any(|own| own == name);
        let action = Action::compile(
            &ActionDocument {
                request: document.request.as_ref(),
                function: document.function.as_ref(),
                response: document.response.as_ref(),
                file: None,
            },
            &known,
            hosts,
            report,
        )?
        .of_a_resource(document.mime_type.as_ref());
        if !action.is_read_only() {
            report.push("reading the resource would change something", "use GET requests");
        }
        Some(Self {
            pattern: pattern?,
            mime_type: document.mime_type.clone(),
            action,
            name: document.name.clone(),
            description: Some(document.description.clone()).filter(|text| !text.is_empty()),
        })
    }

    /// How it is listed, if it has no variables.
    pub(crate) fn listing(&self) -> Option<ResourceListing> {
        let uri = self.pattern.literal()?.to_owned();
        let (name, description, mime_type) =
            (self.name.clone(), self.description.clone(), self.mime_type.clone());
        Some(ResourceListing { uri, name, description, mime_type })
    }

    /// How it is listed, if it has variables.
    pub(crate) fn template_listing(&self) -> Option<ResourceTemplateListing> {
        if self.pattern.literal().is_some() {
            return None;
        }
        let uri_template = self.pattern.text().to_owned();
        let (name, description, mime_type) =
            (self.name.clone(), self.description.clone(), self.mime_type.clone());
        Some(ResourceTemplateListing { uri_template, name, description, mime_type })
    }
}
