//! From Markdown to a tree.

use std::borrow::Cow;

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::address::addresses;
use crate::filters::rich_text::builder::{Builder, Kind};
use crate::filters::rich_text::{Block, Content, Panel, readable};

/// Reads Markdown. HTML in it is a text like any other, except that comments are left out and `<br>` ends a line.
pub(in crate::filters) fn read(text: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    let mut reader = Reader::default();
    for event in Parser::new_ext(readable(text), options) {
        reader.event(event);
    }
    reader.builder.finish()
}

#[derive(Default)]
struct Reader {
    builder: Builder,
    marks: Marks,
    /// The code block that is being read.
    code: Option<(String, String)>,
    /// The image that is being read: its URL, its description, and how many images lie within it.
    image: Option<(String, String, usize)>,
    /// The block of HTML that is being read, which comes line by line.
    html: Option<String>,
}

/// How many marks of each kind are open.
#[derive(Default)]
struct Marks {
    strong: usize,
    emphasis: usize,
    strike: usize,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => {
                self.builder.style.code = true;
                self.text(&code);
                self.builder.style.code = false;
            }
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html),
            Event::SoftBreak | Event::HardBreak if self.image.is_some() => self.text(" "),
            Event::SoftBreak | Event::HardBreak => self.builder.content(Content::Break),
            Event::Rule => self.builder.block(Block::Rule),
            Event::TaskListMarker(done) => self.builder.task(done),
            // Extensions that are not asked for.
            Event::FootnoteReference(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn text(&mut self, text: &str) {
        match (&mut self.code, &mut self.image) {
            (Some((_, code)), _) => code.push_str(text),
            (None, Some((_, description, _))) => description.push_str(text),
            (None, None) if self.builder.style.link.is_some() || self.builder.style.code => {
                self.builder.text(text);
            }
            (None, None) => self.linked(text),
        }
    }

    fn html(&mut self, html: &str) {
        if let Some(block) = &mut self.html {
            return block.push_str(html);
        }
        let tag: String = html.chars().filter(|letter| !letter.is_whitespace() && *letter != '/').collect();
        if tag.eq_ignore_ascii_case("<br>") {
            self.builder.content(Content::Break);
        } else {
            self.text(without_comments(html).trim_end_matches('\n'));
        }
    }

    /// A text whose web addresses are links, as on GitHub.
    fn linked(&mut self, text: &str) {
        for part in addresses(text) {
            self.builder.style.link = part.is_address.then(|| part.text.into());
            self.builder.text(part.text);
        }
        self.builder.style.link = None;
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::BlockQuote(kind) => self.builder.open(Kind::Quote(kind.map(panel))),
            Tag::List(first) => self.builder.open(Kind::List(first)),
            Tag::Item => self.builder.open(Kind::Item),
            Tag::Table(_) => self.builder.open(Kind::Table),
            Tag::TableHead => {
                self.builder.has_head();
                self.builder.open(Kind::Row);
            }
            Tag::TableRow => self.builder.open(Kind::Row),
            Tag::TableCell => self.builder.open(Kind::Cell),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => {
                        info.split([' ', ',']).next().unwrap_or_default().to_owned()
                    }
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::HtmlBlock => {
                self.builder.paragraph();
                self.html = Some(String::new());
            }
            Tag::Paragraph | Tag::Heading { .. } => self.builder.paragraph(),
            Tag::Strong => self.mark(|marks| marks.strong += 1),
            Tag::Emphasis => self.mark(|marks| marks.emphasis += 1),
            Tag::Strikethrough => self.mark(|marks| marks.strike += 1),
            Tag::Link { dest_url, .. } => self.builder.style.link = Some(dest_url.as_ref().into()),
            Tag::Image { dest_url, .. } => match &mut self.image {
                Some((_, _, within)) => *within += 1,
                None => self.image = Some((dest_url.into_string(), String::new(), 0)),
            },
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::BlockQuote(kind) => self.builder.close(Kind::Quote(kind.map(panel))),
            TagEnd::List(_) => self.builder.close(Kind::List(None)),
            TagEnd::Item => self.builder.close(Kind::Item),
            TagEnd::Table => self.builder.close(Kind::Table),
            TagEnd::TableHead | TagEnd::TableRow => self.builder.close(Kind::Row),
            TagEnd::TableCell => self.builder.close(Kind::Cell),
            TagEnd::CodeBlock => {
                if let Some((language, mut text)) = self.code.take() {
                    text.truncate(text.strip_suffix('\n').map_or(text.len(), str::len));
                    self.builder.block(Block::Code { language, text });
                }
            }
            TagEnd::Heading(level) => self.builder.heading(level_of(level)),
            TagEnd::HtmlBlock => {
                if let Some(html) = self.html.take() {
                    self.html(&html);
                }
                self.builder.paragraph();
            }
            TagEnd::Paragraph => self.builder.paragraph(),
            TagEnd::Strong => self.mark(|marks| marks.strong -= 1),
            TagEnd::Emphasis => self.mark(|marks| marks.emphasis -= 1),
            TagEnd::Strikethrough => self.mark(|marks| marks.strike -= 1),
            TagEnd::Link => self.builder.style.link = None,
            TagEnd::Image => match self.image.take() {
                Some((url, alt, 0)) => self.builder.content(Content::Image { url, alt }),
                Some((url, alt, within)) => self.image = Some((url, alt, within - 1)),
                None => {}
            },
            _ => {}
        }
    }

    fn mark(&mut self, change: impl FnOnce(&mut Marks)) {
        change(&mut self.marks);
        let style = &mut self.builder.style;
        style.strong = self.marks.strong > 0;
        style.emphasis = self.marks.emphasis > 0;
        style.strike = self.marks.strike > 0;
    }
}

/// HTML without its comments; one that does not end takes the rest.
fn without_comments(html: &str) -> Cow<'_, str> {
    if !html.contains("<!--") {
        return html.into();
    }
    let (mut kept, mut rest) = (String::with_capacity(html.len()), html);
    while let Some((before, comment)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept.into()
}

fn panel(kind: BlockQuoteKind) -> Panel {
    match kind {
        BlockQuoteKind::Note => Panel::Info,
        BlockQuoteKind::Important => Panel::Important,
        BlockQuoteKind::Tip => Panel::Tip,
        BlockQuoteKind::Warning => Panel::Warning,
        BlockQuoteKind::Caution => Panel::Error,
    }
}

fn level_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
