//! One request and its answer, in the manner of the server's era.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderValue, Method};
use serde_json::value::RawValue;
use tokio::sync::Notify;

use super::errands::Errands;
use super::failure::{Bearer, WireError};
use super::headers::{self, PROTOCOL_VERSION, SESSION_ID};
use super::mirror::Mirror;
use super::reply::{Outcome, Reader};
use super::spec::RemoteOptions;
use super::wire::{Outbound, Wire};
use crate::upstream::Description;
use crate::upstream::changes::ListChanges;
use crate::upstream::entries::Entries;
use crate::upstream::era::{self, Era};
use crate::upstream::message;
use crate::upstream::outgoing::Listener;

/// A server that has been greeted for one credential.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) era: Era,
    /// The revision spoken.
    pub(super) version: &'static str,
    /// The session, where the server keeps one.
    pub(super) session: Option<HeaderValue>,
    pub(super) description: Description,
}

/// What goes with each message of one caller.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) headers: HeaderMap,
    pub(super) bearer: Bearer,
}

/// What all exchanges with one server have in common.
#[derive(Debug)]
pub(super) struct Exchanges {
    pub(super) wire: Wire,
    pub(super) options: RemoteOptions,
    pub(super) changes: ListChanges,
    pub(super) mirror: Mirror,
    pub(super) errands: Errands,
    next_id: AtomicU64,
}

/// A request of one caller, ready to go.
pub(super) struct Exchange<'a> {
    pub(super) identity: &'a Identity,
    /// `None`: the handshake itself.
    pub(super) peer: Option<&'a Peer>,
    pub(super) era: Era,
    pub(super) id: u64,
    pub(super) method: &'a str,
    pub(super) params: Option<&'a RawValue>,
    pub(super) listener: Option<Listener>,
    pub(super) progress: Arc<Notify>,
}

impl Exchanges {
    pub(super) fn new(wire: Wire, options: RemoteOptions) -> Self {
        Self {
            wire,
            options,
            changes: ListChanges::new(),
            mirror: Mirror::default(),
            errands: Errands::default(),
            next_id: AtomicU64::new(1),
        }
    }

    pub(super) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Sends a request and reads its answer; gives back the answer's headers as well. Dropping the future cancels the
    /// request: a modern server sees the connection close, a legacy one is told.
    pub(super) async fn run(&self, exchange: Exchange<'_>) -> Result<(HeaderMap, Outcome), WireError> {
        let Exchange { identity, peer, era, id, method, params, listener, progress } = exchange;
        let common = message_headers(identity, peer, era);
        let mut headers = common.clone();
        if era == Era::Modern {
            let params = params.and_then(Entries::parse);
            headers.extend(headers::routing(method, params.as_ref()));
            if let (Some(params), "tools/call") = (&params, method) {
                self.mirror.reflect(params, &mut headers);
            }
        }
        let outbound = Outbound {
            method: Method::POST,
            headers,
            body: message::request(id, method, params),
            bearer: identity.bearer,
        };
        let cancels = era == Era::Legacy && method != "initialize";
        let cancellation = Outbound {
            method: Method::POST,
            headers: common.clone(),
            body: message::cancellation(id),
            bearer: identity.bearer,
        };
        let guard = cancels.then(|| CancelOnDrop { exchanges: self, cancellation: Some(cancellation) });

        let outcome = async {
            let response = self.wire.send(&outbound).await?;
            let reply_headers = response.headers().clone();
            let reader = Reader {
                wire: &self.wire,
                id,
                listener,
                progress,
                changes: &self.changes,
                headers: common,
                bearer: identity.bearer,
                errand_timeout: self.options.errand_timeout,
                max_stream_bytes: self.options.max_stream_bytes,
            };
            Ok((reply_headers, reader.outcome(response).await?))
        }
        .await;
        if let Some(mut guard) = guard {
            guard.cancellation = None;
        }
        outcome
    }

    /// A notification of the gateway's own.
    pub(super) async fn notify(&self, identity: &Identity, peer: &Peer, method: &str) {
        let outbound = Outbound {
            method: Method::POST,
            headers: message_headers(identity, Some(peer), peer.era),
            body: message::notification(method, None),
            bearer: identity.bearer,
        };
        self.wire.errand(outbound, self.options.errand_timeout).await;
    }

    /// Tells the server that a session is over.
    pub(super) async fn end_session(&self, identity: &Identity, peer: &Peer) {
        if peer.session.is_some() {
            let headers = message_headers(identity, Some(peer), peer.era);
            let outbound =
                Outbound { method: Method::DELETE, headers, body: Vec::new(), bearer: identity.bearer };
            self.wire.errand(outbound, self.options.errand_timeout).await;
        }
    }
}

/// The caller's headers, the session's, and the revision; `initialize` has none yet.
fn message_headers(identity: &Identity, peer: Option<&Peer>, era: Era) -> HeaderMap {
    let mut headers = identity.headers.clone();
    let version = match (peer, era) {
        (Some(peer), _) => Some(peer.version),
        (None, Era::Modern) => Some(era::MODERN_VERSION),
        (None, Era::Legacy) => None,
    };
    if let Some(version) = version {
        headers.insert(PROTOCOL_VERSION, HeaderValue::from_static(version));
    }
    if let Some(session) = peer.and_then(|peer| peer.session.clone()) {
        headers.insert(SESSION_ID, session);
    }
    headers
}

/// Tells a legacy server that nobody waits, when the waiting ends early.
struct CancelOnDrop<'a> {
    exchanges: &'a Exchanges,
    cancellation: Option<Outbound>,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(cancellation) = self.cancellation.take() {
            let exchanges = self.exchanges;
            exchanges.errands.spawn(exchanges.wire.errand(cancellation, exchanges.options.errand_timeout));
        }
    }
}
