//! A tool of a document, compiled.

use domain::document::ToolDocument;

use crate::action::Action;
use crate::hosts::Hosts;
use crate::listing::{ToolAnnotations, ToolListing};
use crate::problem::Report;
use crate::request::{Request, property_of};
use crate::schema::ObjectSchema;

/// A compiled tool.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) listing: ToolListing,
    pub(crate) input: ObjectSchema,
    pub(crate) action: Action,
}

impl Tool {
    /// Compiles a tool, with what is wrong noted.
    pub(crate) fn compile(
        document: &ToolDocument,
        service: &str,
        hosts: &Hosts,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        if document.description.trim().is_empty() {
            report.at("description").push("empty", "say when to use the tool and what comes back");
        }
        let input = ObjectSchema::compile(&document.input);
        let input = report.at("input").keep(input);
        if let Some(output) = &document.output {
            report.at("output").keep(ObjectSchema::compile(output));
        }
        let action = Action::compile(
            document.request.as_ref(),
            document.function.as_ref(),
            document.response.as_ref(),
            &property_of(input.as_ref()),
            hosts,
            report,
        );
        let annotations =
            action.as_ref().map(|action| annotations(document, action, &mut report.at("annotations")));
        Some(Self {
            listing: ToolListing {
                name: format!("{service}_{}", document.name),
                title: document.title.clone(),
                description: document.description.trim().to_owned(),
                input_schema: document.input.clone(),
                output_schema: document.output.clone(),
                annotations: annotations?,
                scopes: document.scopes.clone(),
            },
            input: input?,
            action: action?,
        })
    }
}

/// The four hints: what methods prove, and beyond that what the document says. Where it says nothing, a change counts as
/// destructive, as MCP has it.
fn annotations(document: &ToolDocument, action: &Action, report: &mut Report<'_>) -> ToolAnnotations {
    let said = &document.annotations;
    let read_only = action.is_read_only();
    match said.read_only_hint {
        Some(true) if !read_only => report.at("readOnlyHint").push(
            "true, and a request of the tool may change something",
            "remove the hint: it is proven from the requests",
        ),
        Some(false) if read_only => report.at("readOnlyHint").push(
            "false, and no request of the tool changes anything",
            "remove the hint: it is proven from the requests",
        ),
        _ => {}
    }
    if read_only && said.destructive_hint == Some(true) {
        report.at("destructiveHint").push("true, and the tool changes nothing", "remove the hint");
    }
    ToolAnnotations {
        title: document.title.clone(),
        read_only_hint: read_only,
        destructive_hint: !read_only && said.destructive_hint.unwrap_or(true),
        idempotent_hint: said
            .idempotent_hint
            .unwrap_or_else(|| action.requests().all(Request::is_repeatable)),
        open_world_hint: said.open_world_hint.unwrap_or(true),
    }
}
