//! Why a server cannot be used, in a form that can be kept and given to many callers.

use super::UpstreamError;

/// A reason and a sentence for people. Free of secrets: whoever builds one masks first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// One word in CamelCase, see [`UpstreamError::Unavailable`].
    pub(super) reason: &'static str,
    /// What happened and what to do.
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

impl From<Failure> for UpstreamError {
    fn from(failure: Failure) -> Self {
        Self::Unavailable { reason: failure.reason, message: failure.message }
    }
}
