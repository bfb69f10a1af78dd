//! HTML, as mail has it, and the storage format of Confluence, which is XHTML with tags of its own.

mod hidden;
mod read;
mod storage;
#[cfg(test)]
mod tests;
mod write;

use serde_json::Value;

use super::rich_text::readable;
use super::{markdown, text};

/// Markdown as HTML without scripts or styles. Null stays null.
pub(super) fn markdown_to_html(input: &Value) -> Result<Value, String> {
    if input.is_null() {
        return Ok(Value::Null);
    }
    let blocks = markdown::read(text(input, "markdown_to_html")?);
    Ok(Value::String(write::write(&blocks)))
}

/// HTML as Markdown. Null stays null.
pub(super) fn html_to_markdown(input: &Value) -> Result<Value, String> {
    if input.is_null() {
        return Ok(Value::Null);
    }
    Ok(Value::String(markdown_of(text(input, "html_to_markdown")?)))
}

/// HTML as Markdown.
pub(super) fn markdown_of(html: &str) -> String {
    markdown::write(&read::read(readable(html)))
}
