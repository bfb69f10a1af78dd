//! Why a call gave no result, as the model reads it.

use std::fmt;

/// A failed call. It becomes a result with `isError`, so its text is for a model: what happened and what may help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    message: String,
    status: Option<u16>,
}

/// The longest message, in bytes.
const MAX_MESSAGE: usize = 2_000;

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: shorten(message.into(), MAX_MESSAGE), status: None }
    }

    /// A failure that the vendor answered with.
    pub(crate) fn answered(status: u16, message: impl Into<String>) -> Self {
        Self { status: Some(status), ..Self::new(message) }
    }

    /// The vendor's status, where it answered.
    pub(crate) fn status(&self) -> Option<u16> {
        self.status
    }

    /// With a further sentence.
    pub(crate) fn with(self, sentence: &str) -> Self {
        Self { message: shorten(format!("{} {sentence}", self.message), MAX_MESSAGE), ..self }
    }

    /// Without a secret that the text may have picked up, as from a vendor that repeats what it was sent.
    pub(crate) fn without(self, secret: &str) -> Self {
        Self { message: without(self.message, secret), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// A text without a secret that it may hold.
pub(crate) fn without(text: String, secret: &str) -> String {
    if secret.len() >= 4 && text.contains(secret) { text.replace(secret, "[redacted]") } else { text }
}

/// Cuts a text to a number of bytes and marks the cut.
pub(crate) fn shorten(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
    text
}
