//! The calls in flight at one process: ids, waiting callers, what is written, and the end of it all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::spec::StdioOptions;
use crate::upstream::era::Era;
use crate::upstream::failure::Failure;
use crate::upstream::message;
use crate::upstream::outgoing::{self, Listener};
use crate::upstream::{Call, UpstreamError, patience};

/// Frames that may wait for the server to read. A caller whose frame finds no room waits with it.
const QUEUED_FRAMES: usize = 64;

type Reply = Result<Box<RawValue>, UpstreamError>;

/// Both ends of the conversation share it: callers and the task that owns the process.
#[derive(Debug)]
pub(super) struct Link {
    calls: Mutex<Calls>,
    frames: mpsc::Sender<Vec<u8>>,
    write_timeout: Duration,
    /// Asks the owning task for an orderly end.
    pub(super) stop: CancellationToken,
    /// Cancelled when the process and its group are gone.
    pub(super) ended: CancellationToken,
}

#[derive(Debug)]
struct Calls {
    next_id: u64,
    pending: HashMap<u64, Waiting>,
    last_used: Instant,
    closed: Option<Closed>,
}

/// One caller that waits.
#[derive(Debug)]
struct Waiting {
    reply: oneshot::Sender<Reply>,
    listener: Option<Listener>,
    progress: Arc<Notify>,
}

/// How the conversation ended.
#[derive(Clone, Debug)]
pub(super) struct Closed {
    pub(super) failure: Failure,
    /// It was our wish (idle, shutdown), not the server's fault.
    pub(super) wanted: bool,
    pub(super) at: Instant,
}

/// Why a request has no result.
#[derive(Debug)]
pub(super) enum CallError {
    /// The link was closed before; nothing was sent.
    NotSent,
    /// The request failed.
    Failed(UpstreamError),
}

impl From<UpstreamError> for CallError {
    fn from(error: UpstreamError) -> Self {
        Self::Failed(error)
    }
}

impl Link {
    /// A link, and the frames to write.
    pub(super) fn new(options: &StdioOptions) -> (Arc<Self>, mpsc::Receiver<Vec<u8>>) {
        let (frames, queue) = mpsc::channel(QUEUED_FRAMES);
        let calls = Calls { next_id: 1, pending: HashMap::new(), last_used: Instant::now(), closed: None };
        let link = Self {
            calls: Mutex::new(calls),
            frames,
            write_timeout: options.write_timeout,
            stop: CancellationToken::new(),
            ended: CancellationToken::new(),
        };
        (Arc::new(link), queue)
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a call and queues its frame.
    pub(super) async fn begin(
        self: &Arc<Self>,
        era: Era,
        call: &Call,
        method: &str,
        params: Option<&RawValue>,
    ) -> Result<Outstanding, CallError> {
        let (reply, receiver) = oneshot::channel();
        let progress = Arc::new(Notify::new());
        let (id, frame) = {
            let mut calls = self.calls();
            if calls.closed.is_some() {
                return Err(CallError::NotSent);
            }
            let id = calls.next_id;
            let prepared = outgoing::prepare(era, id, call, method, params)?;
            calls.next_id += 1;
            calls.last_used = Instant::now();
            let waiting = Waiting { reply, listener: prepared.listener, progress: Arc::clone(&progress) };
            calls.pending.insert(id, waiting);
            (id, message::request(id, method, prepared.params.as_deref()))
        };
        let mut outstanding = Outstanding { link: Arc::clone(self), id, receiver, progress, cancels: false };
        // A closed queue means the process is gone; the reply says why.
        if timeout(self.write_timeout, self.frames.send(frame)).await.is_err() {
            return Err(CallError::Failed(not_reading().into()));
        }
        outstanding.cancels = method != "initialize";
        Ok(outstanding)
    }

    /// Queues a notification of the gateway's own.
    pub(super) async fn notify(&self, method: &str) {
        // A full or closed queue shows in the next call.
        let _ = timeout(self.write_timeout, self.frames.send(message::notification(method, None))).await;
    }

    /// Queues a frame without waiting; whoever floods us with requests and does not read our answers gets none.
    pub(super) fn try_send(&self, frame: Vec<u8>) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.frames.try_send(frame) {
            tracing::debug!("a hosted server does not read: one frame dropped");
        }
    }

