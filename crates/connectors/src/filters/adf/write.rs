//! From a tree to ADF, whose schema says what may lie in what. Jira and Confluence refuse a whole document for one node that
//! is out of place, so what does not fit is written otherwise.

use serde_json::{Map, Value, json};

use super::{MEDIA, PANELS};
use crate::filters::rich_text::{
    Block, Content, Item, MENTION, Panel, Span, Style, checkbox, flattened, is_safe_link, strong,
};

/// Writes a document.
pub(super) fn write(blocks: Vec<Block>) -> Value {
    let mut writer = Writer { tasks: 0 };
    json!({"type": "doc", "version": 1, "content": writer.blocks(blocks, In::Document)})
}

/// In what blocks lie.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    Document,
    /// Anything but tables, quotations and panels.
    Panel,
    /// Paragraphs, lists without tasks, and code.
    Quote,
    /// Paragraphs, lists and code.
    Item,
    /// An item in a quotation.
    QuotedItem,
}

struct Writer {
    /// How many tasks there are, which have to have ids.
    tasks: usize,
}

impl Writer {
    fn blocks(&mut self, blocks: Vec<Block>, within: In) -> Vec<Value> {
        let mut nodes = Vec::new();
        for block in blocks {
            self.block(block, within, &mut nodes);
        }
        nodes
    }

    fn block(&mut self, block: Block, within: In, nodes: &mut Vec<Value>) {
        let in_document = within == In::Document;
        match block {
            Block::Paragraph(spans) => paragraph(spans, in_document, nodes),
            Block::Heading(level, spans) if in_document || within == In::Panel => {
                nodes.push(
                    json!({"type": "heading", "attrs": {"level": level.clamp(1, 6)}, "content": line(spans)}),
                );
            }
            Block::Heading(_, spans) => paragraph(strong(spans), false, nodes),
            Block::List { first, items } => self.list(first, items, within, nodes),
            Block::Code { language, text } => {
                let mut node = json!({"type": "codeBlock", "content": []});
                if !language.is_empty() {
                    node["attrs"] = json!({"language": language});
                }
                if !text.is_empty() {
                    node["content"] = json!([{"type": "text", "text": text}]);
                }
                nodes.push(node);
            }
            Block::Quote(panel, blocks) if in_document => self.quote(panel, blocks, nodes),
            Block::Quote(_, blocks) => nodes.extend(self.blocks(blocks, within)),
            Block::Table(rows) if in_document => nodes.push(table(rows)),
            Block::Table(rows) => {
                for row in rows {
                    paragraph(flattened(vec![Block::Table(vec![row])]), false, nodes);
                }
            }
            Block::Rule if in_document || within == In::Panel => nodes.push(json!({"type": "rule"})),
            Block::Rule => {}
        }
    }

    fn quote(&mut self, panel: Option<Panel>, blocks: Vec<Block>, nodes: &mut Vec<Value>) {
        let name = PANELS.iter().find(|(_, kind)| Some(*kind) == panel).map(|(name, _)| *name);
        let content = self.blocks(blocks, if name.is_some() { In::Panel } else { In::Quote });
        if content.is_empty() {
            return;
        }
        nodes.push(match name {
            Some(name) => json!({"type": "panel", "attrs": {"panelType": name}, "content": content}),
            None => json!({"type": "blockquote", "content": content}),
        });
    }

    fn list(&mut self, first: Option<u64>, items: Vec<Item>, within: In, nodes: &mut Vec<Value>) {
        if within != In::Quote && within != In::QuotedItem && are_tasks(&items) {
            let content = self.tasks(items);
            nodes.push(json!({"type": "taskList", "attrs": {"localId": self.id()}, "content": content}));
            return;
        }
        let inside = if matches!(within, In::Quote | In::QuotedItem) { In::QuotedItem } else { In::Item };
        let items: Vec<Value> = items
            .into_iter()
            .map(|item| {
                let mut content = self.blocks(boxed(item), inside);
                // Editors want something to begin with that a list can be under.
                if content
                    .first()
                    .is_none_or(|node| node["type"] != "paragraph" && node["type"] != "codeBlock")
                {
                    content.insert(0, json!({"type": "paragraph", "content": []}));
                }
                json!({"type": "listItem", "content": content})
            })
            .collect();
        nodes.push(match first {
            Some(first) => json!({"type": "orderedList", "attrs": {"order": first}, "content": items}),
            None => json!({"type": "bulletList", "content": items}),
        });
    }

    /// Tasks: the lists under one stand beside it.
    fn tasks(&mut self, items: Vec<Item>) -> Vec<Value> {
        let mut nodes = Vec::new();
        for item in items {
            let mut spans = Vec::new();
            let mut lists = Vec::new();
            for block in item.blocks {
                match block {
                    Block::List { items, .. } => lists.push(items),
                    block => {
                        if !spans.is_empty() {
                            spans.push(Span::line_break());
                        }
                        spans.extend(flattened(vec![block]));
                    }
                }
            }
            let state = if item.done == Some(true) { "DONE" } else { "TODO" };
            let attrs = json!({"localId": self.id(), "state": state});
            nodes.push(json!({"type": "taskItem", "attrs": attrs, "content": line(spans)}));
            for items in lists {
                let content = self.tasks(items);
                nodes.push(json!({"type": "taskList", "attrs": {"localId": self.id()}, "content": content}));
            }
        }
        nodes
    }

