//! The fields of a description: what a kind's spec and status say, in words.

use crds::v1alpha1::{ApiKey, Connector, ConnectorDefinition, Tenant};
use jiff::Timestamp;
use kube::api::DynamicObject;
use serde_json::Value;

use super::sections::text;
use crate::{age, kinds::Kind};

type Fields = Vec<(&'static str, String)>;

/// The fields of an object.
pub(super) fn of(kind: &Kind, object: &DynamicObject, now: Timestamp) -> Fields {
    let metadata = &object.metadata;
    let mut fields = vec![("Name", metadata.name.clone().unwrap_or_default())];
    if let Some(namespace) = &metadata.namespace {
        fields.push(("Namespace", namespace.clone()));
    }
    fields.push(("Kind", kind.resource.kind.clone()));
    if let Some(labels) = metadata.labels.as_ref().filter(|labels| !labels.is_empty()) {
        let listed: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        fields.push(("Labels", listed.join(", ")));
    }
    if let Some(created) = &metadata.creation_timestamp {
        fields.push(("Age", age::since(created.0, now)));
    }
    fields.extend(match kind.resource.kind.as_str() {
        "Tenant" => typed(object, tenant),
        "Connector" => typed(object, connector),
        "ApiKey" => typed(object, |key| api_key(key, now)),
        "ConnectorDefinition" => typed(object, definition),
        "Secret" => secret(&object.data),
        _ => Vec::new(),
    });
    fields
}

/// An object that this version cannot read has no fields of its own to show; its conditions say why.
fn typed<K>(object: &DynamicObject, describe: impl FnOnce(&K) -> Fields) -> Fields
where
    K: kube::Resource + serde::de::DeserializeOwned,
{
    match object.clone().try_parse::<K>() {
        Ok(object) => describe(&object),
        Err(error) => vec![("Unreadable", error.to_string())],
    }
}

fn tenant(tenant: &Tenant) -> Fields {
    let (spec, status) = (&tenant.spec, tenant.status.clone().unwrap_or_default());
    let mut fields = Vec::new();
    fields.extend(spec.display_name.clone().map(|name| ("Display name", name)));
    fields.push(("Slug", tenant.slug().to_owned()));
    if spec.suspended {
        fields.push(("Suspended", "yes: its keys are refused".to_owned()));
    }
    if let Some(limit) = &spec.rate_limit {
        fields.push(("Rate limit", in_words(limit)));
    }
    if !spec.allowed_origins.is_empty() {
        fields.push(("Allowed origins", spec.allowed_origins.join(", ")));
    }
    fields.push(("When deleted", format!("{:?}", spec.deletion_policy)));
    fields.push(("Endpoint", or_none(status.endpoint)));
    fields
}

fn connector(connector: &Connector) -> Fields {
    let (spec, status) = (&connector.spec, connector.status.clone().unwrap_or_default());
    let mut fields = vec![("Tenant", spec.tenant_ref.name.clone()), ("Server", server(connector))];
    if !spec.enabled {
        fields.push(("Enabled", "no: it answers as if it were not there".to_owned()));
    }
    if let Some(credentials) = &spec.credentials {
        let secret = credentials.secret_ref.as_ref().map(|secret| {
            let optional = if secret.optional { ", optional" } else { "" };
            format!("entry {} of Secret {}{optional}", secret.key, secret.name)
        });
        let oauth = credentials.oauth.as_ref().map(|_| "the caller's own, in X-User-OAuth-Token".to_owned());
        fields.push(("Credentials", secret.into_iter().chain(oauth).collect::<Vec<_>>().join("; else ")));
    }
    let name = connector.metadata.name.as_deref().unwrap_or_default();
    let tenant = &spec.tenant_ref.name;
    let count = status.tools.map_or_else(
        || "not discovered yet".to_owned(),
        |tools| format!("{}; `sagemcp mcp tools {tenant} {name}` lists them", tools.count),
    );
    fields.push(("Tools", count));
    fields.extend(spec.tool_prefix.clone().map(|prefix| ("Tool prefix", prefix)));
    let rules = serde_json::to_value(&spec.tools).unwrap_or_default();
    for (name, rule) in [("Allowed tools", &rules["allow"]), ("Denied tools", &rules["deny"])] {
        if let Some(patterns) = rule.as_array().filter(|patterns| !patterns.is_empty()) {
            fields.push((name, patterns.iter().map(text).collect::<Vec<_>>().join(", ")));
        }
    }
    fields.push(("Endpoint", or_none(status.endpoint)));
    fields
}

/// What stands behind a connector, in a few words.
pub(super) fn server(connector: &Connector) -> String {
    let spec = &connector.spec;
    if let Some(native) = &spec.native {
        let at = native.base_url.as_ref().map(|url| format!(" at {url}")).unwrap_or_default();
        return format!("native, {}{at}", native.type_);
    }
    if let Some(hosted) = &spec.hosted {
        // Arguments are no secrets: those belong into the environment.
        let line = std::iter::once(&hosted.command).chain(&hosted.args).cloned().collect::<Vec<_>>();
        return format!("hosted, {}", line.join(" "));
    }
    spec.remote.as_ref().map_or_else(|| "none".to_owned(), |remote| format!("remote, {}", remote.url))
}

fn api_key(key: &ApiKey, now: Timestamp) -> Fields {
    let (spec, status) = (&key.spec, key.status.clone().unwrap_or_default());
    let name = key.metadata.name.clone().unwrap_or_default();
    let mut fields = Vec::new();
    fields.extend(spec.tenant_ref.as_ref().map(|tenant| ("Tenant", tenant.name.clone())));
    fields.push(("Scope", in_words(&spec.scope)));
    fields.push(("Subject", spec.subject.clone().unwrap_or_else(|| name.clone())));
    if !spec.connectors.is_empty() {
        fields.push(("Connectors", spec.connectors.join(", ")));
    }
    if spec.read_only {
        fields.push(("Read-only", "yes: only tools that are proven to change nothing".to_owned()));
    }
    let secret = status.secret_name.or_else(|| spec.secret_name.clone()).unwrap_or(name);
    fields.push(("Secret", format!("{secret}, entry {}", crds::v1alpha1::names::SECRET_API_KEY)));
    fields.push(("Key id", or_none(status.key_id)));
    if let Some(expires) = status.expires_at {
        let left = age::since(now, expires.0);
        let when = if expires.0 <= now { "expired".to_owned() } else { format!("in {left}") };
        fields.push(("Expires", format!("{} ({when})", expires.0)));
    }
    fields.extend(status.next_rotation.map(|at| ("Next rotation", at.0.to_string())));
    fields
}

fn definition(definition: &ConnectorDefinition) -> Fields {
    let document = &definition.spec.document;
    vec![
        ("Service", document.service.clone()),
        ("Title", document.title.clone()),
        ("Base URL", document.base_url.clone()),
        ("Tools", document.tools.len().to_string()),
    ]
}

/// A Secret's entries by name and size; never a value.
fn secret(secret: &Value) -> Fields {
    let mut fields = vec![("Type", text(&secret["type"]))];
    let entries = secret["data"].as_object().into_iter().flatten().map(|(name, value)| {
        // Four characters of base64 hold three bytes.
        let encoded = value.as_str().unwrap_or_default();
        let padding = encoded.bytes().rev().take_while(|byte| *byte == b'=').count();
        format!("{name} ({} bytes)", (encoded.len() / 4 * 3).saturating_sub(padding))
    });
    fields.push(("Entries", entries.collect::<Vec<_>>().join(", ")));
    fields
}

/// A small value as people write it: `name 1, other 2`.
fn in_words(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value).unwrap_or_default() {
        Value::String(text) => text,
        Value::Object(map) => {
            map.iter().map(|(key, value)| format!("{key} {value}")).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

fn or_none(value: Option<String>) -> String {
    value.unwrap_or_else(|| "<none>".to_owned())
}
