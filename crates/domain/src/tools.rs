//! Which tools of a connector are offered, and how they are described.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Allow and deny lists, and corrections of what tools say about themselves. Applied when tools are listed and again
/// when one is called.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ToolRules {
    /// Only tools that match one of these are offered; empty offers all. `*` stands for any run of characters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(min = 1, max = 128)))]
    pub allow: Vec<String>,
    /// Tools that match one of these are not offered, whatever `allow` says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(min = 1, max = 128)))]
    pub deny: Vec<String>,
    /// Corrections of single tools. Hints of hosted and remote servers count only as corrected here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200))]
    pub overrides: Vec<ToolOverride>,
}

/// A correction of one tool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ToolOverride {
    /// The tool's exact name.
    #[schemars(length(min = 1, max = 128))]
    pub name: String,
    /// Replaces the description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub description: Option<String>,
    /// The tenant vouches that the tool changes nothing, so read-only keys may call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
}

impl ToolRules {
    /// Whether a tool is offered under these rules.
    #[must_use]
    pub fn offers(&self, tool: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, tool));
        (self.allow.is_empty() || any(&self.allow)) && !any(&self.deny)
    }

    /// The correction of a tool, if there is one.
    #[must_use]
    pub fn correction(&self, tool: &str) -> Option<&ToolOverride> {
        self.overrides.iter().find(|correction| correction.name == tool)
    }
}

/// Matches a whole text against a pattern in which `*` stands for any run of characters, in linear space and
/// O(pattern × text) time.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to resume after the latest `*`: the pattern behind it and the text it has swallowed so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((after, swallowed)) = star {
            star = Some((after, swallowed + 1));
            p = after;
            t = swallowed + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(allow: &[&str], deny: &[&str]) -> ToolRules {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        ToolRules { allow: own(allow), deny: own(deny), overrides: Vec::new() }
    }

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, text, expected) in [
            ("github_list_*", "github_list_issues", true),
            ("github_list_*", "github_get_issue", false),
            ("*_issue", "github_get_issue", true),
            ("*_issue", "github_get_issues", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("echo", "echo", true),
            ("echo", "echo2", false),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn deny_beats_allow_and_an_empty_allow_means_all() {
        assert!(rules(&[], &[]).offers("x"));
        assert!(rules(&["x*"], &[]).offers("xy"));
        assert!(!rules(&["x*"], &[]).offers("y"));
        assert!(!rules(&["x*"], &["xy"]).offers("xy"));
        assert!(!rules(&[], &["*"]).offers("x"));
    }
}
