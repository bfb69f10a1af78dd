//! YAML into JSON values, with the line of what cannot be read and never a copy of the text, which may hold a secret.

use serde_json::Value;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct YamlError {
    /// The line, from 1, if it is known.
    pub(crate) line: Option<usize>,
    pub(crate) message: String,
}

/// Reads one document.
///
/// # Errors
/// Text that is no YAML, or holds what JSON cannot.
pub(crate) fn parse(text: &str) -> Result<Value, YamlError> {
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let line = error.location().and_then(|it| usize::try_from(it.line()).ok()).filter(|it| *it > 0);
        YamlError { line, message: error.to_string() }
    })
}

/// One document of a file.
#[derive(Clone, Copy)]
pub(crate) struct Document<'a> {
    /// The line, from 1, on which it begins.
    pub(crate) line: usize,
    pub(crate) text: &'a str,
}

/// Splits a file at its `---` lines. That they begin a document also inside of a quoted or literal text is a rule of
/// YAML.
pub(crate) fn documents(text: &str) -> Vec<Document<'_>> {
    let mut found = Vec::new();
    let mut begin = (1, 0);
    let mut offset = 0;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let marker = line
            .strip_prefix("---")
            .is_some_and(|rest| rest.trim().is_empty() || rest.starts_with([' ', '\t']));
        if marker {
            found.push(Document { line: begin.0, text: &text[begin.1..offset] });
            begin = (at + 1, offset);
        }
        offset += line.len();
    }
    found.push(Document { line: begin.0, text: &text[begin.1..] });
    found.retain(|document| !is_blank(document.text));
    found
}

fn is_blank(text: &str) -> bool {
    text.lines().all(|line| {
        let line = line.strip_prefix("---").unwrap_or(line).trim();
        line.is_empty() || line.starts_with('#')
    })
}

impl Document<'_> {
    /// The line on which its first content is.
    pub(crate) fn first_line(&self) -> usize {
        let before = self.text.lines().take_while(|line| is_blank(line)).count();
        self.line + before
    }
}

impl Document<'_> {
    /// The line of a field, as in `spec.hosted.env[1].name`, or of the nearest one above it that is written in a line of
    /// its own; the first line if there is none.
    pub(crate) fn line_of(&self, field: &str) -> usize {
        let mut found = self.first_line();
        let mut depth = None;
        let mut lines = (self.line..).zip(self.text.lines());
        for name in field.split('.').map(|it| it.split('[').next().unwrap_or_default()) {
            let is_it = |line: &str| {
                let text = line.trim_start().trim_start_matches("- ");
                text.strip_prefix(name).is_some_and(|rest| rest.starts_with(':'))
            };
            let indent = |line: &str| line.len() - line.trim_start().len();
            let below = lines.find(|(_, line)| is_it(line) && depth.is_none_or(|depth| indent(line) > depth));
            let Some((at, line)) = below else { break };
            found = at;
            depth = Some(indent(line));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_know_their_lines() {
        let text = "# head\n---\na: 1\n--- # two\n\nb: |\n  ---\n  x\n---\n# nothing\n---\nc: 3\n";
        let found: Vec<_> =
            documents(text).iter().map(|it| (it.first_line(), parse(it.text).unwrap())).collect();
        assert_eq!(
            found,
            [
                (3, serde_json::json!({"a": 1})),
                (6, serde_json::json!({"b": "---\nx\n"})),
                (12, serde_json::json!({"c": 3})),
            ]
        );
    }

    #[test]
    fn fields_are_found_by_their_path() {
        let text = "a: 1\n---\nkind: X\nmetadata:\n  name: x\nspec:\n  list:\n    - name: y\n      size: 1\n  size: 2\n";
        let found = documents(text);
        let cases = [
            ("spec.list[0].size", 9),
            ("spec.list[0].name", 8),
            ("metadata.name", 5),
            ("spec.other", 6),
            ("spec", 6),
            ("", 3),
        ];
        for (field, line) in cases {
            assert_eq!(found[1].line_of(field), line, "{field}");
        }
    }

    #[test]
    fn an_error_names_the_line_and_not_the_text() {
        let error = parse("a: 1\npassword: \"hunter2\n").unwrap_err();
        assert!(error.line.is_some());
        assert!(!error.message.contains("hunter2"), "{}", error.message);
    }
}
