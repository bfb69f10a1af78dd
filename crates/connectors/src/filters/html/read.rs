//! From HTML to a tree. Tags need not fit together, and most of what mail has for its looks is left out.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{HtmlString, StartTag, Token, Tokenizer};

use super::hidden::{Hidden, is_invisible};
use super::storage::{self, Storage};
use crate::filters::rich_text::builder::{Builder, Kind};
use crate::filters::rich_text::{Block, Content, is_safe_link, push_text};

/// A tag that opens an element.
pub(super) type Tag = StartTag<()>;

/// Tags that stand on lines of their own, besides those that mean more than this.
const BLOCKS: [&str; 26] = [
    "address",
    "article",
    "aside",
    "body",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "header",
    "html",
    "main",
    "nav",
    "p",
    "section",
    "summary",
    "ac:layout-cell",
    "ac:layout-section",
    "ac:rich-text-body",
    "ac:task-body",
];

/// Reads HTML.
pub(super) fn read(html: &str) -> Vec<Block> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let html = storage::without_cdata(html);
    let mut reader = Reader::default();
    for token in Tokenizer::new_with_emitter(html.as_ref(), emitter) {
        match token {
            Ok(Token::StartTag(tag)) => reader.start(&tag),
            Ok(Token::EndTag(tag)) => reader.end(&name_of(&tag.name)),
            Ok(Token::String(text)) => reader.text(&String::from_utf8_lossy(&text)),
            Ok(Token::Comment(_) | Token::Doctype(_) | Token::Error(_)) => {}
            Err(never) => match never {},
        }
    }
    reader.finish()
}

/// What is open.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) builder: Builder,
    /// What is left out.
    hidden: Option<Hidden>,
    /// How many tags are open that mean strong, emphasised, struck and coded texts.
    marks: [usize; 4],
    heading: Option<u8>,
    /// The preformatted text, and its language.
    pub(super) code: Option<(String, String)>,
    storage: Storage,
}

impl Reader {
    pub(super) fn storage(&mut self) -> &mut Storage {
        &mut self.storage
    }

    /// Ends what is still open.
    fn finish(mut self) -> Vec<Block> {
        self.end_code();
        if let Some(level) = self.heading {
            self.builder.heading(level);
        }
        self.builder.finish()
    }

    fn start(&mut self, tag: &Tag) {
        let name = name_of(&tag.name);
        if self.hidden.as_mut().is_some_and(|hidden| hidden.start(&name, tag)) {
            return;
        }
        self.hidden = Hidden::of(&name, tag);
        if self.hidden.is_some() {
            return;
        }
        if Storage::start(self, &name, tag) {
            return;
        }
        match name.as_str() {
            "br" => self.line_break(),
            "hr" => self.builder.block(Block::Rule),
            "img" => self.image(tag),
            "a" => {
                let link = attribute(tag, "href").map(|href| href.trim().to_owned());
                let link =
                    link.filter(|link| !link.is_empty() && !link.starts_with('#') && is_safe_link(link));
                self.builder.style.link = link.map(Into::into);
            }
            "ul" | "menu" => self.builder.open(Kind::List(None)),
            "ol" => {
                let first = attribute(tag, "start").and_then(|start| start.parse().ok()).unwrap_or(1);
                self.builder.open(Kind::List(Some(first)));
            }
            "li" => self.next(Kind::Item),
            "blockquote" => self.builder.open(Kind::Quote(None)),
            "table" => self.builder.open(Kind::Table),
            "tr" => {
                self.builder.close_open(Kind::Cell);
                self.next(Kind::Row);
            }
            "td" | "th" => {
                if self.builder.needs_row() {
                    self.builder.open(Kind::Row);
                }
                if name == "th" {
                    self.builder.has_head_cells();
                }
                self.next(Kind::Cell);
            }
            // Chats of Teams have emoji and blocks of code as tags of their own.
            "emoji" | "customemoji" => self.text(&attribute(tag, "alt").unwrap_or_default()),
            "pre" | "codeblock" if self.code.is_none() => {
                self.builder.paragraph();
                self.code = Some((language_of(tag), String::new()));
            }
            "code" if self.code.is_some() => {
                if let Some((language, _)) = &mut self.code
                    && language.is_empty()
                {
                    *language = language_of(tag);
                }
            }
            _ => match heading(&name) {
                Some(level) => {
                    self.builder.paragraph();
                    self.heading = Some(level);
                }
                None => self.other(&name, true),
            },
        }
    }

