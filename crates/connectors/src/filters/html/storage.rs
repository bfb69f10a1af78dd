//! The tags that Confluence's storage format has besides those of HTML: links, images, tasks and macros.

use std::borrow::Cow;

use super::read::{Reader, Tag, attribute};
use crate::filters::rich_text::builder::Kind;
use crate::filters::rich_text::{Content, MENTION, Panel, is_safe_link};

/// How many macros may lie within each other.
const MAX_MACROS: usize = 64;

/// What is open of Confluence's own tags.
#[derive(Debug, Default)]
pub(super) struct Storage {
    macros: Vec<Macro>,
    /// The tag whose text is for us and not for readers.
    aside: Option<Aside>,
    /// What a link or an image is called if it does not say so itself.
    title: Option<String>,
    /// The description of an image that is open.
    image: Option<String>,
}

#[derive(Debug)]
struct Macro {
    name: String,
    panel: Option<Panel>,
    language: String,
}

impl Macro {
    fn is_code(&self) -> bool {
        matches!(self.name.as_str(), "code" | "noformat")
    }

    /// Whether it stands in a line.
    fn is_inline(&self) -> bool {
        matches!(self.name.as_str(), "jira" | "status")
    }

    /// Whether readers see this parameter.
    fn shows(&self, parameter: &str) -> bool {
        match self.name.as_str() {
            "jira" => parameter == "key",
            "status" | "expand" => parameter == "title",
            _ => self.panel.is_some() && parameter == "title",
        }
    }
}

/// A text that is not shown.
#[derive(Debug, PartialEq, Eq)]
enum Aside {
    Language,
    TaskStatus,
    Other,
}

impl Storage {
    /// Takes a tag that is Confluence's own.
    pub(super) fn start(reader: &mut Reader, name: &str, tag: &Tag) -> bool {
        match name {
            "ac:structured-macro" | "ac:macro" => {
                let name = attribute(tag, "ac:name").unwrap_or_default();
                let panel = panel(&name).filter(|_| !tag.self_closing);
                if let Some(panel) = panel {
                    reader.builder.open(Kind::Quote(Some(panel)));
                }
                if !tag.self_closing && reader.storage().macros.len() < MAX_MACROS {
                    let open = Macro { name, panel, language: String::new() };
                    if !open.is_inline() {
                        reader.builder.paragraph();
                    }
                    reader.storage().macros.push(open);
                }
            }
            "ac:parameter" if !tag.self_closing => {
                let name = attribute(tag, "ac:name").unwrap_or_default();
                let shown = reader.storage().macros.last().is_some_and(|open| open.shows(&name));
                if shown {
                    reader.builder.style.strong = true;
                } else {
                    let is_language = name == "language";
                    reader.storage().aside = Some(if is_language { Aside::Language } else { Aside::Other });
                }
            }
            // The same contents once more.
            "ac:adf-fallback" if !tag.self_closing => reader.storage().aside = Some(Aside::Other),
            "ac:plain-text-body" => match reader.storage().macros.last_mut() {
                Some(open) if open.is_code() => {
                    let language = std::mem::take(&mut open.language);
                    reader.builder.paragraph();
                    reader.code = Some((language, String::new()));
                }
                _ if !tag.self_closing => reader.storage().aside = Some(Aside::Other),
                _ => {}
            },
            "ac:task-list" => reader.builder.open(Kind::List(None)),
            "ac:task" => reader.builder.open(Kind::Item),
            "ac:task-id" | "ac:task-uuid" => reader.storage().aside = Some(Aside::Other),
            "ac:task-status" => reader.storage().aside = Some(Aside::TaskStatus),
            "ac:link" => reader.storage().title = None,
            "ac:image" => reader.storage().image = Some(attribute(tag, "ac:alt").unwrap_or_default()),
            "ac:link-body" | "ac:plain-text-link-body" => reader.storage().title = None,
            "ri:user" => {
                let account = attribute(tag, "ri:account-id");
                reader.builder.style.link = account.map(|account| format!("{MENTION}{account}").into());
                reader.builder.text("@user");
                reader.builder.style.link = None;
            }
            "ri:page" | "ri:blog-post" => reader.storage().title = attribute(tag, "ri:content-title"),
            "ri:attachment" | "ri:url" => {
                let url =
                    attribute(tag, "ri:filename").or_else(|| attribute(tag, "ri:value")).unwrap_or_default();
                match reader.storage().image.take() {
                    Some(alt) if !is_safe_link(&url) => reader.builder.text(&alt),
                    Some(alt) => reader.builder.content(Content::Image { url, alt }),
                    None => reader.storage().title = Some(url),
                }
            }
            "ac:emoticon" => {
                let emoji =
                    attribute(tag, "ac:emoji-fallback").or_else(|| attribute(tag, "ac:emoji-shortname"));
                reader.builder.text(&emoji.unwrap_or_default());
            }
            "time" if tag.self_closing => {
                reader.builder.text(&attribute(tag, "datetime").unwrap_or_default());
            }
            _ => return false,
        }
        true
    }

    /// Takes the end of a tag that is Confluence's own.
    pub(super) fn end(reader: &mut Reader, name: &str) -> bool {
        match name {
            "ac:structured-macro" | "ac:macro" => {
                reader.storage().aside = None;
                if let Some(Macro { panel: Some(panel), .. }) = reader.storage().macros.pop() {
                    reader.builder.close(Kind::Quote(Some(panel)));
                }
            }
            "ac:plain-text-body" if reader.code.is_some() => reader.end_code(),
            "ac:parameter" if reader.storage().aside.is_none() => {
                reader.builder.style.strong = false;
                if !reader.storage().macros.last().is_some_and(|open| open.is_inline()) {
                    reader.builder.paragraph();
                }
            }
            "ac:parameter" | "ac:plain-text-body" | "ac:task-id" | "ac:task-uuid" | "ac:task-status"
            | "ac:adf-fallback" => {
                reader.storage().aside = None;
            }
            "ac:task-list" => reader.builder.close(Kind::List(None)),
            "ac:task" => reader.builder.close(Kind::Item),
            "ac:image" => reader.storage().image = None,
            "ac:link" => {
                if let Some(title) = reader.storage().title.take() {
                    reader.builder.text(&title);
                }
            }
            _ => return false,
        }
        true
    }

    /// Takes a text that is not for readers.
    pub(super) fn text(reader: &mut Reader, text: &str) -> bool {
        match reader.storage().aside {
            None => return false,
            Some(Aside::Language) => {
                if let Some(Macro { language, .. }) = reader.storage().macros.last_mut() {
                    language.push_str(text.trim());
                }
            }
            Some(Aside::TaskStatus) => reader.builder.task(text.trim() == "complete"),
            Some(Aside::Other) => {}
        }
        true
    }
}

fn panel(name: &str) -> Option<Panel> {
    Some(match name {
        "info" | "panel" => Panel::Info,
        "note" => Panel::Important,
        "tip" => Panel::Tip,
        "warning" => Panel::Warning,
        _ => return None,
    })
}

/// The texts of CDATA sections as HTML has them, which knows no such sections.
pub(super) fn without_cdata(html: &str) -> Cow<'_, str> {
    const START: &str = "<![CDATA[";
    const END: &str = "]]>";
    if !html.contains(START) {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, section)) = rest.split_once(START) {
        out.push_str(before);
        // One that does not end is none, so what is behind it stays what it is.
        let Some((text, after)) = section.split_once(END) else {
            out.push_str(section);
            return Cow::Owned(out);
        };
        for letter in text.chars() {
            match letter {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                letter => out.push(letter),
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}
