//! Atlassian Document Format (ADF): a document as nested JSON nodes, in Jira and Confluence.

mod read;
#[cfg(test)]
mod tests;
mod write;

use serde_json::Value;

use super::{markdown, text};
use crate::filters::rich_text::Panel;

/// Markdown as a document. Null stays null.
pub(super) fn markdown_to_adf(input: &Value) -> Result<Value, String> {
    if input.is_null() {
        return Ok(Value::Null);
    }
    Ok(write::write(markdown::read(text(input, "markdown_to_adf")?)))
}

/// A document as Markdown. It may be a text that holds one as JSON, as in Confluence; null and other texts, such as those of
/// Jira's older API, stay what they are.
pub(super) fn adf_to_markdown(input: &Value) -> Result<Value, String> {
    let parsed: Value;
    let document = match input {
        Value::String(json) if json.trim_start().starts_with('{') => match serde_json::from_str(json) {
            Ok(document) => {
                parsed = document;
                &parsed
            }
            Err(_) => return Ok(input.clone()),
        },
        Value::Null | Value::String(_) => return Ok(input.clone()),
        document => document,
    };
    if document["type"] != "doc" {
        return if input.is_string() {
            Ok(input.clone())
        } else {
            Err("adf_to_markdown takes a document of type `doc`".to_owned())
        };
    }
    Ok(Value::String(markdown::write(&read::read(document))))
}

/// What ADF calls panels. There are more kinds than these.
const PANELS: [(&str, Panel); 6] = [
    ("info", Panel::Info),
    ("note", Panel::Important),
    ("success", Panel::Tip),
    ("warning", Panel::Warning),
    ("error", Panel::Error),
    ("tip", Panel::Tip),
];

/// Before the collection and the id of a file in the URL of an image: `media:COLLECTION/ID`.
const MEDIA: &str = "media:";
