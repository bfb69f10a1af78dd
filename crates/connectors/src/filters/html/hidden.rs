//! What of a page nobody reads: scripts and styles, and what mail hides, such as the text that pads its preview.

use super::read::{Tag, attribute};

/// Tags whose contents are for programs.
const TAGS: [&str; 13] = [
    "audio", "iframe", "math", "noembed", "noscript", "object", "script", "select", "style", "svg",
    "template", "title", "video",
];
/// Those among them whose contents are no tags: there `<script/>` opens too.
const RAW: [&str; 6] = ["iframe", "noembed", "noscript", "script", "style", "title"];
/// Tags that end a paragraph whose end is left out.
const END_PARAGRAPHS: [&str; 14] =
    ["blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "section", "table", "ul"];

/// Something that is hidden, and is open.
#[derive(Debug)]
pub(super) struct Hidden {
    name: String,
    /// How many tags of its name are open in it, itself included.
    open: usize,
}

impl Hidden {
    /// What a tag hides.
    pub(super) fn of(name: &str, tag: &Tag) -> Option<Self> {
        let opens = !tag.self_closing || RAW.contains(&name);
        let hides = TAGS.contains(&name) || (!is_void(name) && is_invisible(tag));
        (opens && hides).then(|| Self { name: name.to_owned(), open: 1 })
    }

    /// Takes a tag that opens in it. Says whether it is hidden too.
    pub(super) fn start(&mut self, name: &str, tag: &Tag) -> bool {
        if self.name == "p" && END_PARAGRAPHS.contains(&name) {
            return false;
        }
        self.open += usize::from(self.name == name && !tag.self_closing);
        true
    }

    /// Takes a tag that closes. Says whether more is hidden.
    pub(super) fn end(&mut self, name: &str) -> bool {
        self.open -= usize::from(self.name == name);
        self.open > 0
    }
}

/// Whether an element says that it is not shown.
pub(super) fn is_invisible(tag: &Tag) -> bool {
    let style = attribute(tag, "style").unwrap_or_default().to_ascii_lowercase();
    let style: String = style.chars().filter(|letter| !letter.is_whitespace()).collect();
    let says = |rule: &str| style.split(';').any(|own| own.trim_end_matches("!important") == rule);
    let has_no_height = says("max-height:0") || says("max-height:0px");
    attribute(tag, "hidden").is_some()
        || says("display:none")
        || says("visibility:hidden")
        || (has_no_height && says("overflow:hidden"))
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area" | "base" | "br" | "col" | "hr" | "img" | "input" | "link" | "meta" | "source" | "wbr"
    )
}
