//! A work queue of object names: each at most once, at its earliest time, and never handed out while it is worked on.
//!
//! An object's deletion goes through the same queue as its changes, so a removal never overtakes a write that is still
//! under way.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::ids::ObjectKey;
use tokio::{sync::Notify, time::Instant};

/// The objects of one kind that wait for a pass.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    due: HashMap<ObjectKey, Instant>,
    order: BTreeSet<(Instant, ObjectKey)>,
    running: HashSet<ObjectKey>,
}

impl Queue {
    /// Asks for a pass over an object now.
    pub(crate) fn add(&self, key: ObjectKey) {
        self.add_at(key, Instant::now());
    }

    /// Asks for a pass at a time, or earlier if one was asked for already.
    pub(crate) fn add_at(&self, key: ObjectKey, at: Instant) {
        let mut state = self.lock();
        if let Some(before) = state.due.get(&key).copied() {
            if before <= at {
                return;
            }
            state.order.remove(&(before, key.clone()));
        }
        state.order.insert((at, key.clone()));
        state.due.insert(key, at);
        drop(state);
        self.changed.notify_one();
    }

    /// Waits for an object that is due, and hands it out until [`Queue::done`].
    pub(crate) async fn next(&self) -> ObjectKey {
        loop {
            let wait = match self.take(Instant::now()) {
                Ok(key) => return key,
                Err(wait) => wait,
            };
            match wait {
                Some(at) => tokio::select! {
                    () = self.changed.notified() => {}
                    () = tokio::time::sleep_until(at) => {}
                },
                None => self.changed.notified().await,
            }
        }
    }

    /// Takes back what [`Queue::next`] handed out.
    pub(crate) fn done(&self, key: &ObjectKey) {
        self.lock().running.remove(key);
        self.changed.notify_one();
    }

    /// How many objects are due or will be.
    pub(crate) fn len(&self) -> usize {
        self.lock().due.len()
    }

    /// The first object that is due and not worked on, or the time at which to look again.
    fn take(&self, now: Instant) -> Result<ObjectKey, Option<Instant>> {
        let mut state = self.lock();
        let next = state.order.iter().find(|(_, key)| !state.running.contains(key)).cloned();
        match next {
            Some((at, key)) if at <= now => {
                state.order.remove(&(at, key.clone()));
                state.due.remove(&key);
                state.running.insert(key.clone());
                Ok(key)
            }
            Some((at, _)) => Err(Some(at)),
            None => Err(None),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::ids::Origin;

    use super::*;

    fn key(name: &str) -> ObjectKey {
        ObjectKey { origin: Origin::new("o"), namespace: "n".into(), name: name.into() }
    }

    #[tokio::test]
    async fn an_object_asked_for_twice_comes_once_and_at_the_earlier_time() {
        let queue = Queue::default();
        let now = Instant::now();
        queue.add_at(key("a"), now + Duration::from_secs(60));
        queue.add_at(key("a"), now);
        queue.add_at(key("a"), now + Duration::from_secs(30));
        assert_eq!(queue.next().await, key("a"));
        assert_eq!(queue.len(), 0);
    }

    #[tokio::test]
    async fn an_object_that_is_worked_on_waits_and_is_not_lost() {
        let queue = Queue::default();
        queue.add(key("a"));
        assert_eq!(queue.next().await, key("a"));
        queue.add(key("a"));
        queue.add(key("b"));
        assert_eq!(queue.next().await, key("b"));
        assert_eq!(queue.take(Instant::now()), Err(None));
        queue.done(&key("a"));
        assert_eq!(queue.next().await, key("a"));
    }

    #[test]
    fn an_object_is_not_handed_out_before_its_time() {
        let queue = Queue::default();
        let now = Instant::now();
        let at = now + Duration::from_secs(300);
        queue.add_at(key("a"), at);
        assert_eq!(queue.take(now), Err(Some(at)));
        assert_eq!(queue.take(at), Ok(key("a")));
    }
}
