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

/// How far into the properties of a shape its placeholder is looked for.
const MOST_PROPERTIES: usize = 64;

/// What is around a node.
#[derive(Clone, Copy, Default)]
struct Around<'d> {
    /// The kind of the placeholder that the shape around it fills. One without a kind holds a slide's text.
    placeholder: Option<&'d str>,
    /// The innermost paragraph around it, by its number.
    paragraph: Option<usize>,
}

/// The paragraphs that say something, each with the kind of the placeholder that it fills.
///
/// One walk without recursion, in which each text belongs to one paragraph: parts may nest as deep as they are long.
fn paragraphs<'d>(document: &'d Document<'d>) -> impl Iterator<Item = (Option<&'d str>, String)> {
    let mut found: Vec<(Option<&'d str>, String)> = Vec::new();
    let mut left = vec![(document.root(), Around::default())];
    while let Some((node, mut around)) = left.pop() {
        let said = match node.tag_name().name() {
            // What older programs are to show instead of something new says the same once more.
            "Fallback" => continue,
            "sp" => {
                around.placeholder = placeholder(&node);
                ""
            }
            "p" if node.parent().is_some_and(|parent| is(&parent, "txBody")) => {
                around.paragraph = Some(found.len());
                found.push((around.placeholder, String::new()));
                ""
            }
            "t" => node.text().unwrap_or_default(),
            "br" => "\n",
            "tab" => "\t",
            _ => "",
        };
        if let Some((_, line)) = around.paragraph.and_then(|number| found.get_mut(number)) {
            line.push_str(said);
        }
        left.extend(node.children().rev().map(|child| (child, around)));
    }
    found.into_iter().filter(|(_, line)| !line.trim().is_empty())
}

fn is(node: &Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

/// The kind of the placeholder that a shape fills.
fn placeholder<'d>(shape: &Node<'d, 'd>) -> Option<&'d str> {
    let properties = shape.children().find(|child| is(child, "nvSpPr"))?;
    let placeholder = properties.descendants().take(MOST_PROPERTIES).find(|node| is(node, "ph"))?;
    Some(placeholder.attribute("type").unwrap_or("obj"))
}