    fn id(&mut self) -> String {
        self.tasks += 1;
        self.tasks.to_string()
    }
}

/// Whether all items are tasks, and the items of all lists under them.
fn are_tasks(items: &[Item]) -> bool {
    items.iter().all(|item| {
        item.done.is_some()
            && item.blocks.iter().all(|block| match block {
                Block::List { items, .. } => are_tasks(items),
                block => matches!(block, Block::Paragraph(_)),
            })
    })
}

/// The blocks of an item, with the box of a task written into its first line.
fn boxed(item: Item) -> Vec<Block> {
    let mut blocks = item.blocks;
    if let Some(done) = item.done {
        let mark = Span::text(checkbox(done), Style::default());
        match blocks.first_mut() {
            Some(Block::Paragraph(spans)) => spans.insert(0, mark),
            _ => blocks.insert(0, Block::Paragraph(vec![mark])),
        }
    }
    blocks
}

/// Writes a paragraph. One that is nothing but an image becomes one where that fits.
fn paragraph(spans: Vec<Span>, image_fits: bool, nodes: &mut Vec<Value>) {
    if image_fits
        && let [Span { content: Content::Image { url, alt }, .. }] = spans.as_slice()
        && let Some(media) = media(url, alt)
    {
        nodes.push(json!({"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [media]}));
        return;
    }
    let content = line(spans);
    if !content.is_empty() {
        nodes.push(json!({"type": "paragraph", "content": content}));
    }
}

fn media(url: &str, alt: &str) -> Option<Value> {
    let mut attrs = match url.strip_prefix(MEDIA).and_then(|file| file.rsplit_once('/')) {
        Some((collection, id)) if !id.is_empty() => {
            json!({"type": "file", "collection": collection, "id": id})
        }
        None if url.starts_with("https://") || url.starts_with("http://") => {
            json!({"type": "external", "url": url})
        }
        _ => return None,
    };
    if !alt.is_empty() {
        attrs["alt"] = alt.into();
    }
    Some(json!({"type": "media", "attrs": attrs}))
}

fn table(rows: Vec<Vec<Vec<Span>>>) -> Value {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let rows = rows.into_iter().enumerate().map(|(number, mut row)| {
        row.resize(columns, Vec::new());
        let kind = if number == 0 { "tableHeader" } else { "tableCell" };
        let cell = |spans| json!({"type": kind, "content": [{"type": "paragraph", "content": line(spans)}]});
        json!({"type": "tableRow", "content": row.into_iter().map(cell).collect::<Vec<_>>()})
    });
    json!({"type": "table", "content": rows.collect::<Vec<_>>()})
}

fn line(spans: Vec<Span>) -> Vec<Value> {
    let mut nodes = Vec::new();
    for Span { content, style } in spans {
        match content {
            Content::Break => nodes.push(json!({"type": "hardBreak"})),
            Content::Text(text) if text.is_empty() => {}
            Content::Text(text) => match style.link.as_deref().and_then(|link| link.strip_prefix(MENTION)) {
                Some(id) if !id.is_empty() => nodes.push(mention(id, &text)),
                _ => nodes.push(marked(text, &style)),
            },
            Content::Image { url, alt } => {
                let text = [alt.as_str(), url.as_str()].into_iter().find(|text| !text.is_empty());
                if let Some(text) = text {
                    nodes.push(marked(text.to_owned(), &Style { link: Some(url.as_str().into()), ..style }));
                }
            }
        }
    }
    nodes
}

fn mention(id: &str, name: &str) -> Value {
    json!({"type": "mention", "attrs": {"id": id, "text": format!("@{}", name.trim_start_matches('@'))}})
}

/// A text with its marks. Code goes with links only.
fn marked(text: String, style: &Style) -> Value {
    let mut marks = Vec::new();
    if let Some(link) = style.link.as_deref().filter(|link| !link.is_empty() && is_safe_link(link)) {
        marks.push(json!({"type": "link", "attrs": {"href": link}}));
    }
    if style.code {
        marks.push(json!({"type": "code"}));
    } else {
        let named = [("strong", style.strong), ("em", style.emphasis), ("strike", style.strike)];
        marks.extend(named.into_iter().filter(|(_, has)| *has).map(|(name, _)| json!({"type": name})));
    }
    let mut node =
        Map::from_iter([("type".to_owned(), json!("text")), ("text".to_owned(), Value::String(text))]);
    if !marks.is_empty() {
        node.insert("marks".to_owned(), Value::Array(marks));
    }
    Value::Object(node)
}
