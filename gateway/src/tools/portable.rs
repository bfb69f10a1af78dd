//! Which tools of a server not every model's API would take, in the words that a status has room for.

use connectors::portable::{self, Level, ListedTool};
use store::model::Unportable;

use super::ToolIndex;
use crate::mcp::raw::Members;

/// Most findings that are spelt out.
const SPELT_OUT: usize = 3;
/// Longest finding, in bytes. The words are partly the server's.
const FINDING_LIMIT: usize = 300;

/// Checks the tools that a connector offers, under the names that callers use.
#[must_use]
pub fn unportable(connector: &str, index: &ToolIndex) -> Unportable {
    let mut found = Unportable::default();
    for tool in index.tools() {
        // What is missing or of another type counts as empty, which is a finding itself.
        let entry = Members::parse(tool.json()).unwrap_or_default();
        let schema = entry.get("inputSchema").and_then(|json| serde_json::from_str(json).ok());
        let listed = ListedTool {
            name: tool.exposed(),
            description: &entry.text("description").unwrap_or_default(),
            input_schema: &schema.unwrap_or_default(),
        };
        let mut errors = portable::check(connector, listed)
            .into_iter()
            .filter(|finding| finding.level == Level::Error)
            .peekable();
        found.tools += u32::from(errors.peek().is_some());
        let room = SPELT_OUT - found.findings.len();
        found.findings.extend(errors.take(room).map(|finding| shown(&finding.to_string())));
    }
    found
}

/// A finding on one line.
fn shown(finding: &str) -> String {
    let line: String = finding.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    match line.len() {
        ..=FINDING_LIMIT => line,
        _ => format!("{}…", &line[..line.floor_char_boundary(FINDING_LIMIT)]),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::config::ConnectorConfig;
    use serde_json::value::RawValue;

    use super::*;
    use crate::tools::RawTool;

    fn index(tools: &[&str]) -> ToolIndex {
        let raw = |json: &&str| RawTool::parse(&RawValue::from_string((*json).to_owned()).unwrap()).unwrap();
        let tools: Vec<_> = tools.iter().map(raw).map(Arc::new).collect();
        ToolIndex::new(&config(), false, &tools, String::new())
    }

    fn config() -> ConnectorConfig {
        serde_json::from_str(
            r#"{"displayName": "", "enabled": true, "backend": {"kind": "hosted", "command": "x"}}"#,
        )
        .unwrap()
    }

    #[test]
    fn tools_that_every_model_takes_are_none_of_them() {
        let plain = r#"{"name": "read", "description": "Reads.", "inputSchema":
            {"type": "object", "properties": {"path": {"type": "string"}}}}"#;
        assert_eq!(unportable("files", &index(&[plain])), Unportable::default());
    }

    #[test]
    fn the_first_findings_are_spelt_out_and_all_tools_are_counted() {
        let bad = |name: &str| {
            format!(r#"{{"name": "{name}", "inputSchema": {{"anyOf": [{{"type": "object"}}]}}}}"#)
        };
        let tools: Vec<String> = ["a", "b", "c", "d"].map(bad).to_vec();
        let tools: Vec<&str> = tools.iter().map(String::as_str).collect();
        let found = unportable("files", &index(&tools));
        assert_eq!((found.tools, found.findings.len()), (4, SPELT_OUT));
        assert!(found.findings[0].starts_with("a"), "{:?}", found.findings);
    }

    #[test]
    fn a_hostile_entry_leaves_one_short_line() {
        let name = "\\n\\u0007x".repeat(1000);
        let found = unportable("files", &index(&[&format!(r#"{{"name": "{name}", "inputSchema": 7}}"#)]));
        assert_eq!(found.tools, 1);
        for finding in &found.findings {
            assert!(finding.len() <= FINDING_LIMIT + '…'.len_utf8(), "{finding}");
            assert!(!finding.contains(char::is_control), "{finding}");
        }
    }
}
