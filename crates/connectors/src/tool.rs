//! A tool of a document, compiled.

use domain::document::ToolDocument;

use crate::action::{Action, ActionDocument};
use crate::brief;
use crate::hosts::Hosts;
use crate::listing::{ToolAnnotations, ToolListing};
use crate::paging::{MAX_PAGES, Paging, with_max_pages};
use crate::problem::Report;
use crate::request::{Request, property_of};
use crate::schema::ObjectSchema;

/// A compiled tool.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) listing: ToolListing,
    pub(crate) input: ObjectSchema,
    pub(crate) action: Action,
    pub(crate) paging: Option<Paging>,
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
        let input_schema = match document.paging {
            Some(_) => with_max_pages(&document.input),
            None => document.input.clone(),
        };
        let input = report.at("input").keep(ObjectSchema::compile(&input_schema));
        if let Some(output) = &document.output {
            report.at("output").keep(ObjectSchema::compile(output));
        }
        if document.file.is_some() && document.output.is_some() {
            report.at("output").push("given, and the reply is a file", "remove it");
        }
        let paging = document.paging.as_ref().map(|paging| {
            Paging::compile(paging, input.as_ref(), document.output.as_ref(), &mut report.at("paging"))
        });
        let action = Action::compile(
            &ActionDocument {
                request: document.request.as_ref(),
                function: document.function.as_ref(),
                response: document.response.as_ref(),
                file: document.file.as_ref(),
            },
            // How many pages are fetched is no argument of a request.
            &|name| (document.paging.is_none() || name != MAX_PAGES) && property_of(input.as_ref())(name),
            hosts,
            report,
        );
        if document.paging.is_some() && action.as_ref().is_some_and(|action| !action.is_read_only()) {
            report.at("paging").push("a request of the tool may change something", "page only what reads");
        }
        let annotations =
            action.as_ref().map(|action| annotations(document, action, &mut report.at("annotations")));
        Some(Self {
            listing: ToolListing {
                name: format!("{service}_{}", document.name),
                title: document.title.clone(),
                description: document.description.trim().to_owned(),
                input_schema: brief::listed(input_schema),
                output_schema: document.output.clone(),
                annotations: annotations?,
                scopes: document.scopes.clone(),
            },
            input: input?,
            action: action?,
            paging,
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
        read_only_hint: read_only,
        destructive_hint: !read_only && said.destructive_hint.unwrap_or(true),
        idempotent_hint: said
            .idempotent_hint
            .unwrap_or_else(|| action.requests().all(Request::is_repeatable)),
        open_world_hint: said.open_world_hint.unwrap_or(true),
    }
}
