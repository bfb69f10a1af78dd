//! Labels, annotations, finalizers and field managers, each named once.

/// A Secret is read only if it carries this label with the value [`USE_CREDENTIALS`].
pub const LABEL_USE: &str = "sagemcp.io/use";
/// The value of [`LABEL_USE`] that lets the operator read a Secret's values for tenants.
pub const USE_CREDENTIALS: &str = "credentials";
/// The value of [`LABEL_USE`] on Secrets that the operator minted a key into.
pub const USE_API_KEY: &str = "api-key";
/// Which operator wrote a Secret.
pub const LABEL_MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The value of [`LABEL_MANAGED_BY`], the field manager of the operator and the reporter of its Events.
pub const OPERATOR: &str = "sagemcp-operator";
/// Keeps a Tenant until its rows are gone.
pub const TENANT_FINALIZER: &str = "sagemcp.io/tenant";

/// The key text in a minted Secret.
pub const SECRET_API_KEY: &str = "apiKey";
/// The key's public id in a minted Secret.
pub const SECRET_KEY_ID: &str = "keyId";
/// The tenant's endpoint in a minted Secret.
pub const SECRET_ENDPOINT: &str = "endpoint";
/// The entry of a credential Secret that `credentials.secretRef` reads by default.
pub const SECRET_TOKEN: &str = "token";

/// On a minted Secret: when the key in it was minted.
pub const ANNOTATION_MINTED_AT: &str = "sagemcp.io/minted-at";
/// On a minted Secret: the public id of the key before, which works on during the overlap of a rotation.
pub const ANNOTATION_PREVIOUS_KEY: &str = "sagemcp.io/previous-key-id";
