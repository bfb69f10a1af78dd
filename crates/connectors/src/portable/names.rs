//! Names and descriptions.

use super::Client::{Claude, Gemini, OpenAi};
use super::{Client, ListedTool, Report, visit};

/// The longest name of a tool, with what clients put in front.
const MAX_NAME: usize = 64;
/// The longest name of a property.
const MAX_PROPERTY: usize = 64;
/// The longest description of a tool, in characters.
const MAX_DESCRIPTION: usize = 1024;

const EVERYBODY: &[Client] = &[Claude, OpenAi, Gemini];

pub(super) fn check(server: &str, tool: ListedTool<'_>, report: &mut Report<'_>) {
    if tool.name.is_empty() || !tool.name.bytes().all(|byte| is_plain(byte) || byte == b'-') {
        report.error(
            EVERYBODY,
            "",
            format!("the name {:?} has other characters than letters, digits, `_` and `-`", tool.name),
            "rename the tool",
        );
    }
    let called = format!("mcp__{server}__{}", tool.name);
    if called.len() > MAX_NAME {
        report.error(
            EVERYBODY,
            "",
            format!(
                "clients call it {called}, which has {} characters; {MAX_NAME} are admitted",
                called.len()
            ),
            "shorten the name of the tool or of the server",
        );
    }
    if tool.description.chars().count() > MAX_DESCRIPTION {
        report.error(
            &[OpenAi],
            "",
            format!("the description has more than {MAX_DESCRIPTION} characters"),
            "shorten it",
        );
    }
    visit(tool.input_schema, "", 0, &mut |schema, place, _| {
        let properties = schema.get("properties").and_then(|all| all.as_object()).into_iter().flatten();
        for (name, _) in properties.filter(|(name, _)| !is_property(name)) {
            report.error(
                &[Claude],
                place,
                format!("the property {name:?} is not 1 to {MAX_PROPERTY} letters, digits, `_`, `-` and `.`"),
                "rename the property",
            );
        }
    });
}

fn is_property(name: &str) -> bool {
    (1..=MAX_PROPERTY).contains(&name.len())
        && name.bytes().all(|byte| is_plain(byte) || byte == b'-' || byte == b'.')
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
