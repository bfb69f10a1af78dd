//! Getting and listing.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    error::ApiError,
    request::Query,
    resource::Resource,
    selector::Selector,
    store::{Key, Store},
    view::View,
};

/// One object.
///
/// # Errors
/// 404 if it is not there.
pub(crate) fn get(
    store: &Store,
    resource: &Resource,
    namespace: &str,
    name: &str,
) -> Result<Arc<Value>, ApiError> {
    let storage = Arc::clone(&resource.storage);
    let key = Key { storage, namespace: namespace.to_owned(), name: name.to_owned() };
    store
        .read(|state| state.get(&key).map(|it| Arc::clone(&it.object)))
        .ok_or_else(|| ApiError::not_found(resource, name))
}

/// Where a list that was cut off goes on.
#[derive(Serialize, Deserialize)]
struct Continue {
    /// The revision of the first page, which is also that of the others: whoever watches from there learns what has
    /// changed between the pages.
    revision: u64,
    namespace: String,
    name: String,
}

impl Continue {
    fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(json!(self).to_string())
    }

    fn decode(text: &str) -> Result<Option<Self>, ApiError> {
        if text.is_empty() {
            return Ok(None);
        }
        URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .map(Some)
            .ok_or_else(|| ApiError::bad_request("continue key is not valid"))
    }
}

/// The objects of a collection, as the client wants to see them.
///
/// # Errors
/// 400 for a query that cannot be read.
pub(crate) fn list(
    store: &Store,
    view: &View<'_>,
    namespace: &str,
    query: &Query,
) -> Result<Value, ApiError> {
    let resource = view.resource;
    let selector = Selector::parse(resource, query.text("labelSelector"), query.text("fieldSelector"))?;
    let limit = query.number("limit")?.filter(|it| *it > 0).map_or(usize::MAX, |it| it as usize);
    let from = Continue::decode(query.text("continue"))?;
    let after = from.as_ref().map(|it| Key {
        storage: Arc::clone(&resource.storage),
        namespace: it.namespace.clone(),
        name: it.name.clone(),
    });
    let (revision, mut found, remaining) = store.read(|state| {
        let revision = from.as_ref().map_or_else(|| state.revision(), |it| it.revision);
        let mut all = state
            .list(&resource.storage, namespace, after.as_ref())
            .filter(|(key, _)| after.as_ref().is_none_or(|after| *key != after))
            .filter(|(_, it)| selector.matches(&it.object));
        let found: Vec<_> =
            all.by_ref().take(limit).map(|(key, it)| (key.clone(), Arc::clone(&it.object))).collect();
        (revision, found, all.count())
    });
    let mut metadata = json!({"resourceVersion": revision.to_string()});
    if remaining > 0
        && let Some((last, _)) = found.last()
    {
        let next = Continue { revision, namespace: last.namespace.clone(), name: last.name.clone() };
        metadata["continue"] = json!(next.encode());
        metadata["remainingItemCount"] = json!(remaining);
    }
    let objects: Vec<Arc<Value>> = found.drain(..).map(|(_, object)| object).collect();
    let objects: Vec<&Value> = objects.iter().map(AsRef::as_ref).collect();
    Ok(view.list(&objects, &metadata))
}
