//! The text of a slide (PresentationML, ECMA-376 part 1).

use roxmltree::{Document, Error, Node};

/// What is read of a slide.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slide {
    /// Its title, where it has one.
    pub(super) title: Option<String>,
    /// Its other paragraphs, one a line.
    pub(super) text: String,
    /// Whether it is left out when the presentation is shown.
    pub(super) hidden: bool,
}

/// Placeholders of what stands on every slide.
const EVERYWHERE: [&str; 4] = ["dt", "ftr", "hdr", "sldNum"];

/// Reads the part of a slide.
pub(super) fn read(part: &str) -> Result<Slide, Error> {
    let document = Document::parse(part)?;
    let (mut title, mut lines) = (Vec::new(), Vec::new());
    for (kind, line) in paragraphs(&document) {
        match kind {
            Some("title" | "ctrTitle") => title.push(line),
            Some(kind) if EVERYWHERE.contains(&kind) => {}
            _ => lines.push(line),
        }
    }
    let title = (!title.is_empty()).then(|| title.join(" "));
    let hidden = matches!(document.root_element().attribute("show"), Some("0" | "false"));
    Ok(Slide { title, text: lines.join("\n"), hidden })
}

/// Reads the part of a slide's notes.
pub(super) fn notes(part: &str) -> Result<String, Error> {
    let document = Document::parse(part)?;
    let lines = paragraphs(&document).filter(|(kind, _)| *kind == Some("body"));
    Ok(lines.map(|(_, line)| line).collect::<Vec<_>>().join("\n"))
}

/// The paragraphs that say something, each with the kind of the placeholder that it fills.
fn paragraphs<'d>(document: &'d Document<'d>) -> impl Iterator<Item = (Option<&'d str>, String)> {
    let found =
        document.descendants().filter(|node| is(node, "p") && node.parent().is_some_and(|it| is_body(&it)));
    // What older programs are to show instead of something new says the same once more.
    let found = found.filter(|node| !node.ancestors().any(|above| is(&above, "Fallback")));
    found.map(|node| (placeholder(&node), text(&node))).filter(|(_, line)| !line.trim().is_empty())
}

fn is(node: &Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

fn is_body(node: &Node<'_, '_>) -> bool {
    is(node, "txBody")
}

/// The kind of the placeholder that a paragraph is in, by the shape around it. One without a kind holds a slide's text.
fn placeholder<'d>(paragraph: &Node<'d, 'd>) -> Option<&'d str> {
    let shape = paragraph.ancestors().find(|above| is(above, "sp"))?;
    let properties = shape.children().find(|child| is(child, "nvSpPr"))?;
    let placeholder = properties.descendants().find(|node| is(node, "ph"))?;
    Some(placeholder.attribute("type").unwrap_or("obj"))
}

/// The text of a paragraph: its runs, fields and line breaks.
fn text(paragraph: &Node<'_, '_>) -> String {
    let pieces = paragraph.descendants().filter_map(|node| match node.tag_name().name() {
        "t" => Some(node.text().unwrap_or_default()),
        "br" => Some("\n"),
        "tab" => Some("\t"),
        _ => None,
    });
    pieces.collect()
}
