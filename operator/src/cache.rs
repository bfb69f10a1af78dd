//! What a watch has seen of one kind.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::ids::ObjectKey;
use tokio::sync::watch;

/// One object as last seen.
pub(crate) trait Seen {
    /// Whether a change from `self` to `next` is worth a pass. Changes of the status alone are not: they are our own.
    fn differs(&self, next: &Self) -> bool;
}

/// The objects of one kind.
pub(crate) struct Cache<T> {
    state: Mutex<State<T>>,
    synced: watch::Sender<bool>,
}

struct State<T> {
    objects: HashMap<ObjectKey, T>,
    /// Objects of a list that is still coming in.
    listing: HashMap<ObjectKey, T>,
    /// Objects whose deletion the watch has told of, as opposed to those that were missing from a list.
    deleted: HashSet<ObjectKey>,
}

/// The outcome of a completed list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Objects that are new or have changed.
    pub(crate) changed: Vec<ObjectKey>,
    /// Objects that were there before and are not in the list.
    pub(crate) vanished: Vec<ObjectKey>,
}

impl<T: Clone + Seen> Cache<T> {
    pub(crate) fn get(&self, key: &ObjectKey) -> Option<T> {
        self.lock().objects.get(key).cloned()
    }

    /// Whether the watch told that the object was deleted and it has not come back.
    pub(crate) fn was_deleted(&self, key: &ObjectKey) -> bool {
        self.lock().deleted.contains(key)
    }

    /// Forgets a deletion that was dealt with.
    pub(crate) fn forget_deleted(&self, key: &ObjectKey) {
        self.lock().deleted.remove(key);
    }

    /// Every object that satisfies a condition.
    pub(crate) fn select(&self, condition: impl Fn(&T) -> bool) -> Vec<ObjectKey> {
        let state = self.lock();
        let found = state.objects.iter().filter(|(_, object)| condition(object));
        found.map(|(key, _)| key.clone()).collect()
    }

    /// Takes in an object; tells whether it is worth a pass.
    pub(crate) fn apply(&self, key: ObjectKey, object: T) -> bool {
        let mut state = self.lock();
        state.deleted.remove(&key);
        let differs = state.objects.get(&key).is_none_or(|before| before.differs(&object));
        state.objects.insert(key, object);
        differs
    }

    /// Puts in what a write of our own returned, unless the watch has brought something else since.
    pub(crate) fn refresh(&self, key: &ObjectKey, unchanged: impl FnOnce(&T) -> bool, object: T) {
        if let Some(current) = self.lock().objects.get_mut(key)
            && unchanged(current)
        {
            *current = object;
        }
    }

    /// Takes in a deletion.
    pub(crate) fn delete(&self, key: &ObjectKey) {
        let mut state = self.lock();
        state.objects.remove(key);
        state.deleted.insert(key.clone());
    }

    /// Treats an object that is not there as deleted.
    pub(crate) fn condemn(&self, key: &ObjectKey) {
        let mut state = self.lock();
        if !state.objects.contains_key(key) {
            state.deleted.insert(key.clone());
        }
    }

    /// A list begins.
    pub(crate) fn begin_list(&self) {
        self.lock().listing.clear();
    }

    /// An object of the list.
    pub(crate) fn list(&self, key: ObjectKey, object: T) {
        self.lock().listing.insert(key, object);
    }

    /// The list is complete.
    pub(crate) fn end_list(&self) -> Listed {
        let mut state = self.lock();
        let objects = std::mem::take(&mut state.listing);
        let before = std::mem::replace(&mut state.objects, objects);
        let changed: Vec<_> = state
            .objects
            .iter()
            .filter(|(key, object)| before.get(key).is_none_or(|old| old.differs(object)))
            .map(|(key, _)| key.clone())
            .collect();
        let vanished = before.into_keys().filter(|key| !state.objects.contains_key(key)).collect();
        for key in &changed {
            state.deleted.remove(key);
        }
        drop(state);
        self.synced.send_replace(true);
        Listed { changed, vanished }
    }

    /// Turns true when the first list is complete.
    pub(crate) fn synced(&self) -> watch::Receiver<bool> {
        self.synced.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        let state = State { objects: HashMap::new(), listing: HashMap::new(), deleted: HashSet::new() };
        Self { state: Mutex::new(state), synced: watch::Sender::new(false) }
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::Origin;

    use super::*;

    impl Seen for i32 {
        fn differs(&self, next: &Self) -> bool {
            self != next
        }
    }

    fn key(name: &str) -> ObjectKey {
        ObjectKey { origin: Origin::new("o"), namespace: "n".into(), name: name.into() }
    }

    #[test]
    fn a_second_list_tells_what_changed_and_what_vanished() {
        let cache = Cache::<i32>::default();
        for (name, value) in [("a", 1), ("b", 1), ("c", 1)] {
            cache.list(key(name), value);
        }
        assert_eq!(cache.end_list().changed.len(), 3);
        assert!(*cache.synced().borrow());
        cache.begin_list();
        cache.list(key("a"), 1);
        cache.list(key("b"), 2);
        assert_eq!(cache.get(&key("c")), Some(1), "a list under way must not hide what was there");
        assert_eq!(cache.end_list(), Listed { changed: vec![key("b")], vanished: vec![key("c")] });
        assert!(!cache.was_deleted(&key("c")), "missing from a list is not the word of a deletion");
    }

    #[test]
    fn a_deletion_is_remembered_until_the_object_returns() {
        let cache = Cache::<i32>::default();
        assert!(cache.apply(key("a"), 1));
        assert!(!cache.apply(key("a"), 1));
        cache.delete(&key("a"));
        assert!(cache.was_deleted(&key("a")) && cache.get(&key("a")).is_none());
        assert!(cache.apply(key("a"), 1));
        assert!(!cache.was_deleted(&key("a")));
    }
}
