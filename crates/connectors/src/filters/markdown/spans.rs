//! The pieces of a line as Markdown. Styles are runs of pieces in the tree and nested delimiters in Markdown, which only
//! count where blanks and punctuation around them allow it.

use std::rc::Rc;

use super::address::addresses;
use super::escape::{Surroundings, is_entity, longest_run, push_escaped};
use crate::filters::rich_text::{Content, Span, Style, push_text, trimmed};

/// Where lines are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Paragraph,
    /// All on one line.
    Heading,
    /// All on one line, without bars.
    Cell,
}

/// A style that delimiters say.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mark {
    Link(Rc<str>),
    Strong,
    Emphasis,
    Strike,
}

impl Mark {
    const STYLES: [Self; 3] = [Self::Strong, Self::Emphasis, Self::Strike];

    fn delimiter(&self) -> &'static str {
        match self {
            Self::Link(_) => "[",
            Self::Strong => "**",
            Self::Emphasis => "*",
            Self::Strike => "~~",
        }
    }

    fn is_in(&self, style: &Style) -> bool {
        match self {
            Self::Link(url) => style.link.as_ref() == Some(url),
            Self::Strong => style.strong,
            Self::Emphasis => style.emphasis,
            Self::Strike => style.strike,
        }
    }

    fn remove_from(&self, style: &mut Style) {
        match self {
            Self::Link(_) => style.link = None,
            Self::Strong => style.strong = false,
            Self::Emphasis => style.emphasis = false,
            Self::Strike => style.strike = false,
        }
    }
}

/// Writes the pieces of a line. Lines within it are ended by a line feed.
pub(super) fn line(spans: &[Span], place: Place) -> String {
    let mut spans = pieces(spans);
    settle_blanks(&mut spans);
    for mark in &Mark::STYLES {
        drop_what_does_not_count(&mut spans, mark);
    }
    let ends = run_ends(&spans);
    let mut writer = Writer { out: String::new(), open: Vec::new(), place, at_start: true, closed: false };
    for (at, span) in spans.iter().enumerate() {
        writer.close_unless(&span.style);
        if let Some(address) = writer.address(&spans, at) {
            writer.push(&address);
            continue;
        }
        // A delimiter before a blank would open nothing.
        if !span.is_blank() || span.style.code {
            writer.open_for(&span.style, &ends[at]);
        }
        let next = spans.get(at + 1);
        writer.span(span, next);
    }
    writer.close_unless(&Style::default());
    let mut out = writer.out;
    if place == Place::Heading && out.ends_with('#') {
        out.insert(out.len() - 1, '\\');
    }
    out
}

/// Trimmed pieces, in which no text has a line feed, a styled one neither begins nor ends in a blank, and web addresses are
/// links.
fn pieces(spans: &[Span]) -> Vec<Span> {
    let mut merged = Vec::new();
    for span in trimmed(spans.to_vec()) {
        match &span.content {
            Content::Text(text) if span.style.code => {
                push_text(&mut merged, &text.replace('\n', " "), &span.style);
            }
            Content::Text(text) => push_text(&mut merged, text, &span.style),
            _ => merged.push(span),
        }
    }
    let mut pieces = Vec::with_capacity(merged.len());
    for span in merged {
        match &span.content {
            Content::Text(text) if !span.style.code => push_parts(&mut pieces, text, &span.style),
            _ => pieces.push(span),
        }
    }
    pieces
}

fn push_parts(pieces: &mut Vec<Span>, text: &str, style: &Style) {
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len().max(start);
    let whole = |part: &str, style: &Style| Span::text(part, style.clone());
    pieces.extend((start > 0).then(|| whole(&text[..start], style)));
    if style.link.is_some() {
        pieces.extend((end > start).then(|| whole(&text[start..end], style)));
    } else {
        for part in addresses(&text[start..end]) {
            let link = part.is_address.then(|| part.text.into());
            pieces.push(whole(part.text, &Style { link, ..style.clone() }));
        }
    }
    pieces.extend((end < text.len()).then(|| whole(&text[end..], style)));
}

