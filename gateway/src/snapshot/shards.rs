//! A map that is cheap to copy and to change by little: copies share all but the parts that change.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

/// Parts of a map: a change of one entry copies one of them.
const SHARDS: usize = 64;

/// A map from texts.
#[derive(Clone)]
pub(super) struct Shards<V> {
    hasher: RandomState,
    shards: Vec<Arc<HashMap<String, V>>>,
}

impl<V: Clone> Default for Shards<V> {
    fn default() -> Self {
        Self { hasher: RandomState::new(), shards: vec![Arc::default(); SHARDS] }
    }
}

impl<V: Clone> Shards<V> {
    fn index(&self, key: &str) -> usize {
        #[allow(clippy::cast_possible_truncation, reason = "any bits of the hash will do")]
        let hash = self.hasher.hash_one(key) as usize;
        hash % SHARDS
    }

    pub(super) fn get(&self, key: &str) -> Option<&V> {
        self.shards[self.index(key)].get(key)
    }

    pub(super) fn insert(&mut self, key: String, value: V) {
        let index = self.index(&key);
        Arc::make_mut(&mut self.shards[index]).insert(key, value);
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<V> {
        let index = self.index(key);
        self.shards[index].get(key)?;
        Arc::make_mut(&mut self.shards[index]).remove(key)
    }

    pub(super) fn clear(&mut self) {
        self.shards.fill(Arc::default());
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.shards.iter().flat_map(|shard| shard.values())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_does_not_see_later_changes() {
        let mut map = Shards::default();
        for number in 0..1_000 {
            map.insert(number.to_string(), number);
        }
        let copy = map.clone();
        map.insert("7".to_owned(), 70);
        assert_eq!(map.remove("8"), Some(8));
        assert_eq!(map.remove("8"), None);
        assert_eq!(
            (copy.get("7"), copy.get("8"), map.get("7"), map.get("8")),
            (Some(&7), Some(&8), Some(&70), None)
        );
        assert_eq!((copy.values().count(), map.values().count()), (1_000, 999));
        let shared = copy.shards.iter().zip(&map.shards).filter(|(a, b)| Arc::ptr_eq(a, b)).count();
        assert!(shared >= SHARDS - 2, "{shared}");
    }
}
