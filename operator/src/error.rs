//! What stops a pass over an object, and what is to be done about it.

use domain::ids::ObjectKey;
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
            // An identity that went while a pass was under way is minted anew by the next one.
            Self::Store(StoreError::Stale { .. } | StoreError::Gone { .. }) => Class::Transient,
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

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The reason of an object whose Tenant does not exist.
pub(crate) const TENANT_NOT_FOUND: &str = "TenantNotFound";
/// The reason of an object whose Tenant has no row yet: a moment of every start, and lasting where the Tenant is refused.
pub(crate) const TENANT_NOT_READY: &str = "TenantNotReady";

impl Error {
    /// The Tenant has no row.
    pub(crate) fn tenant_not_ready() -> Self {
        Self::Unresolved(Finding::new(
            TENANT_NOT_READY,
            "spec.tenantRef.name: the Tenant is not in service yet; see its conditions",
        ))
    }

    /// What the store says about a write of `key`: what concerns other objects becomes a finding, the rest stays an error
    /// of the store. Who holds what it asks for is named within its own namespace only; other teams are nobody's business.
    pub(crate) fn of_write(error: StoreError, key: &ObjectKey) -> Self {
        let holder = |kind: &str, by: &ObjectKey| {
            if by.namespace == key.namespace {
                format!("{kind} {}", by.name)
            } else {
                format!("another {kind}")
            }
        };
        match error {
            StoreError::SlugTaken { slug, by } => {
                let by = holder("Tenant", &by);
                let message = format!("slug \"{slug}\" is taken by {by}; choose another in spec.slug");
                Self::Contested(Finding::new("SlugTaken", message))
            }
            StoreError::KeyIdTaken { key_id, by } => {
                let by = holder("ApiKey", &by);
                let message = format!("key {key_id} belongs to {by}; only one ApiKey can adopt it");
                Self::Contested(Finding::new("KeyIdTaken", message))
            }
            StoreError::DefinitionTaken { .. } => {
                Self::Contested(Finding::new("DefinitionTaken", error.to_string()))
            }
            // Only what belongs to a tenant gets this answer, which is a connector or a key.
            StoreError::TenantGone { .. } => Self::tenant_not_ready(),
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
    use domain::ids::{Origin, TenantId};

    use super::*;

    #[test]
    fn a_taken_slug_says_what_to_do_and_names_no_other_team() {
        let key = |namespace: &str, name: &str| ObjectKey {
            origin: Origin::new("o"),
            namespace: namespace.into(),
            name: name.into(),
        };
        let taken =
            |by| Error::of_write(StoreError::SlugTaken { slug: "acme".into(), by }, &key("a", "mine"));
        assert_eq!(taken(key("b", "theirs")).class(), Class::Waiting);
        let own = taken(key("a", "other")).to_string();
        assert_eq!(own, "slug \"acme\" is taken by Tenant other; choose another in spec.slug");
        let foreign = taken(key("b", "theirs")).to_string();
        assert_eq!(foreign, "slug \"acme\" is taken by another Tenant; choose another in spec.slug");
    }

    #[test]
    fn a_lost_identity_is_not_taken_for_a_tenant_that_is_awaited() {
        let key = ObjectKey { origin: Origin::new("o"), namespace: "n".into(), name: "acme".into() };
        let lost = Error::of_write(StoreError::Gone { what: "identity x of tenant o/n/acme".into() }, &key);
        assert_eq!(lost.class(), Class::Transient);
        assert!(!lost.chain().contains("tenantRef"), "{}", lost.chain());
        let awaited = Error::of_write(StoreError::TenantGone { tenant: TenantId::new("t") }, &key);
        assert_eq!(awaited.class(), Class::Waiting);
        assert!(awaited.chain().contains("spec.tenantRef.name"), "{}", awaited.chain());
    }

    #[test]
    fn a_deposed_writer_must_end() {
        let error = Error::from(StoreError::Deposed { origin: Origin::new("o"), epoch: 1, current: 2 });
        assert_eq!(error.class(), Class::Fatal);
        assert!(error.chain().contains("writer 1 of o was deposed by writer 2"), "{}", error.chain());
    }
}