/// Gives blanks and breaks the styles that the pieces on both sides share.
fn settle_blanks(spans: &mut [Span]) {
    let solid = |span: &Span| !span.is_blank() || span.style.code;
    let mut before = Style::default();
    let mut at = 0;
    while at < spans.len() {
        if solid(&spans[at]) {
            before = spans[at].style.clone();
            at += 1;
            continue;
        }
        let blanks = spans[at..].iter().take_while(|span| !solid(span)).count();
        let after = spans.get(at + blanks).map(|span| span.style.clone()).unwrap_or_default();
        let shared = Style {
            strong: before.strong && after.strong,
            emphasis: before.emphasis && after.emphasis,
            strike: before.strike && after.strike,
            code: false,
            link: before.link.clone().filter(|link| after.link.as_ref() == Some(link)),
        };
        spans[at..at + blanks].iter_mut().for_each(|span| span.style = shared.clone());
        at += blanks;
    }
}

/// Drops a mark from runs at whose ends its delimiter would be a text: within words, beside punctuation.
fn drop_what_does_not_count(spans: &mut [Span], mark: &Mark) {
    let mut at = 0;
    while at < spans.len() {
        let length = spans[at..].iter().take_while(|span| mark.is_in(&span.style)).count();
        let end = at + length;
        if length > 0 {
            let opens = counts(at.checked_sub(1).and_then(|at| last(&spans[at])), first(&spans[at]));
            let closes = counts(spans.get(end).and_then(first), last(&spans[end - 1]));
            if !(opens && closes) {
                spans[at..end].iter_mut().for_each(|span| mark.remove_from(&mut span.style));
            }
        }
        at = end.max(at + 1);
    }
}

/// Whether a delimiter between a letter outside and one inside counts (the flanking rules of CommonMark).
fn counts(outside: Option<char>, inside: Option<char>) -> bool {
    let word = |letter: char| letter.is_alphanumeric();
    match (outside, inside) {
        (_, None) => false,
        (outside, Some(inside)) => {
            !inside.is_whitespace() && (word(inside) || outside.is_none_or(|letter| !word(letter)))
        }
    }
}

/// The first letter that Markdown has for a piece, behind delimiters of emphasis.
fn first(span: &Span) -> Option<char> {
    edge(span, |text| text.chars().next())
}

fn last(span: &Span) -> Option<char> {
    edge(span, |text| text.chars().next_back())
}

fn edge(span: &Span, letter: impl Fn(&str) -> Option<char>) -> Option<char> {
    match &span.content {
        Content::Break => None,
        Content::Image { .. } => Some('!'),
        Content::Text(_) if span.style.code || span.style.link.is_some() => Some('['),
        Content::Text(text) => letter(text),
    }
}

/// For each piece, where the run ends that it is in: of its link and of each style.
fn run_ends(spans: &[Span]) -> Vec<[usize; 4]> {
    let mut ends = vec![[0; 4]; spans.len()];
    let mut after: Option<(&Style, [usize; 4])> = None;
    for (at, span) in spans.iter().enumerate().rev() {
        let mut own = [at + 1; 4];
        if let Some((style, next)) = after {
            if span.style.link == style.link {
                own[0] = next[0];
            }
            for (mark, place) in Mark::STYLES.iter().zip(1..) {
                if mark.is_in(&span.style) && mark.is_in(style) {
                    own[place] = next[place];
                }
            }
        }
        ends[at] = own;
        after = Some((&span.style, own));
    }
    ends
}

