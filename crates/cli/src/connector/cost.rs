//! What it costs a model to have tools listed.

use connectors::ToolListing;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Error;

/// What clients hand to the model: titles, annotations and output schemas are for the client itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    name: &'a str,
    description: &'a str,
    input_schema: &'a Map<String, Value>,
}

/// The characters of what a model reads of tools: names, descriptions and input schemas, as compact JSON.
pub(super) fn characters(tools: &[ToolListing]) -> Result<usize, Error> {
    let shown: Vec<Shown<'_>> = tools
        .iter()
        .map(|tool| Shown {
            name: &tool.name,
            description: &tool.description,
            input_schema: &tool.input_schema,
        })
        .collect();
    length(&shown)
}

/// The characters of tools as `tools/list` gives them.
pub(super) fn listed(tools: &[ToolListing]) -> Result<usize, Error> {
    length(&tools)
}

/// About how many tokens some characters are: four characters make one, as a rule of thumb for English and JSON.
pub(super) fn tokens(characters: usize) -> usize {
    characters.div_ceil(4)
}

fn length(value: &impl Serialize) -> Result<usize, Error> {
    let text = serde_json::to_string(value)
        .map_err(|error| Error::Format { format: "json", reason: error.to_string() })?;
    Ok(text.chars().count())
}
