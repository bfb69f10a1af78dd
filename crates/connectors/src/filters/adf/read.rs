//! From ADF to a tree. Nodes without a counterpart give what is in them; macros give nothing.

use jiff::Timestamp;
use serde_json::Value;

use super::{MEDIA, PANELS};
use crate::filters::rich_text::{
    Block, Content, Item, MAX_DEPTH, MENTION, Panel, Span, Style, flattened, is_safe_link, is_writable,
    push_text, strong, trimmed,
};

/// How deep nodes lie within each other at most. What is deeper is left out.
const MAX_NODES: usize = 128;

/// Reads a document.
pub(super) fn read(document: &Value) -> Vec<Block> {
    let mut blocks = Vec::new();
    Reader { nodes: 0, depth: 0 }.blocks(document, &mut blocks);
    blocks
}

/// How deep it is that something is read: in nodes, and in lists and quotations.
#[derive(Clone, Copy)]
struct Reader {
    nodes: usize,
    depth: usize,
}

impl Reader {
    /// The blocks in a node.
    fn blocks(self, node: &Value, blocks: &mut Vec<Block>) {
        if self.nodes >= MAX_NODES {
            return;
        }
        let reader = Self { nodes: self.nodes + 1, ..self };
        // Some documents have texts directly in what holds blocks.
        let mut line = Vec::new();
        for child in content(node) {
            if is_inline(child) {
                inline(child, &mut line);
            } else {
                push_paragraph(&mut line, blocks);
                reader.block(child, blocks);
            }
        }
        push_paragraph(&mut line, blocks);
    }

    fn block(self, node: &Value, blocks: &mut Vec<Block>) {
        let attrs = &node["attrs"];
        match kind(node) {
            "paragraph" | "caption" => push_paragraph(&mut lines(node), blocks),
            "heading" => {
                let level = attrs["level"].as_u64().and_then(|level| u8::try_from(level).ok()).unwrap_or(1);
                let spans = trimmed(lines(node));
                if !spans.is_empty() {
                    blocks.push(Block::Heading(level.clamp(1, 6), spans));
                }
            }
            "bulletList" | "decisionList" => self.list(node, None, blocks),
            "orderedList" => self.list(node, Some(attrs["order"].as_u64().unwrap_or(1)), blocks),
            "taskList" => self.list(node, None, blocks),
            "codeBlock" => {
                let text = content(node).filter_map(|child| child["text"].as_str()).collect();
                let language = attrs["language"].as_str().unwrap_or_default().to_owned();
                blocks.push(Block::Code { language, text });
            }
            "blockquote" => self.quote(node, None, blocks),
            "panel" => {
                let name = attrs["panelType"].as_str().unwrap_or_default();
                let panel =
                    PANELS.iter().find(|(panel, _)| *panel == name).map_or(Panel::Info, |(_, panel)| *panel);
                self.quote(node, Some(panel), blocks);
            }
            "rule" => blocks.push(Block::Rule),
            "table" => {
                let rows = content(node).map(|row| content(row).map(|cell| self.cell(cell)).collect());
                let rows: Vec<Vec<Vec<Span>>> = rows.filter(|row: &Vec<_>| !row.is_empty()).collect();
                if is_writable(&rows) {
                    blocks.extend((!rows.is_empty()).then_some(Block::Table(rows)));
                } else {
                    rows.into_iter().flatten().for_each(|mut cell| push_paragraph(&mut cell, blocks));
                }
            }
            "expand" | "nestedExpand" => {
                let mut title = Vec::new();
                push_text(&mut title, attrs["title"].as_str().unwrap_or_default(), &Style::default());
                push_paragraph(&mut strong(title), blocks);
                self.blocks(node, blocks);
            }
            "mediaSingle" | "mediaGroup" => {
                for child in content(node) {
                    if is_inline(child) {
                        let mut line = Vec::new();
                        inline(child, &mut line);
                        push_paragraph(&mut line, blocks);
                    } else {
                        self.block(child, blocks);
                    }
                }
            }
            "blockCard" | "embedCard" => {
                let mut line = Vec::new();
                inline(node, &mut line);
                push_paragraph(&mut line, blocks);
            }
            _ => self.blocks(node, blocks),
        }
    }

