//! Step 2: is the connector valid, and is everything it refers to there? Pure.

mod backend;
mod secrets;
mod tools;

use ::connectors::egress::EgressPolicy;
use ::secrets::ConnectorSecrets;
use crds::v1alpha1::Connector;
use domain::config::{Backend, ConnectorConfig};

use super::dereference::Dereferenced;
use crate::{
    error::{Error, Finding},
    tenants::FoundTenant,
};

/// What this installation permits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    pub(super) egress: &'a EgressPolicy,
    pub(super) allow_process_runtime: bool,
    /// The types of the catalog, for the message that names them.
    pub(super) built_in: &'a str,
}

/// A connector that may be written.
#[derive(Debug)]
pub(super) struct ValidatedConnector {
    pub(super) tenant: FoundTenant,
    pub(super) config: ConnectorConfig,
    pub(super) secrets: ConnectorSecrets,
}

/// The spec by itself comes first, so that people see what they can mend at once before what they wait for.
pub(super) fn validate(
    connector: &Connector,
    dereferenced: &Dereferenced,
    rules: &Rules<'_>,
) -> Result<ValidatedConnector, Error> {
    let spec = &connector.spec;
    let backend = backend::validate(connector, dereferenced.document.as_deref(), rules)?;
    tools::validate(&spec.tools, dereferenced.document.as_deref())?;
    if spec.tool_prefix.is_some() && matches!(backend, Backend::Native { .. }) {
        return Err(refused("InvalidSpec", "spec.toolPrefix: native tools keep their names; remove it"));
    }
    let tenant = dereferenced.tenant.clone().map_err(Error::Unresolved)?;
    let secrets = secrets::resolve(connector, &dereferenced.secrets)?;
    let name = connector.metadata.name.as_deref().unwrap_or_default();
    let level = spec.credentials.as_ref().and_then(|credentials| credentials.oauth.as_ref());
    Ok(ValidatedConnector {
        tenant,
        config: ConnectorConfig {
            display_name: spec.display_name.clone().unwrap_or_else(|| name.to_owned()),
            enabled: spec.enabled,
            backend,
            tools: spec.tools.clone(),
            tool_prefix: spec.tool_prefix.clone(),
            credential_level: level.map(|oauth| oauth.level).unwrap_or_default(),
        },
        secrets,
    })
}

fn refused(reason: &'static str, message: impl Into<String>) -> Error {
    Error::Refused(Finding::new(reason, message))
}

#[cfg(test)]
mod tests;
