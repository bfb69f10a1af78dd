//! Garbage collection: an object whose owners are all gone goes too.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::timestamp;
use crate::{
    metadata,
    store::{Key, State},
};

/// Deletes an object: at once, or if it has finalizers by marking it. What is left of it is the result.
pub(crate) fn delete(state: &mut State, key: &Key, now: Timestamp) -> Option<Arc<Value>> {
    let stored = state.get(key)?;
    if !metadata::has_finalizers(&stored.object) {
        remove(state, key, None, now);
        return None;
    }
    if metadata::is_deleting(&stored.object) {
        return Some(Arc::clone(&stored.object));
    }
    let origin = stored.origin.clone();
    let mut object = (*stored.object).clone();
    metadata::set(&mut object, "deletionTimestamp", Some(json!(timestamp(now))));
    metadata::set(&mut object, "deletionGracePeriodSeconds", Some(json!(0)));
    if object["metadata"]["generation"].is_number() {
        let next = metadata::generation(&object) + 1;
        metadata::set(&mut object, "generation", Some(json!(next)));
    }
    Some(state.put(key.clone(), object, origin))
}

/// Removes an object, as `last` or as it is, and deletes those that depended on it alone.
pub(super) fn remove(
    state: &mut State,
    key: &Key,
    last: Option<Value>,
    now: Timestamp,
) -> Option<Arc<Value>> {
    let object = state.remove(key, last)?;
    let uid = metadata::uid(&object);
    let dependents: Vec<Key> = state
        .all()
        .filter(|(_, it)| metadata::owners(&it.object).any(|owner| owner == uid))
        .map(|(key, _)| key.clone())
        .collect();
    for key in dependents {
        if_orphaned(state, &key, now);
    }
    Some(object)
}

/// Deletes an object if it names owners and none of them exists.
pub(super) fn if_orphaned(state: &mut State, key: &Key, now: Timestamp) {
    let is_orphan = state.get(key).is_some_and(|it| {
        let mut owners = metadata::owners(&it.object).peekable();
        owners.peek().is_some() && !owners.any(|owner| state.has_uid(owner))
    });
    if is_orphan {
        delete(state, key, now);
    }
}

/// Deletes everything whose owners are gone: what a crash may have left over.
pub(crate) fn sweep(state: &mut State, now: Timestamp) {
    let keys: Vec<Key> = state.all().map(|(key, _)| key.clone()).collect();
    for key in keys {
        if_orphaned(state, &key, now);
    }
}

/// Takes an owner off its dependents, so that they stay when it goes.
pub(super) fn orphan(state: &mut State, uid: &str) {
    let dependents: Vec<_> = state
        .all()
        .filter(|(_, it)| metadata::owners(&it.object).any(|owner| owner == uid))
        .map(|(key, it)| (key.clone(), it.clone()))
        .collect();
    for (key, stored) in dependents {
        let mut object = (*stored.object).clone();
        let owners = object["metadata"]["ownerReferences"].as_array().into_iter().flatten();
        let others: Vec<Value> = owners.filter(|it| it["uid"] != uid).cloned().collect();
        metadata::set(&mut object, "ownerReferences", (!others.is_empty()).then(|| Value::Array(others)));
        state.put(key, object, stored.origin);
    }
}
