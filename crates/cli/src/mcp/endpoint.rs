//! Where to speak MCP and with which key: from flags, or from the objects.

use crds::v1alpha1::{ApiKey, Connector, Tenant, names, status};
use domain::principal::Scope;
use k8s_openapi::{api::core::v1::Secret, apimachinery::pkg::apis::meta::v1::Condition};
use kube::{
    ResourceExt,
    api::{Api, ListParams},
};
use secrecy::SecretString;

use super::Common;
use crate::{connection::Connection, error::Error};

/// The variable that holds a key.
const KEY_VARIABLE: &str = "SAGEMCP_API_KEY";

/// A server and the key to it.
pub(crate) struct Endpoint {
    /// Its URL.
    pub(crate) url: String,
    /// The key, if there is one.
    pub(crate) key: Option<SecretString>,
}

/// Finds the endpoint of a tenant or of one of its connectors.
pub(super) async fn find(names: &[String], common: &Common) -> Result<Endpoint, Error> {
    let given = std::env::var(KEY_VARIABLE).ok().filter(|key| !key.is_empty()).map(SecretString::from);
    if let Some(url) = &common.endpoint {
        if !names.is_empty() {
            return Err(Error::Usage(
                "--endpoint names the server: leave TENANT and CONNECTOR out".to_owned(),
            ));
        }
        return Ok(Endpoint { url: url.clone(), key: given });
    }
    let (tenant, connector) = match names {
        [tenant] => (tenant, None),
        [tenant, connector] => (tenant, Some(connector.as_str())),
        _ => {
            return Err(Error::Usage(
                "name a TENANT, and at most one CONNECTOR, or give --endpoint".to_owned(),
            ));
        }
    };
    let connection = common.connection.open().await?;
    let url = match connector {
        None => of_tenant(tenant, &connection).await?,
        Some(connector) => of_connector(tenant, connector, &connection).await?,
    };
    let key = match given {
        Some(key) => key,
        None => key_of(tenant, connector, common.api_key.as_deref(), &connection).await?,
    };
    Ok(Endpoint { url, key: Some(key) })
}

async fn of_tenant(name: &str, connection: &Connection) -> Result<String, Error> {
    let api: Api<Tenant> = Api::namespaced(connection.client.clone(), &connection.namespace);
    let tenant = connection.bounded(api.get(name)).await?;
    let status = tenant.status.unwrap_or_default();
    status.endpoint.ok_or_else(|| not_served(&format!("tenant/{name}"), &status.conditions))
}

async fn of_connector(tenant: &str, name: &str, connection: &Connection) -> Result<String, Error> {
    let api: Api<Connector> = Api::namespaced(connection.client.clone(), &connection.namespace);
    let connector = connection.bounded(api.get(name)).await?;
    let owner = &connector.spec.tenant_ref.name;
    if owner != tenant {
        return Err(Error::Refused(format!("connector/{name} belongs to tenant {owner}, not to {tenant}")));
    }
    let status = connector.status.unwrap_or_default();
    status.endpoint.ok_or_else(|| not_served(&format!("connector/{name}"), &status.conditions))
}

/// Why there is no endpoint, in the words of the first condition that says so.
fn not_served(label: &str, conditions: &[Condition]) -> Error {
    let why = conditions.iter().find(|it| it.status != "True").map_or_else(
        || "no operator has looked at it".to_owned(),
        |it| format!("{}={} {}: {}", it.type_, it.status, it.reason, it.message),
    );
    Error::Refused(format!("{label} has no endpoint yet: {why}"))
}

/// The key of the named ApiKey, or of the one of the tenant's that may do most.
async fn key_of(
    tenant: &str,
    connector: Option<&str>,
    name: Option<&str>,
    connection: &Connection,
) -> Result<SecretString, Error> {
    let api: Api<ApiKey> = Api::namespaced(connection.client.clone(), &connection.namespace);
    let key = match name {
        Some(name) => connection.bounded(api.get(name)).await?,
        None => {
            let keys = connection.bounded(api.list(&ListParams::default())).await?.items;
            best_key(keys, tenant, connector).ok_or_else(|| {
                Error::Refused(format!(
                    "tenant {tenant} has no ApiKey that is ready and may use this: create one, or set {KEY_VARIABLE}"
                ))
            })?
        }
    };
    let secret = secret_name(&key);
    let api: Api<Secret> = Api::namespaced(connection.client.clone(), &connection.namespace);
    let secret = connection.bounded(api.get(&secret)).await?;
    let missing = || {
        let entry = names::SECRET_API_KEY;
        Error::Refused(format!("Secret {} has no entry {entry}: it holds no key", secret.name_any()))
    };
    let bytes = secret.data.as_ref().and_then(|data| data.get(names::SECRET_API_KEY)).ok_or_else(missing)?;
    let text = std::str::from_utf8(&bytes.0).map_err(|_| missing())?;
    Ok(SecretString::from(text.trim()))
}

/// The Secret that holds an ApiKey's key.
pub(crate) fn secret_name(key: &ApiKey) -> String {
    let known = key.status.as_ref().and_then(|status| status.secret_name.clone());
    known.or_else(|| key.spec.secret_name.clone()).unwrap_or_else(|| key.name_any())
}

/// The key that may do most of those that work for a connector, or for the whole tenant.
pub(crate) fn best_key(keys: Vec<ApiKey>, tenant: &str, connector: Option<&str>) -> Option<ApiKey> {
    let usable = keys.into_iter().filter(|key| {
        let spec = &key.spec;
        let is_ready = key.status.as_ref().is_some_and(|it| status::holds(&it.conditions, status::READY));
        let is_allowed = spec.connectors.is_empty()
            || connector.is_some_and(|it| spec.connectors.iter().any(|name| name == it));
        is_ready && is_allowed && spec.tenant_ref.as_ref().is_some_and(|it| it.name == tenant)
    });
    // The first of the best, by name, so that the choice is the same each time.
    let mut usable: Vec<ApiKey> = usable.collect();
    usable.sort_by_key(|key| (key.spec.read_only, key.spec.scope != Scope::TenantAdmin, key.name_any()));
    usable.into_iter().next()
}
