//! Manifests, as people would write them.

use std::net::SocketAddr;

use serde_json::{Value, json};

/// The connector type whose API the bare vendor serves.
pub(crate) const SERVICE: &str = "bench";
/// What the vendor is called with.
pub(crate) const CREDENTIAL: &str = "a-credential-of-some-length-0123456789";

/// The definition of [`SERVICE`].
pub(crate) fn definition() -> Value {
    let spec: Value =
        serde_json::from_str(include_str!("definition.json")).expect("the file of this crate is JSON");
    json!({
        "apiVersion": "sagemcp.io/v1alpha1",
        "kind": "ConnectorDefinition",
        "metadata": {"name": SERVICE},
        "spec": spec,
    })
}

/// A tenant whose rate limit is checked and never reached.
pub(crate) fn tenant(namespace: &str, name: &str) -> Value {
    object("Tenant", namespace, name, json!({"rateLimit": {"requestsPerMinute": 10_000_000}}))
}

/// The Secret with a tenant's credential.
pub(crate) fn credential(namespace: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "credential",
            "namespace": namespace,
            "labels": {"sagemcp.io/use": "credentials"},
        },
        "stringData": {"token": CREDENTIAL},
    })
}

/// A native connector with the tenant's credential.
pub(crate) fn connector(
    namespace: &str,
    tenant: &str,
    name: &str,
    service: &str,
    vendor: SocketAddr,
) -> Value {
    object(
        "Connector",
        namespace,
        name,
        json!({
            "tenantRef": {"name": tenant},
            "native": {"type": service, "baseUrl": format!("http://{vendor}")},
            "credentials": {"secretRef": {"name": "credential"}},
        }),
    )
}

/// A key to one tenant, or with none to all.
pub(crate) fn key(namespace: &str, name: &str, tenant: Option<&str>) -> Value {
    let spec = match tenant {
        Some(tenant) => json!({"tenantRef": {"name": tenant}, "scope": "tenant_user"}),
        None => json!({"scope": "platform_admin"}),
    };
    object("ApiKey", namespace, name, spec)
}

fn object(kind: &str, namespace: &str, name: &str, spec: Value) -> Value {
    let mut object = json!({
        "apiVersion": "sagemcp.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
    });
    object["spec"] = spec;
    object
}

/// Several objects as one file. JSON is YAML.
pub(crate) fn file(objects: &[Value]) -> String {
    objects.iter().map(|object| format!("---\n{object}\n")).collect()
}
