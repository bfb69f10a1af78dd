//! A process that has been greeted and takes calls.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::handshake::{self, Greeting};
use super::link::{CallError, Closed, Link};
use super::places::Place;
use super::process::Process;
use super::receive::Receiver;
use super::server::Shared;
use super::stderr::Tail;
use super::supervise::Supervision;
use crate::upstream::era::Era;
use crate::upstream::failure::Failure;
use crate::upstream::mask::Mask;
use crate::upstream::{Call, Description};

/// Dropping it kills the process group.
#[derive(Debug)]
pub(super) struct Connection {
    link: Arc<Link>,
    started: Instant,
    era: Era,
    pub(super) description: Description,
    _supervisor: AbortOnDropHandle<()>,
}

impl Connection {
    /// Starts a process and greets it. A server that ends when it hears of a method before `initialize` (some do) is started
    /// once more and greeted the old way.
    pub(super) async fn open(
        shared: &Shared,
        credential: Option<&SecretString>,
        place: Option<Arc<Place>>,
    ) -> Result<Self, Failure> {
        let known = shared.verdict();
        match Self::attempt(shared, credential, known, place.clone()).await {
            Err(Failure { reason: "Exited", .. }) if known.is_none() => {
                Self::attempt(shared, credential, Some(Era::Legacy), place).await
            }
            outcome => outcome,
        }
    }

    async fn attempt(
        shared: &Shared,
        credential: Option<&SecretString>,
        known: Option<Era>,
        place: Option<Arc<Place>>,
    ) -> Result<Self, Failure> {
        let (spec, options) = (&shared.spec, &shared.options);
        let started = Instant::now();
        let (process, streams) = Process::start(spec, credential, &options.work_root, place)?;
        let (link, queue) = Link::new(options);
        let tail = Tail::default();
        let mask = Mask::new(spec.secret_env.values().chain(&spec.credential).chain(credential));
        let supervision = Supervision {
            link: Arc::clone(&link),
            queue,
            receiver: Receiver::new(Arc::clone(&link), shared.changes.clone(), mask.clone()),
            tail: tail.clone(),
            mask: mask.clone(),
            options: options.clone(),
            name: shared.name(&mask),
        };
        let span = tracing::info_span!("hosted", tenant = spec.tenant, connector = spec.connector);
        let task = tokio::spawn(supervision.run(process, streams).instrument(span));
        let supervisor = AbortOnDropHandle::new(task);

        let greeted = timeout(options.startup_timeout, handshake::greet(&link, known, options.probe_timeout));
        let Greeting { era, verdict, description } = greeted.await.unwrap_or_else(|_| {
            let message = format!(
                "the hosted server {} did not answer the MCP handshake within {} s{}",
                shared.name(&mask),
                options.startup_timeout.as_secs_f32(),
                tail.shown()
            );
            Err(Failure::new("Timeout", message))
        })?;
        shared.remember(verdict);
        shared.changes.note_all();
        Ok(Self { link, started, era, description, _supervisor: supervisor })
    }

    /// Sends a request and waits for its result.
    pub(super) async fn request(
        &self,
        shared: &Shared,
        call: &Call,
        method: &str,
        params: Option<&RawValue>,
    ) -> Result<Box<RawValue>, CallError> {
        let options = &shared.options;
        let outstanding = self.link.begin(self.era, call, method, params).await?;
        Ok(outstanding.answer_within(options.call_timeout, options.call_hard_timeout).await?)
    }

    /// How it ended, if it did, and how long it lived.
    pub(super) fn closed(&self) -> Option<Closed> {
        self.link.closed()
    }

    pub(super) fn started(&self) -> Instant {
        self.started
    }

    pub(super) fn is_busy(&self) -> bool {
        self.link.is_busy()
    }

    /// Cancelled when the process group is gone.
    pub(super) fn gone(&self) -> CancellationToken {
        self.link.ended.clone()
    }

    /// The orderly end of a process that no call waits for; false if one does.
    pub(super) async fn stop_if_idle(&self) -> bool {
        let idle = self.link.close_if_idle(Duration::ZERO).is_ok();
        if idle {
            self.stop().await;
        }
        idle
    }

    /// The orderly end; returns when the process group is gone.
    pub(super) async fn stop(&self) {
        self.link.stop.cancel();
        self.link.ended.cancelled().await;
    }
}
