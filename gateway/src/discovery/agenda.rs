//! Connectors to be asked, each once, and when.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::ids::ConnectorId;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// Bounds of the wait after a failure.
const RETRY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(300));

/// The connectors to be asked.
#[derive(Default)]
pub struct Agenda {
    entries: Mutex<HashMap<ConnectorId, (Instant, u32)>>,
    changed: Notify,
}

impl Agenda {
    /// Adds connectors that are new or changed: they are asked at once, whatever failed before.
    pub fn add(&self, connectors: &[ConnectorId]) {
        let now = Instant::now();
        self.lock().extend(connectors.iter().map(|id| (id.clone(), (now, 0))));
        self.changed.notify_one();
    }

    /// Adds a connector whose turn comes later, unless it has an earlier one by now.
    pub(super) fn add_at(&self, id: ConnectorId, attempt: u32, at: Instant) {
        self.lock().entry(id).or_insert((at, attempt));
        self.changed.notify_one();
    }

    /// Adds a connector that has failed so many times.
    pub(super) fn retry(&self, id: ConnectorId, attempt: u32) {
        let wait = RETRY.0.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(RETRY.1);
        self.add_at(id, attempt, Instant::now() + wait);
    }

    /// Waits for the next turn.
    pub(super) async fn next(&self) -> (ConnectorId, u32) {
        loop {
            let earliest = {
                let mut entries = self.lock();
                let next = entries.iter().min_by_key(|(_, (at, _))| *at);
                match next.map(|(id, (at, attempt))| (id.clone(), *at, *attempt)) {
                    Some((id, at, attempt)) if at <= Instant::now() => {
                        entries.remove(&id);
                        return (id, attempt);
                    }
                    next => next.map(|(_, at, _)| at),
                }
            };
            let turn = async {
                match earliest {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = turn => {}
                () = self.changed.notified() => {}
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectorId, (Instant, u32)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_comes_before_a_retry_and_each_connector_once() {
        let agenda = Agenda::default();
        let (a, b) = (ConnectorId::new("a"), ConnectorId::new("b"));
        agenda.retry(a.clone(), 3);
        agenda.add(std::slice::from_ref(&b));
        agenda.add(std::slice::from_ref(&b));
        assert_eq!(agenda.next().await, (b, 0));
        agenda.add(std::slice::from_ref(&a));
        assert_eq!(agenda.next().await, (a, 0));
        assert!(agenda.lock().is_empty());
    }
}
