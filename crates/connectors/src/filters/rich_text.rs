//! A text with structure, between the formats that vendors write it in: Markdown, Atlassian Document Format and HTML.
//!
//! Each format is read into this tree and written from it. The tree's depth is bounded, so its writers may recurse.

pub(super) mod builder;

use std::borrow::Cow;
use std::rc::Rc;

/// How deep lists and quotations lie within each other at most. What is deeper moves up to the last level.
pub(super) const MAX_DEPTH: usize = 16;

/// The longest text that is read, in bytes. What is beyond is left out: no result is that long.
const MAX_TEXT: usize = 2 * 1024 * 1024;

/// The most cells of a table, which all its rows are filled up to.
const MAX_CELLS: usize = 20_000;

/// As much of a text as is read.
pub(super) fn readable(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT)]
}

/// Whether a link leads where one may lead from a text that somebody else wrote.
pub(super) fn is_safe_link(url: &str) -> bool {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.trim().to_ascii_lowercase());
    scheme.is_none_or(|scheme| {
        matches!(scheme.as_str(), "http" | "https" | "mailto" | "tel") || scheme.contains(['/', '?', '#'])
    })
}

/// Whether rows of cells make a table of a size that can be written: one long row makes all others as long.
pub(super) fn is_writable(rows: &[impl AsRef<[Vec<Span>]>]) -> bool {
    let columns = rows.iter().map(|row| row.as_ref().len()).max().unwrap_or(0);
    columns.saturating_mul(rows.len()) <= MAX_CELLS
}

/// A piece of a document that stands on lines of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Paragraph(Vec<Span>),
    /// A heading of level 1 to 6.
    Heading(u8, Vec<Span>),
    /// A list; `first` is the number of its first item, should it be numbered.
    List {
        first: Option<u64>,
        items: Vec<Item>,
    },
    /// Preformatted text, and the language that it is in.
    Code {
        language: String,
        text: String,
    },
    /// A quotation, or a panel.
    Quote(Option<Panel>, Vec<Self>),
    /// Rows of cells; the first row is the head.
    Table(Vec<Vec<Vec<Span>>>),
    Rule,
}

/// An item of a list. `done`: whether a task is done, should it be one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) done: Option<bool>,
    pub(super) blocks: Vec<Block>,
}

/// What a panel warns of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Panel {
    Info,
    Important,
    Tip,
    Warning,
    Error,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) content: Content,
    pub(super) style: Style,
}

/// What a piece of a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Text(String),
    /// The end of a line within a paragraph.
    Break,
    Image {
        url: String,
        alt: String,
    },
}

/// What a piece of a line looks like, and where it leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) strong: bool,
    pub(super) emphasis: bool,
    pub(super) strike: bool,
    pub(super) code: bool,
    pub(super) link: Option<Rc<str>>,
}

/// The scheme of a link that mentions a user: `accountid:` and the account's id.
pub(super) const MENTION: &str = "accountid:";

impl Span {
    pub(super) fn text(text: impl Into<String>, style: Style) -> Self {
        Self { content: Content::Text(text.into()), style }
    }

    pub(super) fn line_break() -> Self {
        Self { content: Content::Break, style: Style::default() }
    }

    /// Whether it shows nothing.
    pub(super) fn is_blank(&self) -> bool {
        match &self.content {
            Content::Text(text) => text.trim().is_empty(),
            Content::Break => true,
            Content::Image { .. } => false,
        }
    }
}

/// Adds a text to a line, to the piece before it where both look the same. Its line feeds end lines, other control
/// characters are left out.
pub(super) fn push_text(spans: &mut Vec<Span>, text: &str, style: &Style) {
    let visible = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\t');
    let text: Cow<'_, str> = match text.chars().all(visible) {
        true => text.into(),
        false => text.chars().filter(|letter| visible(*letter)).collect::<String>().into(),
    };
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            spans.push(Span::line_break());
        }
        match spans.last_mut() {
            _ if line.is_empty() => {}
            Some(Span { content: Content::Text(last), style: same }) if same == style => last.push_str(line),
            _ => spans.push(Span::text(line, style.clone())),
        }
    }
}

/// Lines without the blanks and breaks at their ends.
pub(super) fn trimmed(mut spans: Vec<Span>) -> Vec<Span> {
    while spans.last().is_some_and(Span::is_blank) {
        spans.pop();
    }
    let blank = spans.iter().take_while(|span| span.is_blank()).count();
    spans.drain(..blank);
    if let Some(Span { content: Content::Text(text), style }) = spans.first_mut()
        && !style.code
    {
        text.drain(..text.len() - text.trim_start().len());
    }
    if let Some(Span { content: Content::Text(text), style }) = spans.last_mut()
        && !style.code
    {
        text.truncate(text.trim_end().len());
    }
    spans
}

/// The lines of blocks where only lines fit, as in a cell of a table.
pub(super) fn flattened(blocks: Vec<Block>) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut add = |lines: Vec<Span>| {
        if !spans.is_empty() && !lines.is_empty() {
            spans.push(Span::line_break());
        }
        spans.extend(lines);
    };
    for block in blocks {
        match block {
            Block::Paragraph(lines) => add(lines),
            Block::Heading(_, lines) => add(strong(lines)),
            Block::Quote(_, blocks) => add(flattened(blocks)),
            Block::List { first, items } => {
                for (number, item) in items.into_iter().enumerate() {
                    let mut marker = match first {
                        Some(first) => format!("{}. ", first.saturating_add(number as u64)),
                        None => "• ".to_owned(),
                    };
                    marker.push_str(item.done.map_or("", checkbox));
                    let mut lines = vec![Span::text(marker, Style::default())];
                    lines.extend(flattened(item.blocks));
                    add(lines);
                }
            }
            Block::Code { text, .. } => {
                let mut lines = Vec::new();
                push_text(&mut lines, text.trim_end(), &Style { code: true, ..Style::default() });
                add(lines);
            }
            Block::Table(rows) => {
                for row in rows {
                    let mut lines = Vec::new();
                    for cell in row {
                        if !lines.is_empty() {
                            lines.push(Span::text(" — ", Style::default()));
                        }
                        lines.extend(cell);
                    }
                    add(lines);
                }
            }
            Block::Rule => {}
        }
    }
    spans
}

/// Lines in bold.
pub(super) fn strong(mut spans: Vec<Span>) -> Vec<Span> {
    spans.iter_mut().for_each(|span| span.style.strong = !span.style.code);
    spans
}

/// A task's box as a text, with a blank behind it.
pub(super) fn checkbox(done: bool) -> &'static str {
    if done { "☑ " } else { "☐ " }
}
