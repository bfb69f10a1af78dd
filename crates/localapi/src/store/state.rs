//! Objects in memory and the recent changes that watchers replay.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    fmt,
    sync::Arc,
};

use serde_json::{Value, json};

use super::record::Origin;
use crate::metadata;

/// How many changes are kept for watchers. One that falls further behind is told to list again (410).
pub(crate) const HISTORY: usize = 1_000;

/// Where an object is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// [`crate::resource::Resource::storage`].
    pub(crate) storage: Arc<str>,
    /// Empty for cluster-scoped kinds.
    pub(crate) namespace: String,
    /// The name.
    pub(crate) name: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.storage, self.namespace, self.name)
    }
}

/// An object and where it came from.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) object: Arc<Value>,
    pub(crate) origin: Origin,
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Added,
    Modified,
    Deleted,
}

/// One change.
#[derive(Clone)]
pub(crate) struct Change {
    pub(crate) revision: u64,
    pub(crate) key: Key,
    pub(crate) kind: ChangeKind,
    /// The object after the change, or as it was last.
    pub(crate) object: Arc<Value>,
    /// The object before it.
    pub(crate) before: Option<Arc<Value>>,
}

/// Everything, as it is now.
pub(crate) struct State {
    objects: BTreeMap<Key, Stored>,
    by_uid: HashMap<String, Key>,
    history: VecDeque<Change>,
    /// The revision before the oldest change in `history`.
    forgotten: u64,
    revision: u64,
    removals: u64,
    events: usize,
    dirty: HashSet<Key>,
}

impl State {
    pub(super) fn new(records: Vec<(Key, Stored)>, revision: u64) -> Self {
        let by_uid =
            records.iter().map(|(key, it)| (metadata::uid(&it.object).to_owned(), key.clone())).collect();
        Self {
            objects: records.into_iter().collect(),
            by_uid,
            history: VecDeque::new(),
            forgotten: revision,
            revision,
            removals: 0,
            events: 0,
            dirty: HashSet::new(),
        }
    }

    /// The revision of the latest change.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// How many objects were removed since the start.
    pub(crate) fn removals(&self) -> u64 {
        self.removals
    }

    /// Counts Events that are created; the result is how many there were before this one since the start.
    pub(crate) fn count_event(&mut self) -> usize {
        self.events += 1;
        self.events - 1
    }

    /// One object.
    pub(crate) fn get(&self, key: &Key) -> Option<&Stored> {
        self.objects.get(key)
    }

    /// Whether an object with that UID exists.
    pub(crate) fn has_uid(&self, uid: &str) -> bool {
        self.by_uid.contains_key(uid)
    }

    /// Everything.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Key, &Stored)> {
        self.objects.iter()
    }

    /// The objects of a kind in a namespace, or with an empty one in all of them; by namespace and name, from `after`.
    pub(crate) fn list<'a>(
        &'a self,
        storage: &'a Arc<str>,
        namespace: &'a str,
        after: Option<&Key>,
    ) -> impl Iterator<Item = (&'a Key, &'a Stored)> {
        let first =
            Key { storage: Arc::clone(storage), namespace: namespace.to_owned(), name: String::new() };
        let start = after.filter(|after| **after > first).cloned().unwrap_or(first);
        self.objects
            .range(start..)
            .take_while(move |(key, _)| key.storage == *storage)
            .take_while(move |(key, _)| namespace.is_empty() || key.namespace == namespace)
    }

    /// Stores an object under the next revision and gives it back as stored.
    pub(crate) fn put(&mut self, key: Key, mut object: Value, origin: Origin) -> Arc<Value> {
        self.revision += 1;
        metadata::set(&mut object, "resourceVersion", Some(json!(self.revision.to_string())));
        let object = Arc::new(object);
        self.by_uid.insert(metadata::uid(&object).to_owned(), key.clone());
        let stored = Stored { object: Arc::clone(&object), origin };
        let before = self.objects.insert(key.clone(), stored).map(|old| old.object);
        let kind = if before.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
        self.record(key, kind, Arc::clone(&object), before);
        object
    }

    /// Removes an object, under the next revision, and gives it back as watchers see it last: as `last`, or as it is.
    pub(crate) fn remove(&mut self, key: &Key, last: Option<Value>) -> Option<Arc<Value>> {
        let old = self.objects.remove(key)?;
        self.by_uid.remove(metadata::uid(&old.object));
        self.revision += 1;
        self.removals += 1;
        let mut last = last.unwrap_or_else(|| (*old.object).clone());
        metadata::set(&mut last, "resourceVersion", Some(json!(self.revision.to_string())));
        let last = Arc::new(last);
        self.record(key.clone(), ChangeKind::Deleted, Arc::clone(&last), Some(old.object));
        Some(last)
    }

    /// Changes where an object is said to come from. Nobody can see that, so the revision stays.
    pub(crate) fn set_origin(&mut self, key: &Key, origin: Origin) {
        if let Some(stored) = self.objects.get_mut(key)
            && stored.origin != origin
        {
            stored.origin = origin;
            self.dirty.insert(key.clone());
        }
    }

    fn record(&mut self, key: Key, kind: ChangeKind, object: Arc<Value>, before: Option<Arc<Value>>) {
        self.dirty.insert(key.clone());
        if self.history.len() == HISTORY
            && let Some(oldest) = self.history.pop_front()
        {
            self.forgotten = oldest.revision;
        }
        self.history.push_back(Change { revision: self.revision, key, kind, object, before });
    }

    /// The changes after a revision; `Err` with the oldest one that can be asked for if some are forgotten.
    pub(crate) fn since(&self, revision: u64) -> Result<impl Iterator<Item = &Change>, u64> {
        if revision < self.forgotten {
            return Err(self.forgotten);
        }
        let start = self.history.partition_point(|change| change.revision <= revision);
        Ok(self.history.range(start..))
    }

    /// What must go to disk since this was asked last; `None` for what is gone.
    pub(super) fn take_dirty(&mut self) -> Vec<(Key, Option<Stored>)> {
        let dirty = std::mem::take(&mut self.dirty);
        dirty.into_iter().map(|key| (key.clone(), self.objects.get(&key).cloned())).collect()
    }
}
