//! Further pages of a tool: called again while there is more, the caller wants it and the result has room.

use domain::document::PagingDocument;
use serde_json::{Map, Value, json};

use crate::action::Action;
use crate::cut::{MAX_RESULT, fields_weight, weight};
use crate::failure::Failure;
use crate::functions::Output;
use crate::problem::Report;
use crate::schema::ObjectSchema;
use crate::session::Session;

/// The argument that says how many pages to fetch.
pub(crate) const MAX_PAGES: &str = "max_pages";
/// The most pages of one call.
const MOST: u64 = 10;
/// Why a page is left out that would not fit.
const FULL: &str = "the result has grown to its limit";
/// Why a page is left out that is no page.
const NO_LIST: &str = "it lists nothing";

/// How further pages are fetched.
#[derive(Debug)]
pub(crate) struct Paging {
    argument: String,
    next: String,
    items: String,
}

/// What was fetched, and what there is to say about it.
pub(crate) struct Pages {
    /// The first page, with the items of the others.
    pub(crate) output: Output,
    /// Why there are fewer pages than were asked for.
    pub(crate) notice: Option<String>,
}

impl Paging {
    /// Compiles the description, with what is wrong noted.
    pub(crate) fn compile(
        document: &PagingDocument,
        input: Option<&ObjectSchema>,
        output: Option<&Map<String, Value>>,
        report: &mut Report<'_>,
    ) -> Self {
        if input.is_some_and(|input| !input.names(&document.argument)) {
            report.at("argument").push(
                format!("`{}` is no argument", document.argument),
                "name a property of the input, which says which page is meant",
            );
        }
        let promised = output.and_then(|output| output.get("properties"));
        for (field, name) in [("next", &document.next), ("items", &document.items)] {
            if promised.and_then(|properties| properties.get(name)).is_none() {
                report.at(field).push(
                    format!("`{name}` is no property of the output"),
                    "name one, and give the output a schema if it has none",
                );
            }
        }
        let PagingDocument { argument, next, items } = document.clone();
        Self { argument, next, items }
    }

    /// Runs an action for as many pages as the arguments ask for. A later page that fails ends it: what was fetched
    /// counts, and `next` says where to go on.
    pub(crate) async fn run(
        &self,
        action: &Action,
        session: &Session<'_>,
        mut arguments: Map<String, Value>,
        scopes: &[String],
    ) -> Result<Pages, Failure> {
        // JSON Schema takes 2.0 for an integer too, and some clients write it so.
        let pages = arguments.shift_remove(MAX_PAGES).and_then(|pages| pages.as_f64());
        let pages = pages.map_or(1, |pages| pages as u64).clamp(1, MOST);
        let (mut whole, size) = match action.run(session, &arguments, scopes).await? {
            Output::Value(Value::Object(whole), size) => (whole, size),
            output => return Ok(Pages { output, notice: None }),
        };
        let mut room = MAX_RESULT.saturating_sub(fields_weight(&whole));
        let mut seen: Vec<Value> = arguments.get(&self.argument).cloned().into_iter().collect();
        let mut notice = None;
        for page in 2..=pages {
            let next = whole.get(&self.next).cloned().unwrap_or_default();
            if next.is_null() {
                break;
            }
            let stop = if seen.contains(&next) {
                Some("it was fetched before: the vendor leads in a circle")
            } else if room == 0 {
                Some(FULL)
            } else if session.is_over() {
                Some("the call has taken as long as one may")
            } else {
                None
            };
            if let Some(reason) = stop {
                notice = Some(self.left_out(page, reason));
                break;
            }
            arguments.insert(self.argument.clone(), next.clone());
            seen.push(next);
            let mut more = match action.run(session, &arguments, scopes).await {
                Ok(Output::Value(Value::Object(more), _)) => more,
                Ok(_) => {
                    notice = Some(self.left_out(page, NO_LIST));
                    break;
                }
                Err(failure) => {
                    notice = Some(format!(
                        "Page {page} could not be fetched, `{}` leads there: {failure}",
                        self.next
                    ));
                    break;
                }
            };
            let (Some(Value::Array(items)), Some(Value::Array(all))) =
                (more.get_mut(&self.items).map(Value::take), whole.get_mut(&self.items))
            else {
                notice = Some(self.left_out(page, NO_LIST));
                break;
            };
            let size: usize = items.iter().map(|item| weight(item) + 1).sum();
            if size > room {
                notice = Some(self.left_out(page, FULL));
                break;
            }
            room -= size;
            all.extend(items);
            whole.insert(self.next.clone(), more.shift_remove(&self.next).unwrap_or_default());
        }
        Ok(Pages { output: Output::Value(Value::Object(whole), size), notice })
    }

    fn left_out(&self, page: u64, reason: &str) -> String {
        format!("Page {page} is left out, because {reason}; `{}` leads there.", self.next)
    }
}

/// A tool's arguments with that for the number of pages, unless it has one of its own.
pub(crate) fn with_max_pages(input: &Map<String, Value>) -> Map<String, Value> {
    let mut input = input.clone();
    let properties = input.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        properties
            .entry(MAX_PAGES)
            .or_insert_with(|| json!({"type": "integer", "minimum": 1, "maximum": MOST, "default": 1}));
    }
    input
}
