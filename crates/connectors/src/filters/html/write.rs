//! From a tree to HTML that is XHTML as well.

use std::fmt::Write as _;

use crate::filters::rich_text::{Block, Content, Item, Panel, Span, Style, checkbox, is_safe_link};

/// Writes blocks.
pub(super) fn write(blocks: &[Block]) -> String {
    let mut out = String::new();
    push_blocks(&mut out, blocks);
    out
}

fn push_blocks(out: &mut String, blocks: &[Block]) {
    for block in blocks {
        push_block(out, block);
    }
}

fn push_block(out: &mut String, block: &Block) {
    match block {
        Block::Paragraph(spans) => within(out, "p", |out| push_line(out, spans)),
        Block::Heading(level, spans) => {
            within(out, &format!("h{}", level.clamp(&1, &6)), |out| push_line(out, spans));
        }
        Block::List { first, items } => push_list(out, *first, items),
        Block::Code { language, text } => {
            out.push_str("<pre><code");
            if !language.is_empty() {
                out.push_str(" class=\"language-");
                push_escaped(out, language);
                out.push('"');
            }
            out.push('>');
            push_escaped(out, text);
            out.push_str("</code></pre>");
        }
        Block::Quote(panel, blocks) => within(out, "blockquote", |out| {
            if let Some(panel) = panel {
                within(out, "p", |out| within(out, "strong", |out| out.push_str(title(*panel))));
            }
            push_blocks(out, blocks);
        }),
        Block::Table(rows) => within(out, "table", |out| {
            for (number, row) in rows.iter().enumerate() {
                let cell = if number == 0 { "th" } else { "td" };
                within(out, "tr", |out| {
                    row.iter().for_each(|spans| within(out, cell, |out| push_line(out, spans)));
                });
            }
        }),
        Block::Rule => out.push_str("<hr/>"),
    }
}

fn title(panel: Panel) -> &'static str {
    match panel {
        Panel::Info => "Note",
        Panel::Important => "Important",
        Panel::Tip => "Tip",
        Panel::Warning => "Warning",
        Panel::Error => "Caution",
    }
}

fn push_list(out: &mut String, first: Option<u64>, items: &[Item]) {
    let tag = if first.is_some() { "ol" } else { "ul" };
    match first {
        Some(first) if first != 1 => {
            let _ = write!(out, "<ol start=\"{first}\">");
        }
        _ => {
            let _ = write!(out, "<{tag}>");
        }
    }
    for item in items {
        within(out, "li", |out| {
            out.push_str(item.done.map_or("", checkbox));
            match item.blocks.as_slice() {
                // A paragraph would set the items apart.
                [Block::Paragraph(spans), lists @ ..]
                    if lists.iter().all(|block| matches!(block, Block::List { .. })) =>
                {
                    push_line(out, spans);
                    push_blocks(out, lists);
                }
                blocks => push_blocks(out, blocks),
            }
        });
    }
    let _ = write!(out, "</{tag}>");
}

fn within(out: &mut String, tag: &str, inside: impl FnOnce(&mut String)) {
    let _ = write!(out, "<{tag}>");
    inside(out);
    let _ = write!(out, "</{tag}>");
}

fn push_line(out: &mut String, spans: &[Span]) {
    for Span { content, style } in spans {
        let tags = tags(style);
        // A mention means something in Confluence and Jira only, an unsafe link nothing.
        let link = style.link.as_deref().filter(|link| is_safe_link(link));
        if let Some(link) = link {
            out.push_str("<a href=\"");
            push_escaped(out, link);
            out.push_str("\">");
        }
        tags.iter().for_each(|tag| out.extend(["<", tag, ">"]));
        match content {
            Content::Text(text) => push_escaped(out, text),
            Content::Break => out.push_str("<br/>"),
            Content::Image { url, alt } if is_safe_link(url) => {
                out.push_str("<img src=\"");
                push_escaped(out, url);
                out.push_str("\" alt=\"");
                push_escaped(out, alt);
                out.push_str("\"/>");
            }
            Content::Image { alt, .. } => push_escaped(out, alt),
        }
        tags.iter().rev().for_each(|tag| out.extend(["</", tag, ">"]));
        if link.is_some() {
            out.push_str("</a>");
        }
    }
}

fn tags(style: &Style) -> Vec<&'static str> {
    let tags =
        [("strong", style.strong), ("em", style.emphasis), ("del", style.strike), ("code", style.code)];
    tags.into_iter().filter(|(_, has)| *has).map(|(tag, _)| tag).collect()
}

fn push_escaped(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter if letter.is_control() && !matches!(letter, '\n' | '\t') => {}
            letter => out.push(letter),
        }
    }
}