struct Writer {
    out: String,
    open: Vec<Mark>,
    place: Place,
    at_start: bool,
    /// Whether the last thing written closes a style.
    closed: bool,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.at_start = false;
        self.closed = false;
    }

    /// A piece that is a link called as it leads, as its address alone.
    fn address(&self, spans: &[Span], at: usize) -> Option<String> {
        let Span { content: Content::Text(text), style } = &spans[at] else { return None };
        let lone = |other: Option<&Span>| other.is_none_or(|other| other.style.link != style.link);
        let (before, after) = (at.checked_sub(1).and_then(|at| spans.get(at)), spans.get(at + 1));
        let plain =
            |letter: char| letter.is_ascii_graphic() && !matches!(letter, '<' | '>' | '\\' | '&' | '|');
        let is_address = style.link.as_deref() == Some(text)
            && *style == (Style { link: style.link.clone(), ..Style::default() })
            && (text.starts_with("https://") || text.starts_with("http://"))
            && text.chars().all(plain)
            && lone(before)
            && lone(after);
        let alone = |letter: Option<char>| letter.is_none_or(char::is_whitespace);
        let harmless = |letter: char| {
            letter.is_ascii_alphanumeric() || matches!(letter, '/' | '.' | ':' | '-' | '?' | '=' | '%')
        };
        let bare = alone(before.and_then(last))
            && alone(after.and_then(first))
            && text.chars().all(harmless)
            && text.ends_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '/');
        is_address.then(|| if bare { text.clone() } else { format!("<{text}>") })
    }

    /// Closes what a style has not.
    fn close_unless(&mut self, style: &Style) {
        while self.open.iter().any(|mark| !mark.is_in(style)) {
            match self.open.pop() {
                Some(Mark::Link(url)) => {
                    self.out.push_str("](");
                    self.out.push_str(&destination(&url, self.place));
                    self.out.push(')');
                    self.closed = false;
                }
                Some(mark) => {
                    self.out.push_str(mark.delimiter());
                    self.closed = true;
                }
                None => {}
            }
        }
    }

    /// Opens what a style has and is not open, what stays open for longest first.
    fn open_for(&mut self, style: &Style, ends: &[usize; 4]) {
        let link = style.link.clone().map(Mark::Link);
        let marks = link.into_iter().map(|link| (ends[0], link));
        let styles = Mark::STYLES.into_iter().zip(&ends[1..]).map(|(mark, end)| (*end, mark));
        let mut wanted: Vec<(usize, Mark)> = marks.chain(styles).collect();
        wanted.retain(|(_, mark)| mark.is_in(style) && !self.open.contains(mark));
        wanted.sort_by_key(|(end, _)| std::cmp::Reverse(*end));
        // Delimiters that close and delimiters that open would be taken for one.
        wanted.retain(|(_, mark)| !self.closed || matches!(mark, Mark::Link(_)));
        for (_, mark) in wanted {
            // An exclamation mark would make the link an image.
            if matches!(mark, Mark::Link(_)) && self.out.ends_with('!') {
                self.out.insert(self.out.len() - 1, '\\');
            }
            self.push(mark.delimiter());
            self.open.push(mark);
        }
    }

    fn span(&mut self, span: &Span, next: Option<&Span>) {
        match &span.content {
            Content::Break => self.line_break(),
            Content::Image { url, alt } => {
                self.push("![");
                // A line feed in it could begin a block of its own.
                self.escaped(&alt.replace(char::is_control, " "), Some(']'), true);
                let url = destination(url, self.place);
                self.push(&format!("]({url})"));
            }
            Content::Text(text) if span.style.code => self.code(text),
            Content::Text(text) => {
                let after = next.and_then(first).or_else(|| next.map(|_| ' '));
                let style_ends = next.is_some_and(|next| next.style != span.style);
                let in_link = self.open.iter().any(|mark| matches!(mark, Mark::Link(_)));
                self.escaped(text, if style_ends { Some('*') } else { after }, in_link);
            }
        }
    }

    fn line_break(&mut self) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
        match self.place {
            Place::Paragraph => {
                self.out.push('\n');
                self.at_start = true;
            }
            Place::Heading => self.out.push(' '),
            Place::Cell => self.out.push_str("<br>"),
        }
    }

    fn code(&mut self, text: &str) {
        let ticks = "`".repeat(longest_run(text) + 1);
        let at_edge = |edge: char| text.starts_with(edge) || text.ends_with(edge);
        let pad = if at_edge('`') || (at_edge(' ') && !text.trim().is_empty()) { " " } else { "" };
        let text = if self.place == Place::Cell { text.replace('|', "\\|") } else { text.to_owned() };
        self.push(&format!("{ticks}{pad}{text}{pad}{ticks}"));
    }

    fn escaped(&mut self, text: &str, after: Option<char>, in_link: bool) {
        let text = if self.at_start && self.place == Place::Paragraph { text.trim_start() } else { text };
        let before = if self.at_start { None } else { self.out.chars().next_back() };
        let around = Surroundings { before, after, in_cell: self.place == Place::Cell, in_link };
        push_escaped(&mut self.out, text, around);
        self.at_start &= text.is_empty();
        self.closed &= text.is_empty();
    }
}

/// Where a link leads to, as Markdown writes it.
fn destination(url: &str, place: Place) -> String {
    let mut out = String::with_capacity(url.len() + 2);
    let quoted = url.is_empty() || url.chars().any(|letter| matches!(letter, ' ' | '(' | ')' | '<' | '>'));
    if quoted {
        out.push('<');
    }
    for (at, letter) in url.char_indices() {
        match letter {
            letter if letter.is_control() => continue,
            '<' | '>' | '\\' => out.push('\\'),
            '|' if place == Place::Cell => out.push('\\'),
            '&' if is_entity(&url[at + 1..]) => out.push('\\'),
            _ => {}
        }
        out.push(letter);
    }
    if quoted {
        out.push('>');
    }
    out
}
