//! What the banner shows, read from the objects.

use std::path::PathBuf;

use crds::v1alpha1::{ApiKey, Connector, Tenant, names};
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, ResourceExt, api::ListParams};
use secrecy::SecretString;

use super::{State, readiness::Readiness};
use crate::{
    connection::Connection,
    error::Error,
    mcp::{best_key, secret_name},
    up::parts::Site,
};

/// Everything that the banner shows.
pub(in crate::up) struct View {
    /// Where the gateway is.
    pub(in crate::up) url: String,
    /// The tenants, by name.
    pub(in crate::up) tenants: Vec<TenantView>,
    /// Objects that are not ready, and why.
    pub(in crate::up) unready: Vec<(String, String)>,
    /// Manifests that are not in effect.
    pub(in crate::up) problems: Vec<String>,
    /// The kubeconfig of the local API.
    pub(in crate::up) kubeconfig: PathBuf,
}

/// A tenant.
pub(in crate::up) struct TenantView {
    /// Its object's name.
    pub(in crate::up) name: String,
    /// Where all of its tools are.
    pub(in crate::up) endpoint: String,
    /// Where the tools of each connector are.
    pub(in crate::up) connectors: Vec<Endpoint>,
    /// The ApiKey that may do most, and its key.
    pub(in crate::up) key: Option<(String, SecretString)>,
}

/// A connector.
pub(in crate::up) struct Endpoint {
    /// Its object's name.
    pub(in crate::up) name: String,
    /// Its URL.
    pub(in crate::up) url: String,
    /// Whether our own engine serves it, which answers at once.
    pub(in crate::up) is_native: bool,
    /// How it fares.
    pub(in crate::up) readiness: Readiness,
}

impl State {
    /// Reads what the banner shows.
    pub(in crate::up) async fn view(&self, site: &Site) -> Result<View, Error> {
        let connection = Connection {
            client: self.client.clone(),
            namespace: self.client.default_namespace().to_owned(),
            server: format!("http://{}", site.api_address),
            is_local: true,
        };
        let all = ListParams::default();
        let tenants: Api<Tenant> = Api::all(self.client.clone());
        let connectors: Api<Connector> = Api::all(self.client.clone());
        let tenants = connection.bounded(tenants.list(&all)).await?.items;
        let connectors = connection.bounded(connectors.list(&all)).await?.items;
        let mut views = Vec::new();
        for tenant in tenants {
            let Some(endpoint) = tenant.status.as_ref().and_then(|it| it.endpoint.clone()) else { continue };
            let namespace = tenant.namespace().unwrap_or_default();
            let name = tenant.name_any();
            let own = connectors
                .iter()
                .filter(|it| it.namespace().as_ref() == Some(&namespace) && it.spec.tenant_ref.name == name);
            views.push(TenantView {
                connectors: own.filter_map(|it| endpoint_of(it, site.public_url.as_str())).collect(),
                key: key_of(&connection, &namespace, &name).await?,
                name,
                endpoint,
            });
        }
        let unready = self.objects.iter().filter(|(_, it)| !it.is_ready());
        Ok(View {
            url: site.public_url.as_str().trim_end_matches('/').to_owned(),
            tenants: views,
            unready: unready.map(|(label, it)| (label.clone(), it.why())).collect(),
            problems: self.problems.borrow().iter().map(ToString::to_string).collect(),
            kubeconfig: site.kubeconfig.clone(),
        })
    }
}

fn endpoint_of(connector: &Connector, public_url: &str) -> Option<Endpoint> {
    Some(Endpoint {
        name: connector.name_any(),
        url: connector.status.as_ref()?.endpoint.clone()?,
        is_native: connector.spec.native.is_some(),
        readiness: Readiness::of(connector, public_url),
    })
}

async fn key_of(
    connection: &Connection,
    namespace: &str,
    tenant: &str,
) -> Result<Option<(String, SecretString)>, Error> {
    let keys: Api<ApiKey> = Api::namespaced(connection.client.clone(), namespace);
    let keys = connection.bounded(keys.list(&ListParams::default())).await?.items;
    let Some(key) = best_key(keys, tenant, None) else { return Ok(None) };
    let secrets: Api<Secret> = Api::namespaced(connection.client.clone(), namespace);
    let secret = connection.optional(secrets.get(&secret_name(&key))).await?;
    let bytes = secret.and_then(|secret| secret.data?.remove(names::SECRET_API_KEY));
    let text = bytes.and_then(|bytes| String::from_utf8(bytes.0).ok());
    Ok(text.map(|text| (key.name_any(), SecretString::from(text))))
}
