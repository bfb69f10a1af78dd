//! Documents from YAML.

use domain::document::ConnectorDocument;

use crate::problem::Problem;

/// The largest document, in bytes.
const MAX_DOCUMENT: usize = 1024 * 1024;

/// The most YAML events of a document: keys, values, starts and ends.
const MAX_EVENTS: usize = 200_000;

/// Reads a document from YAML. Unknown fields and duplicate keys are refused.
///
/// # Errors
/// A [`Problem`] that says where the text is wrong.
pub fn parse(yaml: &str) -> Result<ConnectorDocument, Problem> {
    if yaml.len() > MAX_DOCUMENT {
        let message = format!("the document is longer than {MAX_DOCUMENT} bytes");
        return Err(Problem { field: String::new(), message, remedy: "split it".to_owned() });
    }
    // Documents share descriptions of arguments by anchors, a few of them many times. What aliases unfold to is bounded.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { enforce_alias_anchor_ratio: false, max_events: MAX_EVENTS },
    };
    serde_saphyr::from_str_with_options(yaml, options).map_err(|error| {
        let place = error.location().map(|place| format!("line {}, column {}", place.line(), place.column()));
        Problem {
            field: place.unwrap_or_default(),
            message: error.without_snippet().to_string(),
            remedy: "correct the document; docs/connectors.md describes its fields".to_owned(),
        }
    })
}