    /// Hands an answer to its caller; one for an id that nobody waits for is dropped.
    pub(super) fn resolve(&self, id: u64, outcome: Result<Box<RawValue>, Box<RawValue>>) {
        let mut calls = self.calls();
        calls.last_used = Instant::now();
        if let Some(waiting) = calls.pending.remove(&id) {
            let _ = waiting.reply.send(outcome.map_err(UpstreamError::Rpc));
        }
    }

    /// Gives one caller's listener, and its clock, a sign of life of call `id`.
    pub(super) fn with_progress(&self, id: u64, heard: impl FnOnce(&Listener)) {
        if let Some(waiting) = self.calls().pending.get(&id) {
            waiting.progress.notify_one();
            if let Some(listener) = &waiting.listener {
                heard(listener);
            }
        }
    }

    /// Gives a message that names no call to the one caller that waits. Where several wait, nobody can say whose it is,
    /// and what a server logs of one caller's call is not for another: the message is dropped.
    pub(super) fn with_only_listener(&self, heard: impl FnOnce(&Listener)) {
        let calls = self.calls();
        let mut waiting = calls.pending.values();
        match (waiting.next(), waiting.next()) {
            (Some(Waiting { listener: Some(listener), .. }), None) => heard(listener),
            (_, Some(_)) => tracing::debug!("a log message that may be any caller's: dropped"),
            (_, None) => {}
        }
    }

    /// Fails all calls and accepts no more. The first reason stays.
    pub(super) fn close(&self, failure: &Failure, wanted: bool) {
        let mut calls = self.calls();
        if calls.closed.is_none() {
            calls.closed = Some(Closed { failure: failure.clone(), wanted, at: Instant::now() });
        }
        for (_, waiting) in calls.pending.drain() {
            let _ = waiting.reply.send(Err(failure.clone().into()));
        }
    }

    /// Closes the link if it has been without calls for `limit`; else says how long to wait before asking again.
    pub(super) fn close_if_idle(&self, limit: Duration) -> Result<(), Duration> {
        let mut calls = self.calls();
        let idle = calls.last_used.elapsed();
        if !calls.pending.is_empty() || idle < limit {
            return Err(if calls.pending.is_empty() { limit - idle } else { limit });
        }
        let failure = Failure::new("Stopped", "the hosted server was stopped because nobody used it");
        calls.closed = Some(Closed { failure, wanted: true, at: Instant::now() });
        Ok(())
    }

    /// How it ended, if it did.
    pub(super) fn closed(&self) -> Option<Closed> {
        self.calls().closed.clone()
    }

    /// Whether a caller waits.
    pub(super) fn is_busy(&self) -> bool {
        !self.calls().pending.is_empty()
    }
}

/// A request that was queued. Dropping it before the answer tells the server that nobody waits.
#[derive(Debug)]
pub(super) struct Outstanding {
    link: Arc<Link>,
    id: u64,
    receiver: oneshot::Receiver<Reply>,
    progress: Arc<Notify>,
    cancels: bool,
}

impl Outstanding {
    /// Waits for the answer without a limit. Cancel-safe.
    pub(super) async fn answer(&mut self) -> Reply {
        (&mut self.receiver).await.unwrap_or_else(|_| {
            Err(Failure::new("Stopped", "the hosted server was stopped before it answered").into())
        })
    }

    /// Waits for the answer. `limit` starts anew with each progress notification, `hard` does not.
    pub(super) async fn answer_within(mut self, limit: Duration, hard: Duration) -> Reply {
        let progress = Arc::clone(&self.progress);
        patience::within(self.answer(), &progress, limit, hard).await.unwrap_or_else(|after| {
            let message = format!("the hosted server did not answer within {} s", after.as_secs_f32());
            Err(Failure::new("Timeout", message).into())
        })
    }

    /// Stops waiting without a word to the server.
    pub(super) fn forget(mut self) {
        self.cancels = false;
    }
}

impl Drop for Outstanding {
    fn drop(&mut self) {
        let waited = self.link.calls().pending.remove(&self.id).is_some();
        if waited && self.cancels {
            self.link.try_send(message::cancellation(self.id));
        }
    }
}

pub(super) fn not_reading() -> Failure {
    Failure::new("Timeout", "the hosted server does not read its standard input")
}
