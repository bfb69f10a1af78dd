//! Which connector is held against which oracles.

/// A connector's oracles.
pub(crate) struct Entry {
    pub(crate) service: &'static str,
    /// Built by `build/<name>.{mjs,py}` or written down in `facts/<name>.json`.
    pub(crate) oracles: &'static [&'static str],
    /// Files of the folder that `SAGEMCP_VENDOR_APIS` names.
    pub(crate) reference: &'static [&'static str],
}

const fn entry(
    service: &'static str,
    oracles: &'static [&'static str],
    reference: &'static [&'static str],
) -> Entry {
    Entry { service, oracles, reference }
}

/// All connectors, in alphabetical order.
pub(crate) const TABLE: [Entry; 24] = [
    entry("bitbucket", &["bitbucket"], &["bitbucket"]),
    entry("claude_code", &["anthropic", "anthropic_reports"], &["anthropic"]),
    entry("codex", &["openai"], &["openai"]),
    entry("confluence", &["confluence", "atlassian"], &["confluence"]),
    entry("copilot", &["copilot"], &["github"]),
    entry("cursor", &["cursor"], &["cursor"]),
    entry("discord", &["discord"], &["discord"]),
    entry("excel", &["excel"], &["microsoft_graph"]),
    entry("github", &["github"], &["github"]),
    entry("gitlab", &["gitlab"], &["gitlab"]),
    entry("gmail", &["gmail"], &["google_gmail"]),
    entry("google_calendar", &["google_calendar"], &["google_calendar"]),
    entry("google_docs", &["google_docs"], &["google_docs", "google_drive"]),
    entry("google_sheets", &["google_sheets"], &["google_sheets", "google_drive"]),
    entry("google_slides", &["google_slides"], &[]),
    entry("jira", &["jira", "atlassian"], &["jira"]),
    entry("linear", &["linear"], &["linear"]),
    entry("notion", &["notion"], &[]),
    entry("outlook", &["outlook"], &["microsoft_graph"]),
    entry("powerpoint", &["powerpoint"], &["microsoft_graph"]),
    entry("slack", &["slack"], &["slack"]),
    entry("teams", &["teams"], &["microsoft_graph"]),
    entry("windsurf", &["windsurf"], &["windsurf"]),
    entry("zoom", &["zoom"], &[]),
];

/// The entry of a service.
pub(crate) fn entry_of(service: &str) -> &'static Entry {
    TABLE
        .iter()
        .find(|entry| entry.service == service)
        .unwrap_or_else(|| panic!("{service} is not in tests/contract/table.rs"))
}
