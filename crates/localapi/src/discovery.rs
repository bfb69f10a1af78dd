//! What clients ask first: the API groups, their resources, the version, whether the server is up.

mod openapi;

use serde_json::{Value, json};

use crate::resource::{Form, Registry, Resource};

/// The Kubernetes version whose behaviour this follows.
const MINOR: &str = "33";

/// The answer at a path that names no object; `None` if there is nothing.
pub(crate) fn answer(registry: &Registry, path: &str) -> Option<Value> {
    let segments: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
    match segments[..] {
        ["version"] => Some(version()),
        ["api"] => Some(json!({
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [],
        })),
        ["api", version] => resources(registry, "", version),
        ["apis"] => {
            let groups: Vec<Value> =
                groups(registry).iter().filter_map(|name| group(registry, name)).collect();
            Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        ["apis", name] => group(registry, name).map(|mut group| {
            group["kind"] = json!("APIGroup");
            group["apiVersion"] = json!("v1");
            group
        }),
        ["apis", name, version] => resources(registry, name, version),
        ["openapi", "v3"] => Some(openapi::index(registry)),
        ["openapi", "v3", "api", version] => openapi::document(registry, "", version),
        ["openapi", "v3", "apis", group, version] => openapi::document(registry, group, version),
        _ => None,
    }
}

/// Whether the path asks if the server is up.
pub(crate) fn is_health(path: &str) -> bool {
    matches!(path, "/healthz" | "/livez" | "/readyz")
}

fn version() -> Value {
    json!({
        "major": "1",
        "minor": MINOR,
        "gitVersion": format!("v1.{MINOR}.0+sagemcp-{}", env!("CARGO_PKG_VERSION")),
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "rustc",
        "platform": format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
    })
}

fn groups(registry: &Registry) -> Vec<&str> {
    let mut names: Vec<&str> =
        registry.iter().map(|it| it.group.as_str()).filter(|it| !it.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn group(registry: &Registry, name: &str) -> Option<Value> {
    let mut versions: Vec<&str> =
        registry.iter().filter(|it| it.group == name).map(|it| it.version.as_str()).collect();
    versions.dedup();
    if name.is_empty() || versions.is_empty() {
        return None;
    }
    let versions: Vec<Value> = versions
        .into_iter()
        .map(|version| json!({"groupVersion": format!("{name}/{version}"), "version": version}))
        .collect();
    let preferred = versions[0].clone();
    Some(json!({"name": name, "versions": versions, "preferredVersion": preferred}))
}

fn resources(registry: &Registry, group: &str, version: &str) -> Option<Value> {
    let found: Vec<&Resource> = registry
        .iter()
        .map(AsRef::as_ref)
        .filter(|it: &&Resource| it.group == group && it.version == version)
        .collect();
    let first = found.first()?;
    let listed: Vec<Value> = found.iter().copied().flat_map(resource).collect();
    Some(json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": first.api_version(),
        "resources": listed,
    }))
}

fn resource(resource: &Resource) -> Vec<Value> {
    let verbs: &[&str] = match resource.form {
        Form::Namespace => &["create", "get", "list", "patch", "update", "watch"],
        _ => &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
    };
    let entry = |suffix: &str, verbs: &[&str]| {
        json!({
            "name": format!("{}{suffix}", resource.plural),
            "singularName": if suffix.is_empty() { resource.singular.as_str() } else { "" },
            "namespaced": resource.namespaced,
            "kind": resource.kind,
            "verbs": verbs,
        })
    };
    let mut main = entry("", verbs);
    if !resource.short_names.is_empty() {
        main["shortNames"] = json!(resource.short_names);
    }
    if !resource.categories.is_empty() {
        main["categories"] = json!(resource.categories);
    }
    let status = resource.has_status.then(|| entry("/status", &["get", "patch", "update"]));
    [main].into_iter().chain(status).collect()
}
