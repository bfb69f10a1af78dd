//! A request that waits until a test lets it go.

use tokio::sync::oneshot;

use super::Seen;

type Chooser = Box<dyn Fn(&Seen<'_>) -> bool + Send + Sync>;

/// The test's end: the request is held until this is released or dropped.
#[derive(Debug)]
pub struct Hold {
    arrived: Option<oneshot::Receiver<()>>,
    release: oneshot::Sender<()>,
}

impl Hold {
    /// Waits until the request is there, and held.
    pub async fn arrived(&mut self) {
        if let Some(arrived) = self.arrived.take() {
            // The request's end says so before it can be dropped.
            let _told = arrived.await;
        }
    }

    /// Lets the request go.
    pub fn release(self) {
        let _gone = self.release.send(());
    }
}

/// The request's end.
pub(super) struct Waiting {
    chooses: Chooser,
    arrived: oneshot::Sender<()>,
    released: oneshot::Receiver<()>,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").finish_non_exhaustive()
    }
}

/// Both ends.
pub(super) fn new(chooses: Chooser) -> (Hold, Waiting) {
    let (arrive, arrived) = oneshot::channel();
    let (release, released) = oneshot::channel();
    let hold = Hold { arrived: Some(arrived), release };
    (hold, Waiting { chooses, arrived: arrive, released })
}

impl Waiting {
    pub(super) fn chooses(&self, seen: &Seen<'_>) -> bool {
        (self.chooses)(seen)
    }

    pub(super) async fn wait(self) {
        let _unheard = self.arrived.send(());
        // An error means that the test dropped its end, which also lets the request go.
        let _dropped = self.released.await;
    }
}
