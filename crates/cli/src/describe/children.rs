//! What belongs to a tenant: its connectors and its keys.

use crds::v1alpha1::{ApiKey, Connector, status};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::api::{Api, DynamicObject, ListParams};

use super::{fields, sections};
use crate::{connection::Connection, error::Error};

/// The two tables of a tenant.
pub(super) async fn of_tenant(tenant: &DynamicObject, connection: &Connection) -> Result<String, Error> {
    let name = tenant.metadata.name.as_deref().unwrap_or_default();
    let namespace = tenant.metadata.namespace.as_deref().unwrap_or(&connection.namespace);
    let connectors: Api<Connector> = Api::namespaced(connection.client.clone(), namespace);
    let keys: Api<ApiKey> = Api::namespaced(connection.client.clone(), namespace);
    let connectors = connection.bounded(connectors.list(&ListParams::default())).await?;
    let keys = connection.bounded(keys.list(&ListParams::default())).await?;

    let connectors = connectors.items.iter().filter(|it| it.spec.tenant_ref.name == name).map(|it| {
        let status = it.status.clone().unwrap_or_default();
        let tools = status.tools.map(|tools| tools.count.to_string()).unwrap_or_default();
        let [ready, reason] = readiness(&status.conditions);
        vec![it.metadata.name.clone().unwrap_or_default(), fields::server(it), tools, ready, reason]
    });
    let keys = keys
        .items
        .iter()
        .filter(|it| it.spec.tenant_ref.as_ref().is_some_and(|it| it.name == name))
        .map(|it| {
            let status = it.status.clone().unwrap_or_default();
            let scope = serde_json::to_value(it.spec.scope).unwrap_or_default();
            let [ready, reason] = readiness(&status.conditions);
            let secret = status.secret_name.unwrap_or_default();
            vec![it.metadata.name.clone().unwrap_or_default(), sections::text(&scope), secret, ready, reason]
        });
    let mut text = sections::section(
        "Connectors",
        &["NAME", "SERVER", "TOOLS", "READY", "REASON"],
        connectors.collect(),
    );
    text.push_str(&sections::section(
        "Keys",
        &["NAME", "SCOPE", "SECRET", "READY", "REASON"],
        keys.collect(),
    ));
    Ok(text)
}

fn readiness(conditions: &[Condition]) -> [String; 2] {
    let ready = conditions.iter().find(|it| it.type_ == status::READY);
    ready.map_or_else(<[String; 2]>::default, |it| [it.status.clone(), it.reason.clone()])
}
