//! From a tree to Markdown.

use super::spans::{Place, line};
use super::{ALERTS, escape};
use crate::filters::rich_text::{Block, Item, Panel, Span};

/// Writes blocks as Markdown, without a line's end at the end.
pub(in crate::filters) fn write(blocks: &[Block]) -> String {
    let mut writer = Writer { out: String::new(), margins: Vec::new() };
    writer.blocks(blocks);
    writer.out.truncate(writer.out.trim_end().len());
    writer.out
}

struct Writer {
    out: String,
    /// What each line begins with, from the outermost list or quotation to the innermost.
    margins: Vec<Margin>,
}

/// What a list or a quotation writes before its lines.
struct Margin {
    /// Before the first line: the marker of an item.
    first: Option<String>,
    /// Before all others.
    rest: String,
}

impl Writer {
    fn blocks(&mut self, blocks: &[Block]) {
        self.separated(blocks, |_, _| true);
    }

    /// Writes blocks, with an empty line between two of which `apart` says so.
    fn separated(&mut self, blocks: &[Block], apart: impl Fn(&Block, &Block) -> bool) {
        // Two lists on end would become one, were their markers the same.
        let mut other = false;
        for (number, block) in blocks.iter().enumerate() {
            let before = number.checked_sub(1).and_then(|before| blocks.get(before));
            if before.is_some_and(|before| apart(before, block)) {
                self.empty_line();
            }
            other = before.is_some_and(|before| are_lists_of_a_kind(before, block)) && !other;
            self.block(block, other);
        }
    }

    fn block(&mut self, block: &Block, other: bool) {
        match block {
            Block::Paragraph(spans) => self.lines(&line(spans, Place::Paragraph)),
            Block::Heading(level, spans) => {
                let level = "#".repeat(usize::from((*level).clamp(1, 6)));
                self.lines(&format!("{level} {}", line(spans, Place::Heading)));
            }
            Block::List { first, items } => self.list(*first, items, other),
            Block::Code { language, text } => self.code(language, text),
            Block::Quote(panel, blocks) => self.quote(*panel, blocks),
            Block::Table(rows) => self.table(rows),
            // Of dashes or asterisks it could be taken for the marker of an item.
            Block::Rule => self.lines("___"),
        }
    }

    fn list(&mut self, first: Option<u64>, items: &[Item], other: bool) {
        let loose = items.iter().any(|item| !is_brief(&item.blocks));
        for (number, item) in items.iter().enumerate() {
            if number > 0 && loose {
                self.empty_line();
            }
            let mut marker = match (first, other) {
                // CommonMark knows numbers of up to nine digits.
                (Some(first), false) => format!("{}. ", first.saturating_add(number as u64).min(999_999_999)),
                (Some(first), true) => format!("{}) ", first.saturating_add(number as u64).min(999_999_999)),
                (None, false) => "- ".to_owned(),
                (None, true) => "* ".to_owned(),
            };
            let rest = " ".repeat(marker.len());
            match item.done {
                Some(true) => marker.push_str("[x] "),
                Some(false) => marker.push_str("[ ] "),
                None => {}
            }
            self.margins.push(Margin { first: Some(marker), rest });
            self.separated(&item.blocks, |before, block| {
                !(matches!(before, Block::Paragraph(_)) && is_list_to_follow(block))
            });
            if self.margins.last().is_some_and(|margin| margin.first.is_some()) {
                // A box is one only before a text.
                self.lines(if item.done.is_some() { "&nbsp;" } else { "" });
            }
            self.margins.pop();
        }
    }

    fn code(&mut self, language: &str, text: &str) {
        let fence = "`".repeat(escape::longest_run(text).max(2) + 1);
        let allowed = |letter: &char| !letter.is_whitespace() && !letter.is_control() && *letter != '`';
        let language: String = language.chars().filter(allowed).take(50).collect();
        self.lines(&format!("{fence}{language}"));
        self.lines(text);
        self.lines(&fence);
    }

    fn quote(&mut self, panel: Option<Panel>, blocks: &[Block]) {
        self.margins.push(Margin { first: None, rest: "> ".to_owned() });
        if let Some((_, alert)) = ALERTS.iter().find(|(kind, _)| Some(*kind) == panel) {
            self.lines(&format!("[!{alert}]"));
        }
        self.blocks(blocks);
        self.margins.pop();
    }

    fn table(&mut self, rows: &[Vec<Vec<Span>>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        if columns == 0 {
            return;
        }
        for (number, row) in rows.iter().enumerate() {
            let cells = row.iter().map(|cell| line(cell, Place::Cell));
            let cells: Vec<String> = cells.chain(std::iter::repeat(String::new())).take(columns).collect();
            self.lines(&format!("| {} |", cells.join(" | ")));
            if number == 0 {
                self.lines(&format!("|{}", " --- |".repeat(columns)));
            }
        }
    }

    /// Writes lines, each behind the margins.
    fn lines(&mut self, text: &str) {
        for line in text.split('\n') {
            for margin in &mut self.margins {
                match margin.first.take() {
                    Some(first) => self.out.push_str(&first),
                    None => self.out.push_str(&margin.rest),
                }
            }
            self.out.push_str(line);
            self.end_line();
        }
    }

    /// Writes an empty line, which only quotations mark.
    fn empty_line(&mut self) {
        for margin in &self.margins {
            self.out.push_str(&margin.rest);
        }
        self.end_line();
    }

    fn end_line(&mut self) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
    }
}

fn are_lists_of_a_kind(one: &Block, other: &Block) -> bool {
    match (one, other) {
        (Block::List { first: one, .. }, Block::List { first: other, .. }) => {
            one.is_some() == other.is_some()
        }
        _ => false,
    }
}

/// Whether a block is a list that may stand right below a paragraph. The marker of an empty item would underline it, as
/// headings are.
fn is_list_to_follow(block: &Block) -> bool {
    matches!(block, Block::List { items, .. } if items.first().is_some_and(|first| !first.blocks.is_empty()))
}

/// Whether an item fits on lines that follow each other: it is a paragraph, with lists under it perhaps.
fn is_brief(blocks: &[Block]) -> bool {
    let mut blocks = blocks.iter();
    matches!(blocks.next(), None | Some(Block::Paragraph(_)))
        && blocks.next().is_none_or(is_list_to_follow)
        && blocks.next().is_none()
}
