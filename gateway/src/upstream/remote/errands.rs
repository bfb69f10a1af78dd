//! Messages that must leave although nobody waits for them any more.

use std::sync::{Mutex, PoisonError};

use futures::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

/// More at once are not sent: the server learns of it when the connection closes, or by its own timeout.
const MAX_ERRANDS: usize = 64;

/// Tasks with a time limit of their own, ended when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Errands(Mutex<JoinSet<()>>);

impl Errands {
    /// Sends one on its way.
    pub(super) fn spawn(&self, errand: BoxFuture<'static, ()>) {
        let mut errands = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while errands.try_join_next().is_some() {}
        // A future may be dropped when its runtime is already gone.
        if errands.len() < MAX_ERRANDS && Handle::try_current().is_ok() {
            errands.spawn(errand);
        }
    }

    /// Waits for those under way.
    pub(super) async fn finish(&self) {
        let mut errands = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        while errands.join_next().await.is_some() {}
    }
}
