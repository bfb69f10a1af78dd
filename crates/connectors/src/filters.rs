//! Our own jq filters, for what jq cannot say: other alphabets, and the texts and documents of vendors.
//!
//! A filter is a pure function of a value. The fence charges a run for what the filter reads and for what it makes, so
//! the function itself has to work in time and space in proportion to its input.

mod adf;
pub(crate) mod base64url;
mod coding_tool_metrics;
mod gmail;
mod google_docs;
mod html;
mod markdown;
mod notion_values;
mod rich_text;

use jaq_core::RunPtr;
use serde_json::Value;

use crate::jq::Metered;

/// A filter without arguments, which programs call by its name.
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    pub(crate) native: RunPtr<Metered>,
}

/// A filter of this name that runs a function from a value to a value, or to what is wrong with that value.
macro_rules! filter {
    ($name:literal, $function:path) => {
        Filter { name: $name, native: |input| crate::jq::apply($function, input) }
    };
}

/// The filters, in alphabetical order.
#[rustfmt::skip]
pub(crate) const ALL: &[Filter] = &[
    filter!("adf_to_markdown", adf::adf_to_markdown),
    filter!("coding_tool_metrics", coding_tool_metrics::coding_tool_metrics),
    filter!("from_base64url", base64url::from_base64url),
    filter!("gmail_forward", gmail::gmail_forward),
    filter!("gmail_message", gmail::gmail_message),
    filter!("gmail_new", gmail::gmail_new),
    filter!("gmail_reply", gmail::gmail_reply),
    filter!("google_docs_markdown", google_docs::google_docs_markdown),
    filter!("google_docs_text", google_docs::google_docs_text),
    filter!("html_to_markdown", html::html_to_markdown),
    filter!("markdown_to_adf", adf::markdown_to_adf),
    filter!("markdown_to_html", html::markdown_to_html),
    filter!("notion_values", notion_values::notion_values),
    filter!("to_base64url", base64url::to_base64url),
];

/// Whether there is a filter of this name.
pub(crate) fn is_filter(name: &str) -> bool {
    ALL.iter().any(|filter| filter.name == name)
}

/// The text that a filter was given, for those that take nothing else.
pub(crate) fn text<'a>(input: &'a Value, filter: &str) -> Result<&'a str, String> {
    input.as_str().ok_or_else(|| format!("{filter} takes a text"))
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::jq::Program;

    #[test]
    fn every_filter_is_callable_and_the_guide_names_it() {
        let guide = include_str!("../../../docs/connectors.md");
        for filter in ALL {
            assert!(Program::compile(filter.name, &[]).is_ok(), "{}", filter.name);
            assert!(guide.contains(&format!("`{}`", filter.name)), "{} is not in the guide", filter.name);
        }
        assert!(ALL.is_sorted_by_key(|filter| filter.name));
    }
}
