//! A hosted server as the edge sees it: the connector's own process, and one more for each caller that brings a credential.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use lru::LruCache;
use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::connection::Connection;
use super::link::CallError;
use super::slot::Slot;
use super::spec::{StdioOptions, StdioSpec};
use crate::upstream::changes::{ListChanges, ListVersions};
use crate::upstream::era::Era;
use crate::upstream::failure::Failure;
use crate::upstream::mask::Mask;
use crate::upstream::{Call, Description, Upstream, UpstreamError};

/// How often a call looks for a process anew when the one it got was just being stopped.
const ATTEMPTS: usize = 3;

/// A hosted MCP server, started when it is first needed.
#[derive(Debug)]
pub struct StdioServer {
    shared: Arc<Shared>,
    own: Slot,
    users: Mutex<Users>,
}

/// What all processes of one server have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) spec: StdioSpec,
    pub(super) options: StdioOptions,
    pub(super) changes: ListChanges,
    era: Mutex<Option<Era>>,
}

/// Processes of callers' own credentials, by SHA-256 of the credential.
#[derive(Debug)]
struct Users {
    slots: LruCache<[u8; 32], Arc<Slot>>,
    /// Ends of slots that had to make room.
    leaving: JoinSet<()>,
    closed: bool,
}

impl Shared {
    pub(super) fn verdict(&self) -> Option<Era> {
        *self.era.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn remember(&self, era: Era) {
        *self.era.lock().unwrap_or_else(PoisonError::into_inner) = Some(era);
    }

    /// The command line as messages call it.
    pub(super) fn name(&self, mask: &Mask) -> String {
        let line = [std::slice::from_ref(&self.spec.command), &self.spec.args].concat().join(" ");
        let line: String = mask.apply(&line).chars().take(200).collect();
        format!("`{line}`")
    }
}

impl StdioServer {
    /// Nothing is started yet.
    #[must_use]
    pub fn new(spec: StdioSpec, options: StdioOptions) -> Self {
        let slots = LruCache::new(NonZeroUsize::new(options.max_user_processes).unwrap_or(NonZeroUsize::MIN));
        let shared = Shared { spec, options, changes: ListChanges::new(), era: Mutex::new(None) };
        let users = Users { slots, leaving: JoinSet::new(), closed: false };
        Self { shared: Arc::new(shared), own: Slot::default(), users: Mutex::new(users) }
    }

    /// Tells when the server's lists may have changed.
    #[must_use]
    pub fn list_versions(&self) -> watch::Receiver<ListVersions> {
        self.shared.changes.subscribe()
    }

    fn users(&self) -> MutexGuard<'_, Users> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connection(&self, call: &Call) -> Result<Arc<Connection>, Failure> {
        match &call.user_credential {
            Some(credential) if self.shared.spec.user_level => {
                let slot = self.users().slot(credential)?;
                slot.connection(&self.shared, Some(credential)).await
            }
            _ => self.own.connection(&self.shared, self.shared.spec.credential.as_ref()).await,
        }
    }
}

impl Users {
    /// The slot of one credential. A new one may have to make room: the least recently used one without calls is ended.
    fn slot(&mut self, credential: &SecretString) -> Result<Arc<Slot>, Failure> {
        if self.closed {
            return Err(Failure::new("Stopped", "the hosted server was shut down"));
        }
        while self.leaving.try_join_next().is_some() {}
        let key: [u8; 32] = Sha256::digest(credential.expose_secret().as_bytes()).into();
        if let Some(slot) = self.slots.get(&key) {
            return Ok(Arc::clone(slot));
        }
        if self.slots.len() == self.slots.cap().get() {
            let oldest = |wanted: fn(&Slot) -> bool| {
                self.slots.iter().rev().find(|(_, slot)| wanted(slot)).map(|(key, _)| *key)
            };
            let leaves = oldest(|slot| !slot.is_live()).or_else(|| oldest(|slot| !slot.is_busy()));
            let Some(slot) = leaves.and_then(|key| self.slots.pop(&key)) else {
                let message = format!(
                    "all {} processes for callers' own credentials are busy; try again later",
                    self.slots.cap()
                );
                return Err(Failure::new("Busy", message));
            };
            self.leaving.spawn(async move { slot.shutdown().await });
        }
        let slot = Arc::new(Slot::default());
        self.slots.put(key, Arc::clone(&slot));
        Ok(slot)
    }
}

#[async_trait]
impl Upstream for StdioServer {
    async fn describe(&self, call: &Call) -> Result<Description, UpstreamError> {
        Ok(self.connection(call).await?.description.clone())
    }

    async fn request(
        &self,
        call: &Call,
        method: &str,
        params: Option<&RawValue>,
    ) -> Result<Box<RawValue>, UpstreamError> {
        for _ in 0..ATTEMPTS {
            let connection = self.connection(call).await?;
            match connection.request(&self.shared, call, method, params).await {
                Ok(result) => return Ok(result),
                Err(CallError::Failed(error)) => return Err(error),
                // It ended between our getting and using it; nothing was sent, so nothing happens twice.
                Err(CallError::NotSent) => {}
            }
        }
        Err(Failure::new("Exited", "the hosted server ended each time a call was about to be sent").into())
    }

    async fn shutdown(&self) {
        let (slots, mut leaving) = {
            let mut users = self.users();
            users.closed = true;
            let slots: Vec<_> = users.slots.iter().map(|(_, slot)| Arc::clone(slot)).collect();
            users.slots.clear();
            (slots, std::mem::take(&mut users.leaving))
        };
        let ends = futures::future::join_all(slots.iter().map(|slot| slot.shutdown()));
        futures::join!(self.own.shutdown(), ends, async { while leaving.join_next().await.is_some() {} });
    }
}
