//! Deletion, with finalizers, preconditions and what is to become of dependents.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Writing, collect};
use crate::{error::ApiError, metadata, resource::Form, selector::Selector, store::Key};

/// The body of a delete, or its query.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DeleteOptions {
    propagation_policy: Option<String>,
    orphan_dependents: Option<bool>,
    preconditions: Preconditions,
    dry_run: Vec<String>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Preconditions {
    uid: Option<String>,
    resource_version: Option<String>,
}

impl DeleteOptions {
    /// Reads the options from the body, or where that is empty from what the query says.
    ///
    /// # Errors
    /// 400 for a body that cannot be read.
    pub(crate) fn parse(body: &[u8], propagation_policy: &str) -> Result<Self, ApiError> {
        let mut options: Self = if body.is_empty() {
            Self::default()
        } else {
            serde_json::from_slice(body)
                .map_err(|error| ApiError::bad_request(format!("the body is no DeleteOptions: {error}")))?
        };
        if options.propagation_policy.is_none() && !propagation_policy.is_empty() {
            options.propagation_policy = Some(propagation_policy.to_owned());
        }
        Ok(options)
    }

    fn orphans(&self) -> bool {
        self.propagation_policy.as_deref() == Some("Orphan") || self.orphan_dependents == Some(true)
    }
}

/// What a deletion came to.
pub(crate) enum Deleted {
    /// The object is gone.
    Gone(Arc<Value>),
    /// Finalizers keep it for now.
    Pending(Arc<Value>),
}

/// Deletes an object.
///
/// # Errors
/// 404, and 409 where a precondition does not hold.
pub(crate) fn delete(
    writing: &mut Writing<'_>,
    namespace: &str,
    name: &str,
    options: &DeleteOptions,
) -> Result<Deleted, ApiError> {
    let resource = writing.resource;
    if resource.form == Form::Namespace {
        return Err(ApiError::method_not_allowed(&http::Method::DELETE, resource));
    }
    let key = writing.key(namespace, name);
    let Some(stored) = writing.state.get(&key) else {
        return Err(ApiError::not_found(resource, name));
    };
    let object = Arc::clone(&stored.object);
    let wanted = &options.preconditions;
    let differs = |wanted: &Option<String>, found: &str| wanted.as_deref().is_some_and(|it| it != found);
    if differs(&wanted.uid, metadata::uid(&object))
        || differs(&wanted.resource_version, metadata::version(&object))
    {
        let why = "Precondition failed: the object has another uid or resourceVersion";
        return Err(ApiError::conflict(resource, name, why));
    }
    if writing.options.dry_run || options.dry_run.iter().any(|it| it == "All") {
        return Ok(Deleted::Gone(object));
    }
    if options.orphans() {
        collect::orphan(writing.state, metadata::uid(&object));
    }
    Ok(delete_in(writing, &key, object))
}

/// Deletes the objects of a collection that a selector matches, and gives them as they were.
///
/// # Errors
/// As [`delete`].
pub(crate) fn delete_all(
    writing: &mut Writing<'_>,
    namespace: &str,
    selector: &Selector,
    options: &DeleteOptions,
) -> Result<Vec<Arc<Value>>, ApiError> {
    let storage = writing.key("", "").storage;
    let found: Vec<(Key, Arc<Value>)> = writing
        .state
        .list(&storage, namespace, None)
        .filter(|(_, stored)| selector.matches(&stored.object))
        .map(|(key, stored)| (key.clone(), Arc::clone(&stored.object)))
        .collect();
    for (key, _) in &found {
        // A dependent of one deleted before may be gone already.
        if writing.state.get(key).is_some() {
            delete(writing, &key.namespace, &key.name, options)?;
        }
    }
    Ok(found.into_iter().map(|(_, object)| object).collect())
}

fn delete_in(writing: &mut Writing<'_>, key: &Key, object: Arc<Value>) -> Deleted {
    collect::delete(writing.state, key, writing.now).map_or(Deleted::Gone(object), Deleted::Pending)
}

/// Kubernetes' answer to a deletion that is done.
pub(crate) fn success(resource: &crate::resource::Resource, object: &Value) -> Value {
    json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {
            "name": metadata::name(object),
            "group": resource.group,
            "kind": resource.plural,
            "uid": metadata::uid(object),
        },
    })
}
