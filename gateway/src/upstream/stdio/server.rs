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
use super::places::{Place, Share, TOO_MANY};
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
    own: Arc<Slot>,
    users: Mutex<Users>,
}

/// What all processes of one server have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) spec: StdioSpec,
    pub(super) options: StdioOptions,
    pub(super) changes: ListChanges,
    era: Mutex<Option<Era>>,
    /// What the tenant may take, if that is limited.
    share: Option<Share>,
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
    /// A place for one more process, where they are counted.
    pub(super) fn place(&self) -> Result<Option<Arc<Place>>, Failure> {
        self.share.as_ref().map(|share| share.take().map(Arc::new)).transpose()
    }

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
        Self::build(spec, options, None)
    }

    /// The same, with each of its processes in a place of the tenant's share.
    #[must_use]
    pub fn within(share: Share, spec: StdioSpec, options: StdioOptions) -> Self {
        Self::build(spec, options, Some(share))
    }

    fn build(spec: StdioSpec, options: StdioOptions, share: Option<Share>) -> Self {
        let slots = LruCache::new(NonZeroUsize::new(options.max_user_processes).unwrap_or(NonZeroUsize::MIN));
        let shared = Shared { spec, options, changes: ListChanges::new(), era: Mutex::new(None), share };
        let users = Users { slots, leaving: JoinSet::new(), closed: false };
        Self { shared: Arc::new(shared), own: Arc::default(), users: Mutex::new(users) }
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
        let (slot, credential) = match &call.user_credential {
            Some(credential) if self.shared.spec.user_level => {
                (self.users().slot(credential)?, Some(credential))
            }
            _ => (Arc::clone(&self.own), self.shared.spec.credential.as_ref()),
        };
        match slot.connection(&self.shared, credential).await {
            Err(full) if full.reason == TOO_MANY && self.make_room(&slot).await => {
                slot.connection(&self.shared, credential).await
            }
            outcome => outcome,
        }
    }

    /// Ends a process of this server that no call waits for: the least recently used of the callers', else the connector's
    /// own. False if there is none.
    async fn make_room(&self, wanted: &Arc<Slot>) -> bool {
        let mut slots: Vec<_> = self.users().slots.iter().rev().map(|(_, slot)| Arc::clone(slot)).collect();
        slots.push(Arc::clone(&self.own));
        for slot in slots.iter().filter(|slot| !Arc::ptr_eq(slot, wanted)) {
            if slot.rest().await {
                return true;
            }
        }
        false
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
