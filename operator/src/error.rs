//! What stops a pass over an object, and what is to be done about it.

use secrets::OpenError;
use store::StoreError;

/// What is wrong with an object, as a condition says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// One word in CamelCase for programs.
    pub reason: &'static str,
    /// A sentence for people: the field, the fault and the remedy.
    pub message: String,
}

impl Finding {
    /// Longest message, in bytes: it goes into a status and an Event.
    const LIMIT: usize = 4096;

    pub(crate) fn new(reason: &'static str, message: impl Into<String>) -> Self {
        let mut message = message.into();
        message.truncate(message.floor_char_boundary(Self::LIMIT));
        Self { reason, message }
    }
}

/// Why a pass stopped, or why the operator must end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The object is invalid by itself and stays so until people change it.
    #[error("{}", .0.message)]
    Refused(Finding),
    /// Another object holds what this one asks for; it may let go of it.
    #[error("{}", .0.message)]
    Contested(Finding),
    /// Something that the object refers to is not there, or may not be used.
    #[error("{}", .0.message)]
    Unresolved(Finding),
    /// The Kubernetes API refused a request or did not answer.
    #[error("kubernetes API, {action}")]
    Kube {
        /// What was asked of it.
        action: &'static str,
        /// Its answer.
        #[source]
        source: Box<kube::Error>,
    },
    /// The store refused a call or did not answer.
    #[error("store")]
    Store(#[source] StoreError),
    /// A stored value does not open with the key ring.
    #[error("the tenant's data key does not open")]
    Sealed(#[from] OpenError),
    /// A pass took too long.
    #[error("the pass did not end within {secs} s")]
    Timeout {
        /// The limit, in seconds.
        secs: u64,
    },
    /// A fault of this program.
    #[error("bug: {0}")]
    Bug(String),
    /// A setting is wrong.
    #[error("{setting}: {reason}")]
    Config {
        /// The flag.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process holds the Lease.
    #[error("lost the lease {0}")]
    LeaseLost(String),
}

/// What is to be done about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// People must change the object.
    Invalid,
    /// Another object must change; a watch tells when, a slow retry makes sure.
    Waiting,
    /// The same pass may succeed later.
    Transient,
    /// A fault of this program or of its data.
    Bug,
    /// This process must end.
    Fatal,
}

impl Error {
    /// Wraps an answer of the Kubernetes API.
    pub(crate) fn kube(action: &'static str) -> impl FnOnce(kube::Error) -> Self {
        move |source| Self::Kube { action, source: Box::new(source) }
    }

    /// What is to be done about it.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Refused(_) => Class::Invalid,
            Self::Contested(_) | Self::Unresolved(_) => Class::Waiting,
            Self::Kube { .. } | Self::Timeout { .. } => Class::Transient,
            Self::Store(StoreError::Deposed { .. } | StoreError::Schema { .. })
            | Self::Config { .. }
            | Self::LeaseLost(_) => Class::Fatal,
            Self::Store(StoreError::Stale { .. }) => Class::Transient,
            Self::Store(error) if error.is_transient() => Class::Transient,
            Self::Store(_) | Self::Sealed(_) | Self::Bug(_) => Class::Bug,
        }
    }

    /// The error as one line with its causes.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

/// What the store says about other objects becomes a finding; the rest stays an error of the store.
impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match error {
            StoreError::SlugTaken { .. } => Self::Contested(Finding::new("SlugTaken", message)),
            StoreError::KeyIdTaken { .. } => Self::Contested(Finding::new("KeyIdTaken", message)),
            StoreError::DefinitionTaken { .. } => Self::Contested(Finding::new("DefinitionTaken", message)),
            StoreError::Gone { .. } => Self::Unresolved(Finding::new("TenantNotReady", message)),
            other => Self::Store(other),
        }
    }
}

impl Class {
    /// The class as a metric's label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Waiting => "waiting",
            Self::Transient => "transient",
            Self::Bug => "bug",
            Self::Fatal => "fatal",
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{ObjectKey, Origin};

    use super::*;

    #[test]
    fn a_taken_slug_says_who_has_it_and_what_to_do() {
        let by = ObjectKey { origin: Origin::new("o"), namespace: "team-b".into(), name: "acme".into() };
        let error = Error::from(StoreError::SlugTaken { slug: "acme".into(), by });
        assert_eq!(error.class(), Class::Waiting);
        let text = error.to_string();
        assert!(text.contains("team-b/acme") && text.contains("spec.slug"), "{text}");
    }

    #[test]
    fn a_deposed_writer_must_end() {
        let error = Error::from(StoreError::Deposed { origin: Origin::new("o"), epoch: 1, current: 2 });
        assert_eq!(error.class(), Class::Fatal);
        assert!(error.chain().contains("writer 1 of o was deposed by writer 2"), "{}", error.chain());
    }
}
