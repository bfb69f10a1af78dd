//! What `/readyz` answers.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use telemetry::health::ReadyCheck;
use tokio::sync::watch;

/// How far the process has come.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    leading: Arc<AtomicBool>,
    running: Arc<watch::Sender<bool>>,
}

impl Progress {
    /// A standby, which is ready: it can take over.
    pub(super) fn new(running: Arc<watch::Sender<bool>>) -> Self {
        Self { leading: Arc::default(), running }
    }

    /// From now on this process must work to be ready.
    pub(super) fn leads(&self) {
        self.leading.store(true, Ordering::Relaxed);
    }

    pub(super) fn check(&self) -> ReadyCheck {
        let Self { leading, running } = self.clone();
        Arc::new(move || {
            if leading.load(Ordering::Relaxed) && !*running.borrow() {
                return Err("leader: the objects are not listed yet".to_owned());
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standby_is_ready_and_a_leader_only_when_it_works() {
        let running = Arc::new(watch::Sender::new(false));
        let progress = Progress::new(Arc::clone(&running));
        let check = progress.check();
        assert!(check().is_ok());
        progress.leads();
        assert!(check().unwrap_err().starts_with("leader:"));
        running.send_replace(true);
        assert!(check().is_ok());
    }
}
