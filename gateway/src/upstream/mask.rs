//! Takes known secrets out of text that a foreign program wrote, before it reaches a log or an error message.

use secrecy::{ExposeSecret, SecretString};

/// Shorter values would blank out half of any text and protect nothing.
const SHORTEST_SECRET: usize = 4;

/// The secrets one server was given.
#[derive(Clone, Debug, Default)]
pub(super) struct Mask(Vec<SecretString>);

impl Mask {
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let mut secrets: Vec<_> = secrets
            .into_iter()
            .filter(|secret| secret.expose_secret().len() >= SHORTEST_SECRET)
            .cloned()
            .collect();
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
}