    pub(super) fn end(&mut self, name: &str) {
        if let Some(hidden) = &mut self.hidden {
            if !hidden.end(name) {
                self.hidden = None;
            }
            return;
        }
        if Storage::end(self, name) {
            return;
        }
        match name {
            "a" => self.builder.style.link = None,
            "ul" | "ol" | "menu" => self.builder.close(Kind::List(None)),
            "li" => self.builder.close(Kind::Item),
            "blockquote" => self.builder.close(Kind::Quote(None)),
            "table" => self.builder.close(Kind::Table),
            "tr" => self.builder.close(Kind::Row),
            "td" | "th" => self.builder.close(Kind::Cell),
            "pre" | "codeblock" => self.end_code(),
            _ => match (heading(name), self.heading) {
                (Some(_), Some(level)) => {
                    self.builder.heading(level);
                    self.heading = None;
                }
                _ => self.other(name, false),
            },
        }
    }

    /// Tags that begin and end in the same way: marks and blocks.
    fn other(&mut self, name: &str, starts: bool) {
        let mark = match name {
            "strong" | "b" => 0,
            "em" | "i" => 1,
            "s" | "del" | "strike" => 2,
            "code" | "kbd" | "samp" | "tt" => 3,
            _ if self.heading.is_some() => return self.blank(),
            _ if BLOCKS.contains(&name) => return self.builder.paragraph(),
            _ => return,
        };
        self.marks[mark] = if starts { self.marks[mark] + 1 } else { self.marks[mark].saturating_sub(1) };
        let style = &mut self.builder.style;
        [style.strong, style.emphasis, style.strike, style.code] = self.marks.map(|open| open > 0);
    }

    /// Begins an item, a row or a cell. The one before it has ended then.
    fn next(&mut self, kind: Kind) {
        self.builder.close_open(kind);
        self.builder.open(kind);
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.hidden.is_some() || Storage::text(self, text) {
            return;
        }
        if let Some((_, code)) = &mut self.code {
            code.push_str(text);
            return;
        }
        // What pads the preview of a mail is no text.
        let padding = |letter: char| matches!(letter, '\u{34f}' | '\u{ad}' | '\u{200b}' | '\u{feff}');
        let text: String = text.chars().filter(|letter| !padding(*letter)).collect();
        let mut words = text.split(char::is_whitespace).filter(|word| !word.is_empty()).peekable();
        if text.starts_with(char::is_whitespace) || words.peek().is_none() {
            self.blank();
        }
        while let Some(word) = words.next() {
            self.builder.text(word);
            if words.peek().is_some() || text.ends_with(char::is_whitespace) {
                self.blank();
            }
        }
    }

    fn blank(&mut self) {
        if !self.builder.at_blank() {
            self.builder.text(" ");
        }
    }

    fn line_break(&mut self) {
        match &mut self.code {
            Some((_, code)) => code.push('\n'),
            None => self.builder.content(Content::Break),
        }
    }

    /// An image with a description. Others are there for the looks, or to tell that the mail was read.
    fn image(&mut self, tag: &Tag) {
        let alt = attribute(tag, "alt").unwrap_or_default().trim().to_owned();
        let url = attribute(tag, "src").unwrap_or_default();
        if alt.is_empty() || self.code.is_some() || is_invisible(tag) {
            return;
        }
        if url.starts_with("https://") || url.starts_with("http://") {
            self.builder.content(Content::Image { url, alt });
        } else {
            let mut spans = Vec::new();
            push_text(&mut spans, &alt, &self.builder.style);
            spans.into_iter().for_each(|span| self.builder.content(span.content));
        }
    }

    pub(super) fn end_code(&mut self) {
        if let Some((language, text)) = self.code.take() {
            let text = text.trim_matches(['\n', '\r']).to_owned();
            self.builder.block(Block::Code { language, text });
        }
    }
}

pub(super) fn attribute(tag: &Tag, name: &str) -> Option<String> {
    tag.attributes.get(name.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned())
}

fn name_of(name: &HtmlString) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn heading(name: &str) -> Option<u8> {
    let level = name.strip_prefix('h')?.parse().ok()?;
    (name.len() == 2 && (1..=6).contains(&level)).then_some(level)
}

/// The language of a preformatted text, as highlighters tell it.
fn language_of(tag: &Tag) -> String {
    let class = attribute(tag, "class").unwrap_or_default();
    let mut classes = class.split_whitespace();
    let language =
        classes.find_map(|class| class.strip_prefix("language-").or_else(|| class.strip_prefix("lang-")));
    language.unwrap_or_default().to_owned()
}
