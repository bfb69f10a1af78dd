//! What a tool gave, as the result that a client reads: whole, cut to size, or linked to.

use serde_json::Value;

use crate::connector::Connector;
use crate::cut::{self, Cut, MAX_RESULT};
use crate::failure::Failure;
use crate::file::MAX_EMBEDDED;
use crate::functions::Output;
use crate::result::{Content, ResourceContents, ResourceData, ToolResult, text_of};
use crate::shape::anywhere;
use crate::tool::Tool;

/// The result of a tool that gave this.
pub(crate) async fn of(connector: &Connector, tool: &Tool, output: Output) -> Result<ToolResult, Failure> {
    match output {
        Output::Value(value, size) => of_value(tool, value, size).await,
        Output::File(introduction, contents) => Ok(of_file(connector, introduction, contents)),
    }
}

async fn of_value(tool: &Tool, value: Value, size: usize) -> Result<ToolResult, Failure> {
    let structured = tool.listing.output_schema.is_some();
    if structured && !value.is_object() {
        return Err(Failure::new(
            "The connector's response program gives no object, as its output schema promises.",
        ));
    }
    // What came in many bytes is written and cut where that holds up no other call.
    let (text, Cut { value, missing }) = anywhere(size, || written(value)).await?;
    let result = ToolResult::of(value, text, structured);
    if missing.is_empty() {
        return Ok(result);
    }
    Ok(result.with_text(cut::notice(&missing, |name| tool.input.names(name))))
}

/// A value as text, cut to the size of a result.
fn written(value: Value) -> Result<(String, Cut), Failure> {
    let text = text_of(&value);
    if text.len() <= MAX_RESULT {
        return Ok((text, Cut { value, missing: Vec::new() }));
    }
    let cut = cut::fit(value, MAX_RESULT).map_err(|_| {
        Failure::new(format!(
            "The result is larger than the {} KiB that one may hold, and spread so thin that nothing can be left out; ask \
             for less.",
            MAX_RESULT / 1024
        ))
    })?;
    Ok((text_of(&cut.value), cut))
}

/// A file as a result: a text follows its introduction, anything else comes as an embedded resource. What is large is
/// linked to where it can be read as a resource.
fn of_file(connector: &Connector, introduction: String, contents: ResourceContents) -> ToolResult {
    let size = contents.size();
    if size > MAX_EMBEDDED && connector.reads(&contents.uri) {
        let name = contents.uri.rsplit('/').find(|part| !part.is_empty()).unwrap_or(&contents.uri).to_owned();
        let ResourceContents { uri, mime_type, .. } = contents;
        let text = joined(
            &introduction,
            &format!("It has {} KiB, too much to show here; read the resource {uri}.", size / 1024),
        );
        return ToolResult::contents(vec![
            Content::Text { text },
            Content::ResourceLink { uri, name, mime_type, size: size as u64 },
        ]);
    }
    match contents.data {
        ResourceData::Text(text) if size > MAX_EMBEDDED => {
            let before = text.len();
            let mut text = joined(&introduction, &text);
            text.truncate(text.floor_char_boundary(MAX_RESULT));
            let notice =
                format!("The text has {before} bytes; this is its beginning, {} KiB.", MAX_RESULT / 1024);
            ToolResult::contents(vec![Content::Text { text }]).with_text(notice)
        }
        ResourceData::Text(text) => {
            ToolResult::contents(vec![Content::Text { text: joined(&introduction, &text) }])
        }
        ResourceData::Blob(_) => {
            let introduction = Some(introduction).filter(|text| !text.is_empty());
            let introduction = introduction.map(|text| Content::Text { text });
            let file = Content::Resource { resource: contents };
            ToolResult::contents(introduction.into_iter().chain([file]).collect())
        }
    }
}

fn joined(introduction: &str, text: &str) -> String {
    if introduction.is_empty() { text.to_owned() } else { format!("{introduction}\n\n{text}") }
}
