//! The API's own tables (`meta.k8s.io/v1` Table), and how they are printed: as kubectl does.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;

/// What to send as `Accept` to get a table, or the object itself from a server that makes none.
pub(crate) const ACCEPT: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/// A table of objects.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Table {
    /// The list's metadata.
    #[serde(default)]
    pub(crate) metadata: ListMetadata,
    /// What the columns are.
    #[serde(default)]
    pub(crate) column_definitions: Vec<Column>,
    /// One row an object.
    #[serde(default)]
    pub(crate) rows: Vec<Row>,
}

/// What is needed of a list's metadata.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListMetadata {
    /// The state that the list shows.
    #[serde(default)]
    pub(crate) resource_version: String,
    /// Where the next page begins.
    #[serde(default, rename = "continue")]
    pub(crate) continue_token: String,
}

/// A column's heading.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Column {
    /// The heading.
    pub(crate) name: String,
    /// 0 is always shown, more only with `-o wide`.
    #[serde(default)]
    pub(crate) priority: i32,
}

/// An object's row.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Row {
    /// One cell a column.
    #[serde(default)]
    pub(crate) cells: Vec<Value>,
    /// The object's metadata.
    #[serde(default)]
    pub(crate) object: Value,
}

/// How a table is printed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Style<'a> {
    /// Also columns of low priority.
    pub(crate) wide: bool,
    /// With a first column of namespaces.
    pub(crate) namespaces: bool,
    /// Put before every name, as in `tenant.sagemcp.io/`.
    pub(crate) prefix: &'a str,
    /// With the line of headings.
    pub(crate) headings: bool,
}

impl Table {
    /// The lines of the table as texts, headings first if they are asked for.
    fn texts(&self, style: Style<'_>) -> Vec<Vec<String>> {
        let shown: Vec<usize> = (0..self.column_definitions.len())
            .filter(|&at| style.wide || self.column_definitions[at].priority == 0)
            .collect();
        let name_column = self.column_definitions.iter().position(|column| column.name == "Name");
        let mut lines = Vec::with_capacity(self.rows.len() + 1);
        if style.headings {
            let headings = shown.iter().map(|&at| self.column_definitions[at].name.to_uppercase());
            let namespace = style.namespaces.then(|| "NAMESPACE".to_owned());
            lines.push(namespace.into_iter().chain(headings).collect());
        }
        for row in &self.rows {
            let cells = shown.iter().map(|&at| {
                let cell = row.cells.get(at).map(text).unwrap_or_default();
                if Some(at) == name_column { format!("{}{cell}", style.prefix) } else { cell }
            });
            let namespace = style.namespaces.then(|| text(&row.object["metadata"]["namespace"]));
            lines.push(namespace.into_iter().chain(cells).collect());
        }
        lines
    }

    /// The table as text.
    pub(crate) fn print(&self, style: Style<'_>) -> String {
        align(&self.texts(style), &mut Vec::new())
    }

    /// The table as text with columns at least as wide as `widths`, which grow with it: for rows that come one by one.
    pub(crate) fn print_aligned(&self, style: Style<'_>, widths: &mut Vec<usize>) -> String {
        align(&self.texts(style), widths)
    }
}

/// A cell on one line.
fn text(cell: &Value) -> String {
    let whole = match cell {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match whole.find(['\n', '\r', '\u{c}']) {
        Some(at) => format!("{}...", &whole[..at]),
        None => whole,
    }
}

/// Lines in columns three spaces apart, the last one without trailing spaces.
pub(crate) fn align(lines: &[Vec<String>], widths: &mut Vec<usize>) -> String {
    const GAP: usize = 3;
    for line in lines {
        widths.resize(widths.len().max(line.len()), 0);
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in lines {
        let mut padding = 0;
        for (width, cell) in widths.iter().zip(line) {
            write!(text, "{:padding$}{cell}", "").expect("writing to a string cannot fail");
            padding = width + GAP - cell.chars().count();
        }
        let kept = text.trim_end_matches(' ').len();
        text.truncate(kept);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table() -> Table {
        serde_json::from_value(json!({
            "columnDefinitions": [{"name": "Name"}, {"name": "Ready"}, {"name": "Endpoint", "priority": 1}],
            "rows": [
                {"cells": ["acme", "True", "http://x"], "object": {"metadata": {"namespace": "team-a"}}},
                {"cells": ["a-longer-name", null, "two\nlines"], "object": {"metadata": {"namespace": "b"}}},
            ],
        }))
        .unwrap()
    }

    #[test]
    fn columns_of_low_priority_show_only_when_wide() {
        let style = Style { headings: true, ..Style::default() };
        insta::assert_snapshot!(table().print(style), @r"
        NAME            READY
        acme            True
        a-longer-name
        ");
        insta::assert_snapshot!(table().print(Style { wide: true, ..style }), @r"
        NAME            READY   ENDPOINT
        acme            True    http://x
        a-longer-name           two...
        ");
    }

    #[test]
    fn namespaces_and_kinds_go_first() {
        let style = Style { namespaces: true, prefix: "tenant.sagemcp.io/", ..Style::default() };
        insta::assert_snapshot!(table().print(style), @r"
        team-a   tenant.sagemcp.io/acme            True
        b        tenant.sagemcp.io/a-longer-name
        ");
    }
}
