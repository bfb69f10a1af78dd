//! On whose behalf, and against which installation of the vendor, a call is made.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::{Map, Value};
use url::Url;

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
