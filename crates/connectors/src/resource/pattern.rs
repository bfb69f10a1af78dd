//! URI templates read backwards: from a URI to the values of its variables.
//!
//! Only `{name}` (one segment) and `{+name}` (with slashes) are understood, each with a literal between.

use serde_json::{Map, Value};

use crate::problem::Fault;

/// A template of URIs.
#[derive(Debug)]
pub(crate) struct UriPattern {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Literal(String),
    Variable { name: String, slashes: bool },
}

impl UriPattern {
    pub(super) fn compile(text: &str) -> Result<Self, Fault> {
        let bad = |message: &str| Fault::new(message, "write it as `scheme://literal/{name}/{+path}`");
        if !text.split_once("://").is_some_and(|(scheme, rest)| {
            !scheme.is_empty()
                && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
                && !rest.is_empty()
        }) {
            return Err(bad("the URI has no scheme"));
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((literal, behind)) = rest.split_once('{') {
            let (expression, after) = behind.split_once('}').ok_or_else(|| bad("a `{` is not closed"))?;
            let name = expression.strip_prefix('+').unwrap_or(expression);
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return Err(bad("only `{name}` and `{+name}` are understood"));
            }
            if literal.is_empty() {
                return Err(bad("two variables touch"));
            }
            pieces.push(Piece::Literal(literal.to_owned()));
            pieces.push(Piece::Variable { name: name.to_owned(), slashes: expression.starts_with('+') });
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Ok(Self { text: text.to_owned(), pieces })
    }

    /// The template as written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The one URI that it is, if it has no variables.
    pub(super) fn literal(&self) -> Option<&str> {
        matches!(self.pieces.as_slice(), [Piece::Literal(_)]).then_some(&self.text)
    }

    /// The names of its variables.
    pub(super) fn names(&self) -> Vec<String> {
        let names = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { name, .. } => Some(name.clone()),
            Piece::Literal(_) => None,
        });
        names.collect()
    }

    /// The values of its variables in a URI, percent-decoded; `None` if it is another URI.
    pub(crate) fn matches(&self, uri: &str) -> Option<Map<String, Value>> {
        let mut values = Map::new();
        let mut rest = uri;
        let mut pieces = self.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
                Piece::Variable { name, slashes } => {
                    let end = match pieces.peek() {
                        Some(Piece::Literal(literal)) => rest.find(literal.as_str())?,
                        _ => rest.len(),
                    };
                    let (value, after) = rest.split_at(end);
                    if value.is_empty() || (!slashes && value.contains('/')) {
                        return None;
                    }
                    values.insert(name.clone(), Value::String(crate::template::percent_decode(value)));
                    rest = after;
                }
            }
        }
        rest.is_empty().then_some(values)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn uris_are_read_by_their_template() {
        let file = UriPattern::compile("github://file/{owner}/{name}/{+path}").unwrap();
        let values = file.matches("github://file/ada/engine/src/a%20b.rs").unwrap();
        assert_eq!(Value::Object(values), json!({"owner": "ada", "name": "engine", "path": "src/a b.rs"}));
        for other in [
            "github://file/ada/engine",
            "github://file/ada/engine/",
            "github://repo/a/b/c",
            "github://file//b/c",
            "x",
        ] {
            assert_eq!(file.matches(other), None, "{other}");
        }
        let repo = UriPattern::compile("github://repo/{owner}/{name}").unwrap();
        assert_eq!(repo.matches("github://repo/a/b/c"), None);
        assert_eq!(repo.literal(), None);
        assert_eq!(UriPattern::compile("x://status").unwrap().literal(), Some("x://status"));
    }

    #[test]
    fn templates_that_cannot_be_read_backwards_are_refused() {
        for text in ["", "file", "x://", "x://{a}{b}", "x://{?a}", "x://{a", "X Y://a"] {
            assert!(UriPattern::compile(text).is_err(), "{text}");
        }
    }
}
