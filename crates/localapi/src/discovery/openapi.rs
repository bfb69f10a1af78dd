//! OpenAPI v3 documents: as much as `kubectl explain` prints, and as `kubectl apply` wants to see before it leaves the
//! validation of fields to the server.

use serde_json::{Map, Value, json};

use crate::resource::{Registry, Resource};

/// Which documents there are.
pub(super) fn index(registry: &Registry) -> Value {
    let paths: Map<String, Value> = registry
        .iter()
        .map(|resource| {
            let path = base(resource);
            (path[1..].to_owned(), json!({"serverRelativeURL": format!("/openapi/v3{path}")}))
        })
        .collect();
    json!({ "paths": paths })
}

/// The document of a group and version.
pub(super) fn document(registry: &Registry, group: &str, version: &str) -> Option<Value> {
    let found: Vec<&Resource> = registry
        .iter()
        .map(AsRef::as_ref)
        .filter(|it: &&Resource| it.group == group && it.version == version)
        .collect();
    if found.is_empty() {
        return None;
    }
    let schemas: Map<String, Value> = found
        .iter()
        .map(|resource| {
            let mut schema = resource.declared.clone();
            schema["x-kubernetes-group-version-kind"] = json!([kind(resource)]);
            (schema_name(resource), schema)
        })
        .collect();
    let paths: Map<String, Value> = found.iter().copied().flat_map(paths).collect();
    Some(json!({
        "openapi": "3.0.0",
        "info": {"title": "SageMCP", "version": env!("CARGO_PKG_VERSION")},
        "paths": paths,
        "components": {"schemas": schemas},
    }))
}

fn base(resource: &Resource) -> String {
    let prefix = if resource.group.is_empty() { "/api" } else { "/apis" };
    format!("{prefix}/{}", resource.api_version())
}

fn kind(resource: &Resource) -> Value {
    json!({"group": resource.group, "version": resource.version, "kind": resource.kind})
}

fn schema_name(resource: &Resource) -> String {
    let group = if resource.group.is_empty() { "core" } else { &resource.group };
    let reversed: Vec<&str> = group.split('.').rev().collect();
    format!("{}.{}.{}", reversed.join("."), resource.version, resource.kind)
}

/// The two paths of a resource, with the operations by which clients find its schema.
fn paths(resource: &Resource) -> Vec<(String, Value)> {
    let namespace = if resource.namespaced { "/namespaces/{namespace}" } else { "" };
    let collection = format!("{}{namespace}/{}", base(resource), resource.plural);
    let content = json!({"application/json": {"schema": {
        "$ref": format!("#/components/schemas/{}", schema_name(resource))}}});
    let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    let operation = |action: &str, parameters: &[&str]| {
        json!({
            "operationId": format!("{action}{}", resource.kind),
            "parameters": parameters.iter().map(|it| parameter(it)).collect::<Vec<_>>(),
            "responses": {"200": {"description": "OK", "content": content}},
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": kind(resource),
        })
    };
    let writing = ["dryRun", "fieldManager", "fieldValidation"];
    let one = json!({
        "get": operation("get", &[]),
        "put": operation("put", &writing),
        "patch": operation("patch", &["dryRun", "fieldManager", "fieldValidation", "force"]),
        "delete": operation("delete", &["dryRun"]),
    });
    let all = json!({"get": operation("list", &[]), "post": operation("post", &writing)});
    vec![(format!("{collection}/{{name}}"), one), (collection, all)]
}
