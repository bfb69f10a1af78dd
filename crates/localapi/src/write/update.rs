//! Changes of objects that are there.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Writing, Written, create::prepare};
use crate::{
    admission,
    error::{ApiError, Cause},
    fields::{FieldSet, Managers, Operation},
    metadata,
    resource::{Form, Resource},
    secret,
    store::{Key, Stored},
};

/// Replaces an object, or its status, by another state of it.
///
/// # Errors
/// 404, 409 and 422 as in Kubernetes.
pub(crate) fn replace(
    writing: &mut Writing<'_>,
    namespace: &str,
    name: &str,
    object: Value,
) -> Result<Written, ApiError> {
    let key = writing.key(namespace, name);
    let Some(old) = writing.state.get(&key).cloned() else {
        return Err(ApiError::not_found(writing.resource, name));
    };
    if metadata::version(&object).is_empty() && writing.resource.form == Form::Custom {
        let cause =
            Cause::invalid("metadata.resourceVersion", "Invalid value: 0: must be specified for an update");
        return Err(ApiError::invalid(writing.resource, name, vec![cause]));
    }
    update(writing, &key, &old, object, None)
}

/// Brings an object into a new state. `managers` are given where it comes from an apply.
pub(super) fn update(
    writing: &mut Writing<'_>,
    key: &Key,
    old: &Stored,
    mut object: Value,
    managers: Option<Managers>,
) -> Result<Written, ApiError> {
    let resource = writing.resource;
    let before = &*old.object;
    check_identity(resource, key, before, &object)?;
    keep_what_is_not_written(writing, before, &mut object);
    let warnings = prepare(writing, &mut object)?;
    check_finalizers(resource, before, &object)?;
    admission::validate(resource, &object, Some(before))?;
    if resource.form == Form::Secret {
        secret::check(resource, &object, Some(before))?;
    }
    if resource.form == Form::Custom && intent(before) != intent(&object) {
        metadata::set(&mut object, "generation", Some(json!(metadata::generation(before) + 1)));
    }
    let managers = managers.unwrap_or_else(|| {
        let mut managers = Managers::of(before);
        let entry = writing.entry(Operation::Update, FieldSet::default());
        managers.update(before, &object, &resource.schema, entry);
        managers
    });
    managers.write_to(&mut object);
    let object = if object == *before {
        // Nothing changed: no new version, and nobody is woken.
        Arc::clone(&old.object)
    } else if writing.options.dry_run {
        Arc::new(object)
    } else if metadata::is_deleting(&object) && !metadata::has_finalizers(&object) {
        // The last finalizer went: now the object goes.
        super::collect::remove(writing.state, key, Some(object), writing.now)
            .unwrap_or_else(|| Arc::clone(&old.object))
    } else {
        let object = writing.state.put(key.clone(), object, old.origin.clone());
        super::collect::if_orphaned(writing.state, key, writing.now);
        object
    };
    Ok(Written { object, created: false, warnings })
}

fn check_identity(resource: &Resource, key: &Key, before: &Value, object: &Value) -> Result<(), ApiError> {
    let name = metadata::name(object);
    if name != key.name {
        let message =
            format!("the name of the object ({name}) does not match the name on the URL ({})", key.name);
        return Err(ApiError::bad_request(message));
    }
    let version = metadata::version(object);
    if !version.is_empty() && version != metadata::version(before) {
        return Err(ApiError::stale(resource, name));
    }
    let uid = metadata::uid(object);
    if !uid.is_empty() && uid != metadata::uid(before) {
        let why = format!(
            "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
            metadata::uid(before)
        );
        return Err(ApiError::conflict(resource, name, &why));
    }
    Ok(())
}

/// The server's own metadata, and the half of the object that this write is not about.
fn keep_what_is_not_written(writing: &Writing<'_>, before: &Value, object: &mut Value) {
    let resource = writing.resource;
    if writing.options.status {
        let status = object.get_mut("status").map(Value::take);
        *object = before.clone();
        set_status(object, status);
        return;
    }
    object["apiVersion"] = json!(resource.api_version());
    object["kind"] = json!(resource.kind);
    for field in [
        "namespace",
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "managedFields",
    ] {
        metadata::copy(object, before, field);
    }
    if resource.has_status {
        set_status(object, before.get("status").cloned());
    }
}

fn set_status(object: &mut Value, status: Option<Value>) {
    let Some(map) = object.as_object_mut() else { return };
    match status {
        Some(status) => drop(map.insert("status".to_owned(), status)),
        None => drop(map.shift_remove("status")),
    }
}

fn check_finalizers(resource: &Resource, before: &Value, object: &Value) -> Result<(), ApiError> {
    if !metadata::is_deleting(before) {
        return Ok(());
    }
    let empty = Vec::new();
    let of = |it: &Value| it["metadata"]["finalizers"].as_array().unwrap_or(&empty).clone();
    let had = of(before);
    if of(object).iter().all(|finalizer| had.contains(finalizer)) {
        return Ok(());
    }
    let why = "Forbidden: no new finalizers can be added if the object is being deleted";
    let cause = Cause {
        field: "metadata.finalizers".to_owned(),
        reason: "FieldValueForbidden",
        message: why.to_owned(),
    };
    Err(ApiError::invalid(resource, metadata::name(object), vec![cause]))
}

/// What the user asks for: everything but metadata and status. A change of it is a new generation.
fn intent(object: &Value) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = object
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| !matches!(name.as_str(), "metadata" | "status"))
        .collect();
    fields.sort_by_key(|(name, _)| *name);
    fields
}
