//! New objects.

use std::sync::Arc;

use jiff::Timestamp;
use rand::RngExt;
use serde_json::{Value, json};

use super::{Writing, Written, timestamp};
use crate::{
    admission,
    error::{ApiError, Cause},
    event,
    fields::{FieldSet, Managers, Operation},
    metadata,
    resource::{Form, Registry, Resource},
    secret,
    store::{Key, Origin, State},
};

/// Letters that make no words.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// Creates an object in a namespace. `managers` are given where it comes from an apply.
///
/// # Errors
/// 400, 409 and 422 as in Kubernetes.
pub(crate) fn create(
    writing: &mut Writing<'_>,
    namespace: &str,
    mut object: Value,
    managers: Option<Managers>,
) -> Result<Written, ApiError> {
    let resource = writing.resource;
    if !metadata::version(&object).is_empty() {
        return Err(ApiError::bad_request("resourceVersion should not be set on objects to be created"));
    }
    name(resource, &mut object)?;
    let key = writing.key(namespace, metadata::name(&object));
    admission::check_name(resource, &key.name)?;
    if resource.namespaced {
        admission::check_namespace(resource, &key.name, namespace)?;
    }
    if writing.state.get(&key).is_some() {
        return Err(ApiError::already_exists(resource, &key.name));
    }
    stamp(writing, &key, &mut object);
    let warnings = prepare(writing, &mut object)?;
    admission::validate(resource, &object, None)?;
    if resource.form == Form::Secret {
        secret::check(resource, &object, None)?;
    }
    let managers = managers.unwrap_or_else(|| {
        let mut managers = Managers::default();
        let entry = writing.entry(Operation::Update, FieldSet::default());
        managers.update(&json!({}), &object, &resource.schema, entry);
        managers
    });
    managers.write_to(&mut object);
    let object = if writing.options.dry_run {
        Arc::new(object)
    } else {
        make_room(writing, namespace);
        let object = writing.state.put(key.clone(), object, writing.origin.clone());
        super::collect::if_orphaned(writing.state, &key, writing.now);
        object
    };
    Ok(Written { object, created: true, warnings })
}

/// Settles the name: a given one, or a made-up end to `generateName`.
fn name(resource: &Resource, object: &mut Value) -> Result<(), ApiError> {
    if !metadata::name(object).is_empty() {
        return Ok(());
    }
    let Some(prefix) = object["metadata"]["generateName"].as_str().filter(|it| !it.is_empty()) else {
        let cause = Cause::required("metadata.name");
        return Err(ApiError::invalid(resource, "", vec![cause]));
    };
    let mut rng = rand::rng();
    let end: String = (0..5).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect();
    let name = format!("{}{end}", &prefix[..prefix.floor_char_boundary(58)]);
    metadata::set(object, "name", Some(json!(name)));
    Ok(())
}

/// The metadata that the server decides.
fn stamp(writing: &Writing<'_>, key: &Key, object: &mut Value) {
    let resource = writing.resource;
    object["apiVersion"] = json!(resource.api_version());
    object["kind"] = json!(resource.kind);
    let namespace = (!key.namespace.is_empty()).then(|| json!(key.namespace));
    metadata::set(object, "namespace", namespace);
    metadata::set(object, "uid", Some(json!(uid())));
    metadata::set(object, "creationTimestamp", Some(json!(timestamp(writing.now))));
    metadata::set(object, "generation", (resource.form == Form::Custom).then(|| json!(1)));
    for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields"] {
        metadata::set(object, field, None);
    }
    if resource.form == Form::Namespace {
        object["status"] = json!({"phase": "Active"});
    } else if resource.has_status
        && let Some(map) = object.as_object_mut()
    {
        map.shift_remove("status");
    }
}

/// Brings an incoming object into the form in which it is stored. The result is what to warn of.
pub(super) fn prepare(writing: &Writing<'_>, object: &mut Value) -> Result<Vec<String>, ApiError> {
    let resource = writing.resource;
    let warnings = admission::drop_unknown(resource, object, writing.options.unknown_fields)?;
    admission::prune_nulls(&resource.schema, object);
    if resource.form == Form::Secret {
        secret::fold(object);
    }
    admission::fill(&resource.schema, object);
    Ok(warnings)
}

/// A random (version 4) UUID.
fn uid() -> String {
    let mut bytes: [u8; 16] = rand::random();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Makes the namespace if it is not there, and drops old Events before a new one, from time to time.
fn make_room(writing: &mut Writing<'_>, namespace: &str) {
    if writing.resource.namespaced {
        ensure_namespace(writing.registry, writing.state, namespace, writing.now);
    }
    if matches!(writing.resource.form, Form::CoreEvent | Form::Event)
        && writing.state.count_event().is_multiple_of(event::BATCH)
    {
        expire_events(writing.state, &writing.key("", "").storage, writing.now);
    }
}

/// Makes a namespace if it is not there.
pub(crate) fn ensure_namespace(registry: &Registry, state: &mut State, namespace: &str, now: Timestamp) {
    let resource = registry.namespaces();
    let key =
        Key { storage: Arc::clone(&resource.storage), namespace: String::new(), name: namespace.to_owned() };
    if state.get(&key).is_none() {
        let object = json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": namespace,
                "uid": uid(),
                "creationTimestamp": timestamp(now),
                "labels": {"kubernetes.io/metadata.name": namespace},
            },
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        });
        state.put(key, object, Origin::Api);
    }
}

fn expire_events(state: &mut State, storage: &Arc<str>, now: Timestamp) {
    let mut all: Vec<_> = state
        .list(storage, "", None)
        .map(|(key, stored)| (event::last_seen(&stored.object), key.clone()))
        .collect();
    all.sort_by_key(|(seen, _)| *seen);
    let surplus = (all.len() + 1).saturating_sub(event::MOST);
    let expired = |seen: &Option<Timestamp>| seen.is_none_or(|it| now.duration_since(it) > event::TTL);
    for (at, (seen, key)) in all.iter().enumerate() {
        if at < surplus || expired(seen) {
            state.remove(key, None);
        }
    }
}
