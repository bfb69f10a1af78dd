//! Server-side apply.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Writing, Written, create::create, update::update};
use crate::{
    admission,
    error::ApiError,
    fields::{FieldSet, Managers, Operation},
    metadata,
    resource::Form,
    secret,
};

/// Applies what one manager wants of an object; creates it if it is not there.
///
/// # Errors
/// 400, 409 and 422 as in Kubernetes; 409 naming fields and managers if others own what would change.
pub(crate) fn apply(
    writing: &mut Writing<'_>,
    namespace: &str,
    name: &str,
    mut applied: Value,
) -> Result<Written, ApiError> {
    let resource = writing.resource;
    check(writing, name, &applied)?;
    let mut warnings = admission::drop_unknown(resource, &mut applied, writing.options.unknown_fields)?;
    if resource.form == Form::Secret {
        secret::fold(&mut applied);
    }
    let version = metadata::version(&applied).to_owned();
    let uid = metadata::uid(&applied).to_owned();
    let wanted = wanted(writing, &applied);
    let entry = writing.entry(Operation::Apply, FieldSet::of(&wanted, &resource.schema));
    let key = writing.key(namespace, name);
    let mut written = match writing.state.get(&key).cloned() {
        None if writing.options.status => return Err(ApiError::not_found(resource, name)),
        None if !uid.is_empty() || !matches!(version.as_str(), "" | "0") => {
            return Err(ApiError::stale(resource, name));
        }
        None => {
            let mut object = json!({});
            let mut managers = Managers::default();
            managers.apply(&mut object, &wanted, &resource.schema, entry);
            metadata::set(&mut object, "name", Some(json!(name)));
            create(writing, namespace, object, Some(managers))?
        }
        Some(old) => {
            let mut object = (*old.object).clone();
            let mut managers = Managers::of(&object);
            if !writing.options.force {
                let conflicts = managers.conflicts(&wanted, &object, &entry);
                if !conflicts.is_empty() {
                    return Err(ApiError::apply_conflict(&conflicts));
                }
            }
            managers.apply(&mut object, &wanted, &resource.schema, entry);
            for (field, given) in [("resourceVersion", version), ("uid", uid)] {
                if !given.is_empty() {
                    metadata::set(&mut object, field, Some(json!(given)));
                }
            }
            update(writing, &key, &old, object, Some(managers))?
        }
    };
    warnings.append(&mut written.warnings);
    written.warnings = warnings;
    Ok(written)
}

fn check(writing: &Writing<'_>, name: &str, applied: &Value) -> Result<(), ApiError> {
    let resource = writing.resource;
    if writing.options.manager.is_empty() {
        return Err(ApiError::bad_request("fieldManager is required for apply patch"));
    }
    let named = metadata::name(applied);
    if !named.is_empty() && named != name {
        let message = format!("the name of the object ({named}) does not match the name on the URL ({name})");
        return Err(ApiError::bad_request(message));
    }
    if applied["metadata"]["managedFields"].as_array().is_some_and(|it| !it.is_empty()) {
        return Err(ApiError::bad_request("metadata.managedFields must be nil"));
    }
    if applied["apiVersion"] != json!(resource.api_version()) || applied["kind"] != json!(resource.kind) {
        let message =
            format!("the body must say apiVersion {} and kind {}", resource.api_version(), resource.kind);
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "BadRequest", message));
    }
    Ok(())
}

/// The fields that the manager can want here: without identity, and either only the status or all but the status.
fn wanted(writing: &Writing<'_>, applied: &Value) -> Value {
    let fields = applied.as_object().into_iter().flatten();
    let mut wanted: Value = fields
        .filter(|(name, _)| match name.as_str() {
            "apiVersion" | "kind" => false,
            "status" => writing.options.status || !writing.resource.has_status,
            _ => !writing.options.status,
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    if let Some(metadata) = wanted.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|name, _| {
            matches!(name.as_str(), "labels" | "annotations" | "finalizers" | "ownerReferences")
        });
    }
    wanted
}