    fn list(self, node: &Value, first: Option<u64>, blocks: &mut Vec<Block>) {
        if self.depth >= MAX_DEPTH {
            return self.blocks(node, blocks);
        }
        let reader = Self { depth: self.depth + 1, ..self };
        let mut items: Vec<Item> = Vec::new();
        for child in content(node) {
            match kind(child) {
                // A list under a task stands beside it.
                "taskList" => {
                    if items.is_empty() {
                        items.push(Item::default());
                    }
                    if let Some(item) = items.last_mut() {
                        reader.block(child, &mut item.blocks);
                    }
                }
                _ => {
                    let done = child["attrs"]["state"].as_str().filter(|_| kind(child).ends_with("askItem"));
                    let mut item = Item { done: done.map(|state| state == "DONE"), blocks: Vec::new() };
                    reader.blocks(child, &mut item.blocks);
                    items.push(item);
                }
            }
        }
        if !items.is_empty() {
            blocks.push(Block::List { first, items });
        }
    }

    fn quote(self, node: &Value, panel: Option<Panel>, blocks: &mut Vec<Block>) {
        if self.depth >= MAX_DEPTH {
            return self.blocks(node, blocks);
        }
        let mut quoted = Vec::new();
        Self { depth: self.depth + 1, ..self }.blocks(node, &mut quoted);
        if !quoted.is_empty() {
            blocks.push(Block::Quote(panel, quoted));
        }
    }

    fn cell(self, node: &Value) -> Vec<Span> {
        let mut blocks = Vec::new();
        self.blocks(node, &mut blocks);
        flattened(blocks)
    }
}

fn kind(node: &Value) -> &str {
    node["type"].as_str().unwrap_or_default()
}

fn content(node: &Value) -> impl Iterator<Item = &Value> {
    node["content"].as_array().into_iter().flatten()
}

fn push_paragraph(line: &mut Vec<Span>, blocks: &mut Vec<Block>) {
    let spans = trimmed(std::mem::take(line));
    if !spans.is_empty() {
        blocks.push(Block::Paragraph(spans));
    }
}

fn lines(node: &Value) -> Vec<Span> {
    let mut line = Vec::new();
    content(node).for_each(|child| inline(child, &mut line));
    line
}

fn is_inline(node: &Value) -> bool {
    matches!(
        kind(node),
        "text"
            | "hardBreak"
            | "mention"
            | "emoji"
            | "date"
            | "status"
            | "inlineCard"
            | "media"
            | "mediaInline"
            | "placeholder"
    )
}

fn inline(node: &Value, line: &mut Vec<Span>) {
    let attrs = &node["attrs"];
    let attr = |name: &str| attrs[name].as_str().unwrap_or_default();
    let mut style = style(&node["marks"]);
    match kind(node) {
        "text" => push_text(line, node["text"].as_str().unwrap_or_default(), &style),
        "hardBreak" => line.push(Span::line_break()),
        "mention" => {
            let name = attr("text").trim_start_matches('@');
            style.link = Some(format!("{MENTION}{}", attr("id")).into());
            push_text(line, &format!("@{}", if name.is_empty() { "user" } else { name }), &style);
        }
        "emoji" => {
            push_text(line, if attr("text").is_empty() { attr("shortName") } else { attr("text") }, &style);
        }
        "date" => push_text(line, &day(&attrs["timestamp"]), &style),
        "status" => push_text(line, attr("text"), &Style { strong: true, ..style }),
        "inlineCard" | "blockCard" | "embedCard" => {
            let url = Some(attr("url")).filter(|url| !url.is_empty());
            let url = url.or_else(|| attrs["data"]["url"].as_str()).unwrap_or_default();
            style.link = Some(url.into());
            push_text(line, url, &style);
        }
        "media" | "mediaInline" => {
            let url = match attr("type") {
                "external" => attr("url").to_owned(),
                _ => format!("{MEDIA}{}/{}", attr("collection"), attr("id")),
            };
            line.push(Span {
                content: Content::Image { url, alt: attr("alt").to_owned() },
                style: Style::default(),
            });
        }
        _ => {}
    }
}

fn style(marks: &Value) -> Style {
    let mut style = Style::default();
    for mark in marks.as_array().into_iter().flatten() {
        match kind(mark) {
            "strong" => style.strong = true,
            "em" => style.emphasis = true,
            "strike" => style.strike = true,
            "code" => style.code = true,
            "link" => {
                let link = mark["attrs"]["href"].as_str().filter(|link| is_safe_link(link));
                style.link = link.map(Into::into);
            }
            _ => {}
        }
    }
    style
}

/// The day of a time in milliseconds since 1970, which is a text in ADF.
fn day(timestamp: &Value) -> String {
    let number = timestamp.as_i64().or_else(|| timestamp.as_str().and_then(|text| text.parse().ok()));
    let time = number.and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok());
    time.map(|time| time.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}
