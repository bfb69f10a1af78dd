//! On whose behalf, and against which installation of the vendor, a call is made.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use url::Url;

use crate::auth::spellings;
use crate::failure::Failure;

/// The target of a call. One is built per connector object and user, and kept.
#[derive(Clone, Debug, Default)]
pub struct CallTarget {
    /// Replaces the document's base URL, as for GitHub Enterprise Server.
    pub base_url: Option<Url>,
    /// The credential, in the form that the document's `auth.scheme` expects.
    pub credential: Option<SecretString>,
    /// Secret headers that the document's `auth.secretHeaders` asks for.
    pub secret_headers: BTreeMap<String, SecretString>,
    /// Settings, as [`crate::Connector::check_settings`] returned them.
    pub settings: Map<String, Value>,
}

impl CallTarget {
    /// Each way in which a vendor may repeat the secrets of the call.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let mut secrets = self.credential.as_ref().map(spellings).unwrap_or_default();
        secrets.extend(self.secret_headers.values().map(|secret| secret.expose_secret().trim().to_owned()));
        secrets
    }

    /// A failure without the secrets of the call, should the vendor have repeated one.
    pub(crate) fn redact(&self, failure: Failure) -> Failure {
        self.secrets().iter().fold(failure, |failure, secret| failure.without(secret))
    }
}
