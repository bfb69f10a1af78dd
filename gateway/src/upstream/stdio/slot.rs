//! The place of one process: nobody in it, one starting, one running, or a wait after a failure.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared as SharedFuture};
use secrecy::SecretString;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::connection::Connection;
use super::link::Closed;
use super::places::Place;
use super::server::Shared;
use super::spec::StdioOptions;
use crate::upstream::failure::Failure;

type Outcome = Result<Arc<Connection>, Failure>;
type Start = SharedFuture<BoxFuture<'static, Outcome>>;

/// Holds at most one process.
#[derive(Debug, Default)]
pub(super) struct Slot {
    inner: Mutex<Inner>,
    closing: CancellationToken,
}

#[derive(Debug, Default)]
struct Inner {
    /// Failures in a row.
    failures: u32,
    phase: Phase,
}

#[derive(Debug, Default)]
enum Phase {
    #[default]
    Stopped,
    Starting(Start),
    Running(Arc<Connection>),
    Waiting {
        until: Instant,
        failure: Failure,
    },
    Closed,
}

/// What is to be waited for.
enum Next {
    Started(Start),
    /// The end of a process that takes no more calls.
    Leaving(CancellationToken),
}

impl Slot {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The running process; starts it if there is none. However many callers come at once, one process is started, and it
    /// goes on starting when a caller goes away.
    ///
    /// # Errors
    /// Why there is no process; during a wait after a failure, at once.
    pub(super) async fn connection(
        &self,
        shared: &Arc<Shared>,
        credential: Option<&SecretString>,
    ) -> Result<Arc<Connection>, Failure> {
        loop {
            let next = {
                let mut inner = self.inner();
                match &inner.phase {
                    Phase::Closed => return Err(Failure::new("Stopped", "the hosted server was shut down")),
                    Phase::Starting(start) => Next::Started(start.clone()),
                    Phase::Running(connection) => match connection.closed() {
                        None => return Ok(Arc::clone(connection)),
                        Some(closed) => {
                            let (started, gone) = (connection.started(), connection.gone());
                            inner.leave(&shared.options, started, closed);
                            Next::Leaving(gone)
                        }
                    },
                    Phase::Waiting { until, failure } if Instant::now() < *until => {
                        return Err(in_backoff(failure, *until));
                    }
                    Phase::Waiting { .. } | Phase::Stopped => {
                        // That others have all places is no failure of this server, so nothing to wait after.
                        let place = shared.place()?;
                        let start = self.start(Arc::clone(shared), credential.cloned(), place);
                        inner.phase = Phase::Starting(start.clone());
                        Next::Started(start)
                    }
                }
            };
            let start = match next {
                Next::Started(start) => start,
                Next::Leaving(gone) => {
                    // Until then the next one may have no place.
                    gone.cancelled().await;
                    continue;
                }
            };
            let outcome = start.clone().await;
            let mut inner = self.inner();
            // The first caller to come back says what became of it; the others find it said.
            if matches!(&inner.phase, Phase::Starting(current) if current.ptr_eq(&start)) {
                match &outcome {
                    Ok(connection) => inner.phase = Phase::Running(Arc::clone(connection)),
                    Err(failure) => inner.fail(&shared.options, failure.clone(), Instant::now()),
                }
            }
            outcome?;
        }
    }

    /// The start itself is a task of its own, ended when nobody refers to it any more.
    fn start(
        &self,
        shared: Arc<Shared>,
        credential: Option<SecretString>,
        place: Option<Arc<Place>>,
    ) -> Start {
        let closing = self.closing.clone();
        let task = AbortOnDropHandle::new(tokio::spawn(async move {
            tokio::select! {
                outcome = Connection::open(&shared, credential.as_ref(), place) => outcome.map(Arc::new),
                () = closing.cancelled() => Err(Failure::new("Stopped", "the hosted server was shut down")),
            }
        }));
        let outcome = async {
            task.await
                .unwrap_or_else(|_| Err(Failure::new("Stopped", "the start of the hosted server was ended")))
        };
        outcome.boxed().shared()
    }

    /// Whether a call waits or a process is starting.
    pub(super) fn is_busy(&self) -> bool {
        match &self.inner().phase {
            Phase::Starting(start) => start.peek().is_none(),
            Phase::Running(connection) => connection.is_busy(),
            Phase::Stopped | Phase::Waiting { .. } | Phase::Closed => false,
        }
    }

    /// Whether there is a process, or one to come.
    pub(super) fn is_live(&self) -> bool {
        match &self.inner().phase {
            Phase::Starting(start) => start.peek().is_none_or(|outcome| match outcome {
                Ok(connection) => connection.closed().is_none(),
                Err(_) => false,
            }),
            Phase::Running(connection) => connection.closed().is_none(),
            Phase::Stopped | Phase::Waiting { .. } | Phase::Closed => false,
        }
    }

    /// Ends a process that no call waits for, in good order; the next call starts another one. False if there is none.
    pub(super) async fn rest(&self) -> bool {
        let connection = match &self.inner().phase {
            Phase::Running(connection) if connection.closed().is_none() => Arc::clone(connection),
            _ => return false,
        };
        connection.stop_if_idle().await
    }

    /// Ends the process in good order and takes no more calls.
    pub(super) async fn shutdown(&self) {
        self.closing.cancel();
        let phase = std::mem::replace(&mut self.inner().phase, Phase::Closed);
        let connection = match phase {
            Phase::Running(connection) => Some(connection),
            Phase::Starting(start) => start.await.ok(),
            Phase::Stopped | Phase::Waiting { .. } | Phase::Closed => None,
        };
        if let Some(connection) = connection {
            connection.stop().await;
        }
    }
}

impl Inner {
    /// After a process has ended.
    fn leave(&mut self, options: &StdioOptions, started: Instant, closed: Closed) {
        let healthy = closed.at.duration_since(started) >= options.healthy_after;
        if closed.wanted || healthy {
            self.failures = 0;
        }
        if closed.wanted || healthy {
            self.phase = Phase::Stopped;
        } else {
            self.fail(options, closed.failure, closed.at);
        }
    }

    fn fail(&mut self, options: &StdioOptions, failure: Failure, at: Instant) {
        let doublings = self.failures.min(16);
        let wait = options.backoff_min.saturating_mul(1 << doublings).min(options.backoff_max);
        self.failures = self.failures.saturating_add(1);
        self.phase = Phase::Waiting { until: at + wait, failure };
    }
}

fn in_backoff(failure: &Failure, until: Instant) -> Failure {
    let wait = until.saturating_duration_since(Instant::now()).as_secs() + 1;
    Failure::new(failure.reason, format!("{} (the next start is tried in {wait} s)", failure.message))
}
