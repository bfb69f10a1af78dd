//! Version `v1alpha1` of the API.

pub mod api_key;
pub mod connector;
pub mod connector_definition;
pub mod names;
pub mod status;
pub mod tenant;

pub use api_key::{ApiKey, ApiKeySpec, ApiKeyStatus, RotationSpec};
pub use connector::{
    Connector, ConnectorSpec, ConnectorStatus, CredentialsSpec, EnvVar, HeaderFrom, HostedRuntime,
    HostedSpec, NativeSpec, OAuthCredentials, RemoteSpec, SecretKeyRef, ToolsStatus,
};
pub use connector_definition::{ConnectorDefinition, ConnectorDefinitionSpec, ConnectorDefinitionStatus};
pub use tenant::{DeletionPolicy, Tenant, TenantSpec, TenantStatus};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The tenant that an object belongs to, in the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantRef {
    /// The Tenant's `metadata.name`.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}
