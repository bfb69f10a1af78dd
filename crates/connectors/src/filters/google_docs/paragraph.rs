//! Paragraphs of documents: runs of text and what stands between them, headings and list items.

use std::collections::HashMap;

use serde_json::Value;

use super::{Style, Writer};

/// The deepest level of a list.
const DEEPEST: usize = 8;

/// How far the lists of a text are counted: by list and level.
#[derive(Debug, Default)]
pub(super) struct Lists<'a> {
    counts: HashMap<(&'a str, usize), usize>,
}

impl<'a> Lists<'a> {
    /// The next number of a level. Levels below it start anew.
    fn next(&mut self, list: &'a str, level: usize) -> usize {
        for below in level + 1..=DEEPEST {
            self.counts.remove(&(list, below));
        }
        let count = self.counts.entry((list, level)).or_default();
        *count += 1;
        *count
    }
}

impl<'a> Writer<'a> {
    /// A paragraph with its line break. Markdown sets all but list items apart by an empty line.
    pub(super) fn paragraph(&mut self, paragraph: &'a Value) {
        let mut text = String::new();
        for element in paragraph["elements"].as_array().into_iter().flatten() {
            self.element(element, &mut text);
        }
        let text = text.trim_end_matches('\n');
        let bullet = paragraph.get("bullet");
        if text.trim().is_empty() && (bullet.is_some() || self.style == Style::Markdown) {
            return;
        }
        if let Some(bullet) = bullet {
            let mark = self.mark(bullet);
            self.out.push_str(&mark);
        } else if self.style == Style::Markdown {
            if self.out.ends_with('\n') && !self.out.ends_with("\n\n") {
                self.out.push('\n');
            }
            self.out.push_str(heading(
                paragraph["paragraphStyle"]["namedStyleType"].as_str().unwrap_or_default(),
            ));
        }
        self.out.push_str(text);
        self.out.push_str(if self.style == Style::Markdown && bullet.is_none() { "\n\n" } else { "\n" });
    }

    /// What stands before the text of a list item.
    fn mark(&mut self, bullet: &'a Value) -> String {
        let list = bullet["listId"].as_str().unwrap_or_default();
        let level = bullet["nestingLevel"].as_u64().and_then(|level| usize::try_from(level).ok());
        let level = level.unwrap_or(0).min(DEEPEST);
        let glyph = &self.tab["lists"][list]["listProperties"]["nestingLevels"][level]["glyphType"];
        let number = self.lists.next(list, level);
        let counted = glyph.as_str().is_some_and(|kind| kind != "NONE" && kind != "GLYPH_TYPE_UNSPECIFIED");
        let indent = "    ".repeat(level);
        if counted { format!("{indent}{number}. ") } else { format!("{indent}- ") }
    }

    fn element(&self, element: &Value, text: &mut String) {
        let markdown = self.style == Style::Markdown;
        let link = |text: &mut String, title: &str, url: &str| {
            if markdown && !url.is_empty() {
                text.extend(["[", title, "](", url, ")"]);
            } else {
                text.push_str(title);
            }
        };
        let Some((kind, value)) = element
            .as_object()
            .and_then(|fields| fields.iter().find(|(name, _)| *name != "startIndex" && *name != "endIndex"))
        else {
            return;
        };
        let field = |path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default();
        match kind.as_str() {
            // A vertical tab is a line break within a paragraph.
            "textRun" if markdown => text.push_str(&emphasized(value)),
            "textRun" => text.push_str(&field("/content").replace('\u{b}', "\n")),
            "footnoteReference" => text.extend(["[^", field("/footnoteNumber"), "]"]),
            "person" => {
                let (name, email) = (field("/personProperties/name"), field("/personProperties/email"));
                text.push_str(if name.is_empty() { email } else { name });
            }
            "richLink" => {
                let (title, uri) = (field("/richLinkProperties/title"), field("/richLinkProperties/uri"));
                link(text, if title.is_empty() { uri } else { title }, uri);
            }
            "dateElement" => text.push_str(field("/dateElementProperties/displayText")),
            "inlineObjectElement" => {
                let object = &self.tab["inlineObjects"][field("/inlineObjectId")];
                let object = &object["inlineObjectProperties"]["embeddedObject"];
                let words = ["title", "description"]
                    .iter()
                    .find_map(|name| object[*name].as_str())
                    .unwrap_or_default();
                text.extend(["[image", if words.is_empty() { "" } else { ": " }, words, "]"]);
            }
            "horizontalRule" if markdown => text.push_str("---"),
            _ => {}
        }
    }
}

/// A run of text with its emphasis and link. Markdown wants the marks next to the words.
fn emphasized(run: &Value) -> String {
    let content = run["content"].as_str().unwrap_or_default().replace('\u{b}', "\n");
    let words = content.trim();
    let style = &run["textStyle"];
    if words.is_empty() {
        return content;
    }
    let (before, after) = content.split_once(words).unwrap_or_default();
    let set = |name: &str| style[name] == Value::Bool(true);
    let marks = [("bold", "**"), ("italic", "*"), ("strikethrough", "~~")];
    let marks: Vec<&str> = marks.into_iter().filter(|(name, _)| set(name)).map(|(_, mark)| mark).collect();
    let (open, close) = (marks.concat(), marks.iter().rev().copied().collect::<String>());
    let mut text = format!("{open}{words}{close}");
    if let Some(url) = style["link"]["url"].as_str() {
        text = format!("[{text}]({url})");
    }
    format!("{before}{text}{after}")
}

/// What Markdown puts before a heading of this style.
fn heading(style: &str) -> &'static str {
    match style {
        "TITLE" | "HEADING_1" => "# ",
        "HEADING_2" => "## ",
        "HEADING_3" => "### ",
        "HEADING_4" => "#### ",
        "HEADING_5" => "##### ",
        "HEADING_6" => "###### ",
        _ => "",
    }
}

/// The ids and numbers of footnotes that a text refers to, in its order, each once.
pub(super) fn references<'a>(content: &'a Value, found: &mut Vec<(&'a str, &'a str)>) {
    for element in content.as_array().into_iter().flatten() {
        for run in element["paragraph"]["elements"].as_array().into_iter().flatten() {
            let reference = &run["footnoteReference"];
            if let (Some(id), Some(number)) =
                (reference["footnoteId"].as_str(), reference["footnoteNumber"].as_str())
                && !found.iter().any(|(known, _)| *known == id)
            {
                found.push((id, number));
            }
        }
        for row in element["table"]["tableRows"].as_array().into_iter().flatten() {
            for cell in row["tableCells"].as_array().into_iter().flatten() {
                references(&cell["content"], found);
            }
        }
    }
}
