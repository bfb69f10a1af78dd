//! One request on its way: everything its handler may need, owned, so that it can outlive its connection.

use std::{collections::HashMap, sync::Arc, time::Duration};

use http::HeaderMap;
use secrecy::SecretString;
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::{
    envelope::Request,
    era::Era,
    error::{INTERNAL_ERROR, LEGACY_RESOURCE_NOT_FOUND, RpcError},
};
use crate::{
    access::{Access, Target},
    app::App,
    pool::Instance,
    snapshot::Connector,
    upstream::{Call, UpstreamError},
};

/// Longest wait for a server that is asked along with others, or about itself.
pub(super) const SURVEY_TIMEOUT: Duration = Duration::from_secs(10);

/// A request with its surroundings.
pub(crate) struct Job {
    pub(crate) app: Arc<App>,
    pub(crate) access: Access,
    pub(crate) era: Era,
    pub(crate) request: Request,
    pub(crate) headers: HeaderMap,
    pub(crate) credentials: UserCredentials,
    /// Where notifications before the result go, if the client can take them.
    pub(crate) notifications: Option<mpsc::Sender<Box<RawValue>>>,
}

/// What a handler gives back.
pub(super) enum Outcome {
    /// A server's result, to be fitted to the client's era.
    Raw(Box<RawValue>),
    /// JSON made for the client's era.
    Ready(String),
}

/// Why a request has no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// Our own error.
    Rpc(RpcError),
    /// A server's error, as it came.
    Raw(Box<RawValue>),
}

impl From<RpcError> for Failure {
    fn from(error: RpcError) -> Self {
        Self::Rpc(error)
    }
}

/// Credentials that the caller brings: by connector name, or for the endpoint's one connector.
#[derive(Debug, Default)]
pub(crate) struct UserCredentials {
    single: Option<SecretString>,
    by_connector: HashMap<String, SecretString>,
}

const SINGLE: &str = "x-user-oauth-token";

impl UserCredentials {
    /// Reads `X-User-OAuth-Token` and `X-User-OAuth-Token-<connector>`.
    pub(crate) fn of(headers: &HeaderMap, target: &Target) -> Self {
        let mut credentials = Self::default();
        let value =
            |value: &http::HeaderValue| value.to_str().ok().map(|text| SecretString::from(text.trim()));
        match target {
            Target::One(_) => credentials.single = headers.get(SINGLE).and_then(value),
            Target::All => {
                for (name, header) in headers {
                    let connector =
                        name.as_str().strip_prefix(SINGLE).and_then(|rest| rest.strip_prefix('-'));
                    if let Some((connector, value)) = connector.zip(value(header)) {
                        credentials.by_connector.insert(connector.to_owned(), value);
                    }
                }
            }
        }
        credentials
    }

    /// The credential for a connector, where it takes one.
    pub(super) fn for_connector(&self, connector: &Connector) -> Option<SecretString> {
        if !connector.takes_user_credentials() {
            return None;
        }
        self.single.as_ref().or_else(|| self.by_connector.get(&connector.name)).cloned()
    }
}

impl Job {
    /// A call for one connector, with its notifications on their way to the client.
    pub(super) fn call(&self, connector: &Connector) -> Call {
        Call { notifications: self.notifications.clone(), ..self.quiet_call(connector) }
    }

    /// A call whose notifications nobody asked for.
    pub(super) fn quiet_call(&self, connector: &Connector) -> Call {
        Call { user_credential: self.credentials.for_connector(connector), notifications: None }
    }

    /// The live instance of a connector.
    pub(super) async fn instance(&self, connector: &Arc<Connector>) -> Result<Arc<Instance>, UpstreamError> {
        self.app.pool.get(connector).await
    }

    /// Counts a server that could not be asked, and makes the error for the client.
    pub(super) fn failed(&self, connector: &Connector, error: UpstreamError) -> Failure {
        match error {
            UpstreamError::Rpc(error) => Failure::Raw(self.fitted(error)),
            UpstreamError::MethodNotFound(method) => RpcError::method_not_found(&method).into(),
            UpstreamError::Unavailable { reason, message } => {
                self.count_failure(connector, reason, &message);
                RpcError::new(INTERNAL_ERROR, format!("{}: {message}", connector.name)).into()
            }
        }
    }

    /// Counts and logs a server that could not be asked.
    pub(super) fn count_failure(&self, connector: &Connector, reason: &'static str, message: &str) {
        let kind = connector.config.backend.kind();
        self.app
            .metrics
            .upstream_failures
            .get_or_create(&crate::metrics::ReasonLabels { kind, reason })
            .inc();
        tracing::warn!(tenant = %connector.tenant_slug, connector = connector.name, reason, message, "server unavailable");
    }

    /// A resource that is not found has another code in the modern era.
    fn fitted(&self, error: Box<RawValue>) -> Box<RawValue> {
        if !self.era.is_modern() || self.request.method != "resources/read" {
            return error;
        }
        let code = error_code(&error);
        if code != LEGACY_RESOURCE_NOT_FOUND {
            return error;
        }
        let mut members = super::raw::Members::parse(error.get()).unwrap_or_default();
        members.set("code", super::error::INVALID_PARAMS.to_string());
        super::raw::raw(members.to_json())
    }
}

/// The code of a raw error object; 0 if it has none.
pub(super) fn error_code(error: &RawValue) -> i64 {
    #[derive(serde::Deserialize)]
    struct Code {
        code: i64,
    }
    serde_json::from_str::<Code>(error.get()).map(|error| error.code).unwrap_or_default()
}
