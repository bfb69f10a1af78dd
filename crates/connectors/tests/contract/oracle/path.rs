//! Templates of URLs: `{name}` stands for a part of a segment, `{+name}` at the end for any number of segments.

/// A template, cut into segments.
#[derive(Clone, Debug)]
pub(crate) struct PathTemplate {
    segments: Vec<Vec<Part>>,
    /// The name of what may follow, with slashes.
    rest: Option<String>,
    literal: usize,
}

#[derive(Clone, Debug)]
enum Part {
    Literal(String),
    Variable(String),
}

/// The most segments that a `{+name}` is matched with.
const MOST: usize = 8;

impl PathTemplate {
    pub(crate) fn new(template: &str) -> Self {
        let (template, rest) = match template.strip_suffix('}').and_then(|front| front.split_once("/{+")) {
            Some((front, name)) => (front, Some(name.to_owned())),
            None => (template, None),
        };
        let segments: Vec<Vec<Part>> = template.split('/').map(parts).collect();
        let literal = segments.iter().flatten().map(|part| match part {
            Part::Literal(text) => text.len(),
            Part::Variable(_) => 0,
        });
        Self { literal: literal.sum(), segments, rest }
    }

    /// How much of it is literal: what tells `/releases/latest` from `/releases/{id}`.
    pub(crate) fn literal(&self) -> usize {
        self.literal
    }

    /// The numbers of segments that it may match.
    pub(crate) fn lengths(&self) -> std::ops::RangeInclusive<usize> {
        let least = self.segments.len();
        least..=if self.rest.is_some() { least + MOST } else { least }
    }

    /// The values of a URL, decoded.
    pub(crate) fn matches(&self, url: &str) -> Option<Vec<(String, String)>> {
        let mut values = Vec::new();
        let mut segments = url.split('/');
        for expected in &self.segments {
            fit(expected, &decoded(segments.next()?), &mut values)?;
        }
        match &self.rest {
            Some(name) => {
                let rest: Vec<String> = segments.map(decoded).collect();
                values.push((name.clone(), rest.join("/")));
                Some(values)
            }
            None => segments.next().is_none().then_some(values),
        }
    }
}

fn parts(segment: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut left = segment;
    while let Some((literal, behind)) = left.split_once('{') {
        let (name, behind) = behind.split_once('}').unwrap();
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.to_owned()));
        }
        parts.push(Part::Variable(name.trim_start_matches('+').to_owned()));
        left = behind;
    }
    if !left.is_empty() {
        parts.push(Part::Literal(left.to_owned()));
    }
    parts
}

fn fit(parts: &[Part], text: &str, values: &mut Vec<(String, String)>) -> Option<()> {
    match parts {
        [] => text.is_empty().then_some(()),
        [Part::Literal(literal), rest @ ..] => fit(rest, text.strip_prefix(literal.as_str())?, values),
        [Part::Variable(name)] => (!text.is_empty()).then(|| values.push((name.clone(), text.to_owned()))),
        [Part::Variable(name), rest @ ..] => {
            let Some(Part::Literal(literal)) = rest.first() else { return None };
            // What closes the segment is looked for from the end: a value may hold it too.
            let at =
                if rest.len() == 1 { text.rfind(literal.as_str())? } else { text.find(literal.as_str())? };
            (at > 0).then(|| values.push((name.clone(), text[..at].to_owned())))?;
            fit(rest, &text[at..], values)
        }
    }
}

/// A text without percent-encoding.
pub(crate) fn decoded(text: &str) -> String {
    // A form's decoder, which a plus sign would turn into a space.
    let pair = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(pair.as_bytes()).map(|(key, _)| key.into_owned()).collect()
}
