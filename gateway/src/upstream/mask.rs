//! Takes known secrets out of text that a foreign program wrote, before it reaches a log or an error message.

use secrecy::{ExposeSecret, SecretString};

/// Shorter values would blank out half of any text and protect nothing.
const SHORTEST_SECRET: usize = 4;
/// The same for one line of a secret that has several: some of them are brackets.
const SHORTEST_LINE: usize = 8;

/// The secrets one server was given.
#[derive(Clone, Debug, Default)]
pub(super) struct Mask(Vec<SecretString>);

impl Mask {
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let mut secrets: Vec<_> = secrets.into_iter().flat_map(forms).collect();
        // A secret may contain another one; the longer must go first.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
        Self(secrets)
    }

    /// The length of the longest secret, in bytes.
    pub(super) fn longest(&self) -> usize {
        self.0.first().map_or(0, |secret| secret.expose_secret().len())
    }

    /// The text with every known secret replaced by `***`.
    pub(super) fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), "***"))
    }
}

/// A secret as programs print it: as it is, line by line, and within a JSON text. Secrets made from files end with a line
/// break, and keys have many lines, while what is masked comes by the line.
fn forms(secret: &SecretString) -> Vec<SecretString> {
    let text = secret.expose_secret().trim();
    let mut forms = Vec::new();
    if text.len() >= SHORTEST_SECRET {
        let quoted = serde_json::Value::from(text).to_string();
        let quoted = &quoted[1..quoted.len() - 1];
        forms.extend((quoted != text).then(|| quoted.into()));
        forms.push(text.into());
    }
    let lines = text.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE && *line != text);
    forms.extend(lines.map(SecretString::from));
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_inside_another_leaves_no_remainder() {
        let mask = Mask::new(&[SecretString::from("token"), SecretString::from("token-with-tail")]);
        assert_eq!(mask.apply("a token-with-tail and a token"), "a *** and a ***");
        assert!(!format!("{mask:?}").contains("token"));
    }

    #[test]
    fn values_too_short_to_be_secret_leave_the_text_readable() {
        assert_eq!(Mask::new(&[SecretString::from("a")]).apply("a cat"), "a cat");
    }

    #[test]
    fn a_secret_with_line_breaks_is_known_by_its_lines_and_in_json() {
        let mask = Mask::new(&[
            SecretString::from("token-from-a-file\n"),
            SecretString::from("{\n  \"key\": \"first-half\n  second-half\"\n}"),
        ]);
        assert_eq!(mask.apply("refused: token-from-a-file"), "refused: ***");
        assert_eq!(mask.apply("  second-half\""), "  ***");
        assert_eq!(mask.apply("}"), "}");
        let quoted =
            serde_json::json!({ "env": "{\n  \"key\": \"first-half\n  second-half\"\n}" }).to_string();
        assert_eq!(mask.apply(&quoted), r#"{"env":"***"}"#);
    }
}
