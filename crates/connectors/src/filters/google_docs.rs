//! The text of Google documents, which the API gives as a tree of tabs, paragraphs, runs and tables.

mod paragraph;

use serde_json::{Map, Value};

use self::paragraph::Lists;

/// How text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// The text alone.
    Plain,
    /// With headings, lists, tables, emphasis and links as Markdown.
    Markdown,
}

/// The text of a document, tab by tab.
pub(super) fn google_docs_text(input: &Value) -> Result<Value, String> {
    Ok(Value::String(document(input, Style::Plain)))
}

/// The same as Markdown.
pub(super) fn google_docs_markdown(input: &Value) -> Result<Value, String> {
    Ok(Value::String(document(input, Style::Markdown)))
}

fn document(document: &Value, style: Style) -> String {
    let mut tabs = Vec::new();
    collect(&document["tabs"], &mut tabs);
    // Without `includeTabsContent` the document itself holds what its first tab does.
    if tabs.is_empty() {
        return tab(document, style);
    }
    let several = tabs.len() > 1;
    let texts = tabs.into_iter().map(|one| {
        let text = tab(&one["documentTab"], style);
        match one["tabProperties"]["title"].as_str().filter(|_| several) {
            Some(title) if style == Style::Markdown => format!("# {title}\n\n{text}"),
            Some(title) => format!("{title}\n\n{text}"),
            None => text,
        }
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// Tabs with those below them, in order.
fn collect<'a>(tabs: &'a Value, all: &mut Vec<&'a Value>) {
    for tab in tabs.as_array().into_iter().flatten() {
        all.push(tab);
        collect(&tab["childTabs"], all);
    }
}

/// A tab: what stands at the head of its pages, its body, what stands at the foot, and its footnotes.
fn tab(tab: &Value, style: Style) -> String {
    let mut writer = Writer { tab, style, lists: Lists::default(), out: String::new() };
    for part in parts(&tab["headers"]) {
        writer.content(&part["content"]);
    }
    writer.content(&tab["body"]["content"]);
    for part in parts(&tab["footers"]) {
        writer.content(&part["content"]);
    }
    for (number, note) in notes(tab) {
        let mut text = Writer { tab, style, lists: Lists::default(), out: String::new() };
        text.content(&note["content"]);
        writer.out.extend(["[^", number, "]: ", text.out.trim(), "\n"]);
    }
    writer.out
}

fn parts(map: &Value) -> impl Iterator<Item = &Value> {
    map.as_object().into_iter().flat_map(Map::values)
}

/// Footnotes with their numbers, in the order of the text, where the references stand.
fn notes(tab: &Value) -> Vec<(&str, &Value)> {
    let mut numbers = Vec::new();
    paragraph::references(&tab["body"]["content"], &mut numbers);
    let note = |id: &str| tab["footnotes"].get(id);
    numbers.into_iter().filter_map(|(id, number)| Some((number, note(id)?))).collect()
}

/// A text that grows.
struct Writer<'a> {
    tab: &'a Value,
    style: Style,
    lists: Lists<'a>,
    out: String,
}

impl<'a> Writer<'a> {
    /// Structural elements, one after the other. A table of contents says what the headings say, and is left out.
    fn content(&mut self, content: &'a Value) {
        for element in content.as_array().into_iter().flatten() {
            if let Some(paragraph) = element.get("paragraph") {
                self.paragraph(paragraph);
            } else if let Some(table) = element.get("table") {
                self.table(table);
            }
        }
    }

    fn table(&mut self, table: &'a Value) {
        let rows = table["tableRows"].as_array().into_iter().flatten();
        let rows = rows.map(|row| {
            row["tableCells"].as_array().into_iter().flatten().map(|cell| self.cell(cell)).collect()
        });
        let rows: Vec<Vec<String>> = rows.collect();
        if self.style == Style::Plain {
            for row in rows {
                self.out.push_str(&row.join("\t"));
                self.out.push('\n');
            }
            return;
        }
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
        for (at, row) in rows.iter().enumerate() {
            self.out.extend(["| ", &row.join(" | "), " |\n"]);
            if at == 0 {
                self.out.extend(["|", &" --- |".repeat(row.len()), "\n"]);
            }
        }
        self.out.push('\n');
    }

    /// The text of a cell in one line.
    fn cell(&self, cell: &'a Value) -> String {
        let mut inner =
            Writer { tab: self.tab, style: self.style, lists: Lists::default(), out: String::new() };
        inner.content(&cell["content"]);
        let text = inner.out.trim();
        match self.style {
            Style::Plain => text.replace(['\n', '\t'], " "),
            Style::Markdown => text.replace('|', "\\|").replace("\n\n", "\n").replace('\n', "<br>"),
        }
    }
}

#[cfg(test)]
mod tests;
