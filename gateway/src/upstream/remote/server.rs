//! A remote server as the edge sees it.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use connectors::egress::{EgressPolicy, GuardedClient, Timeouts};
use http::{HeaderMap, header};
use lru::LruCache;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::attempt::{Attempt, is_safe, judge_error, judge_rejection};
use super::exchange::{Exchange, Exchanges, Identity, Peer};
use super::failure::{self, Bearer, WireError};
use super::slot::Slot;
use super::spec::{HeaderError, RemoteOptions, RemoteSpec, bearer, header};
use super::wire::Wire;
use crate::upstream::changes::ListVersions;
use crate::upstream::entries::{Entries, raw};
use crate::upstream::era::Era;
use crate::upstream::failure::Failure;
use crate::upstream::outgoing::{self, Prepared};
use crate::upstream::{Call, Description, Upstream, UpstreamError, patience};

/// How often a list request is repeated when the server is busy.
const BUSY_RETRIES: usize = 2;
/// Pages of `tools/list` read to learn which arguments go into headers.
const MAX_PAGES: usize = 20;

/// A remote MCP server, greeted when it is first needed.
#[derive(Debug)]
pub struct RemoteServer {
    spec: RemoteSpec,
    headers: HeaderMap,
    exchanges: Exchanges,
    own: Slot,
    users: Mutex<LruCache<[u8; 32], Arc<Slot>>>,
    closing: CancellationToken,
}

/// HTTP clients for remote servers: guarded by the egress policy, without a limit on the length of a stream. One is enough for
/// all servers.
///
/// # Errors
/// TLS cannot be set up.
pub fn client(policy: EgressPolicy) -> Result<GuardedClient, reqwest::Error> {
    GuardedClient::new(policy, Timeouts { total: None, ..Timeouts::default() })
}

impl RemoteServer {
    /// Nothing is sent yet. `client` comes from [`client`].
    ///
    /// # Errors
    /// A header that cannot be sent.
    pub fn new(spec: RemoteSpec, options: RemoteOptions, client: GuardedClient) -> Result<Self, HeaderError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &spec.headers {
            let (name, value) = header(name, value)?;
            headers.append(name, value);
        }
        let users = LruCache::new(NonZeroUsize::new(options.max_user_sessions).unwrap_or(NonZeroUsize::MIN));
        let url = Arc::new(spec.url.clone());
        let wire = Wire { client, url, max_reply_bytes: options.max_reply_bytes };
        let server = Self {
            spec,
            headers,
            exchanges: Exchanges::new(wire, options),
            own: Slot::default(),
            users: Mutex::new(users),
            closing: CancellationToken::new(),
        };
        server
            .identity(server.spec.credential.as_ref(), Bearer::Connector)
            .map_err(|_| HeaderError::Value { name: "Authorization".to_owned() })?;
        Ok(server)
    }

    /// Tells when the server's lists may have changed. Only changes that are told during a call are known; see [`super`].
    #[must_use]
    pub fn list_versions(&self) -> watch::Receiver<ListVersions> {
        self.exchanges.changes.subscribe()
    }

    fn identity(&self, credential: Option<&SecretString>, whose: Bearer) -> Result<Identity, Failure> {
        let mut headers = self.headers.clone();
        let Some(credential) = credential else {
            let whose = if headers.is_empty() { Bearer::Nobody } else { Bearer::Connector };
            return Ok(Identity { headers, bearer: whose });
        };
        let value = bearer(credential).ok_or_else(|| {
            let message =
                "the credential holds characters that no header can carry; check it for a line break";
            Failure::new("InvalidCredential", message)
        })?;
        headers.insert(header::AUTHORIZATION, value);
        Ok(Identity { headers, bearer: whose })
    }

    /// Who a call comes from, and where what is known of the server for them is kept.
    fn caller(&self, call: &Call) -> Result<(Identity, Option<Arc<Slot>>), Failure> {
        match &call.user_credential {
            Some(credential) if self.spec.user_level => {
                let key: [u8; 32] = Sha256::digest(credential.expose_secret().as_bytes()).into();
                let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
                let slot = Arc::clone(users.get_or_insert(key, Arc::default));
                Ok((self.identity(Some(credential), Bearer::User)?, Some(slot)))
            }
            _ => Ok((self.identity(self.spec.credential.as_ref(), Bearer::Connector)?, None)),
        }
    }

    /// Fails at once when the server is shut down.
    async fn unless_closed<T>(
        &self,
        work: impl Future<Output = Result<T, UpstreamError>>,
    ) -> Result<T, UpstreamError> {
        let span = tracing::info_span!("remote", tenant = self.spec.tenant, connector = self.spec.connector);
        tokio::select! {
            biased;
            () = self.closing.cancelled() => {
                Err(Failure::new("Stopped", "the connection to the remote server was shut down").into())
            }
            outcome = work.instrument(span) => outcome,
        }
    }

    async fn call(
        &self,
        call: &Call,
        method: &str,
        params: Option<&RawValue>,
    ) -> Result<Box<RawValue>, UpstreamError> {
        let (identity, slot) = self.caller(call)?;
        let slot = slot.as_deref().unwrap_or(&self.own);
        let options = &self.exchanges.options;
        let (mut stale, mut headers_missing, mut busy, mut broken) = (0, 0, 0, 0);
        loop {
            let peer = slot.peer(&self.exchanges, &identity).await?;
            match self.attempt(&identity, &peer, call, method, params).await? {
                Attempt::Done(result) => return Ok(result),
                Attempt::Failed(error) => return Err(error),
                Attempt::Stale if stale == 0 => {
                    stale += 1;
                    slot.forget(&peer).await;
                }
                Attempt::HeadersMissing if headers_missing == 0 => {
                    headers_missing += 1;
                    self.learn_headers(&identity, &peer).await?;
                }
                Attempt::Busy(wait, _)
                    if busy < BUSY_RETRIES && method.ends_with("/list") && wait <= options.backoff_max =>
                {
                    busy += 1;
                    tokio::time::sleep(wait).await;
                }
                Attempt::Broken(_) if broken == 0 && is_safe(method) => broken += 1,
                Attempt::Busy(_, failure) | Attempt::Broken(failure) => return Err(failure.into()),
                Attempt::Stale => {
                    let message = format!("{} forgets each new session at once", self.exchanges.wire.host());
                    return Err(Failure::new("NotMcp", message).into());
                }
                Attempt::HeadersMissing => {
                    let message = format!(
                        "{} refuses the headers that repeat the tool's arguments",
                        self.exchanges.wire.host()
                    );
                    return Err(Failure::new("NotMcp", message).into());
                }
            }
        }
    }

    async fn attempt(
        &self,
        identity: &Identity,
        peer: &Peer,
        call: &Call,
        method: &str,
        params: Option<&RawValue>,
    ) -> Result<Attempt, UpstreamError> {
        let id = self.exchanges.next_id();
        let Prepared { params, listener } = outgoing::prepare(peer.era, id, call, method, params)?;
        let progress = Arc::new(Notify::new());
        let exchange = Exchange {
            identity,
            peer: Some(peer),
            era: peer.era,
            id,
            method,
            params: params.as_deref(),
            listener,
            progress: Arc::clone(&progress),
        };
        let options = &self.exchanges.options;
        let work = self.exchanges.run(exchange);
        let outcome =
            match patience::within(work, &progress, options.call_timeout, options.call_hard_timeout).await {
                Ok(outcome) => outcome,
                Err(after) => return Err(failure::timed_out(self.exchanges.wire.host(), after).into()),
            };
        Ok(match outcome {
            Ok((_, Ok(result))) => {
                if method == "tools/list" && peer.era == Era::Modern {
                    self.exchanges.mirror.learn(&result);
                }
                Attempt::Done(result)
            }
            Ok((_, Err(error))) => judge_error(peer, method, error),
            Err(WireError::Failed(failure)) if failure.reason == failure::DISCONNECTED => {
                Attempt::Broken(failure)
            }
            Err(WireError::Failed(failure)) => Attempt::Failed(failure.into()),
            Err(WireError::Rejected(rejected)) => judge_rejection(peer, method, rejected),
        })
    }

    /// Reads all tools again, for the arguments that go into headers.
    async fn learn_headers(&self, identity: &Identity, peer: &Peer) -> Result<(), UpstreamError> {
        self.exchanges.mirror.clear();
        let call = Call::default();
        let mut params = None;
        for _ in 0..MAX_PAGES {
            let page = match self.attempt(identity, peer, &call, "tools/list", params.as_deref()).await? {
                Attempt::Done(page) => page,
                Attempt::Failed(error) => return Err(error),
                Attempt::Busy(_, failure) | Attempt::Broken(failure) => return Err(failure.into()),
                Attempt::Stale | Attempt::HeadersMissing => return Ok(()),
            };
            let Some(cursor) = Entries::parse(&page).and_then(|page| page.text("nextCursor")) else { break };
            params = Some(raw(&json!({"cursor": cursor})));
        }
        Ok(())
    }
}

#[async_trait]
impl Upstream for RemoteServer {
    async fn describe(&self, call: &Call) -> Result<Description, UpstreamError> {
        self.unless_closed(async {
            let (identity, slot) = self.caller(call)?;
            let peer = slot.as_deref().unwrap_or(&self.own).peer(&self.exchanges, &identity).await?;
            Ok(peer.description.clone())
        })
        .await
    }

    async fn request(
        &self,
        call: &Call,
        method: &str,
        params: Option<&RawValue>,
    ) -> Result<Box<RawValue>, UpstreamError> {
        self.unless_closed(self.call(call, method, params)).await
    }

    async fn shutdown(&self) {
        self.closing.cancel();
        // Sessions of callers end by the server's own limit: their credentials are not kept.
        if let (Some(peer), Ok(identity)) =
            (self.own.take(), self.identity(self.spec.credential.as_ref(), Bearer::Connector))
        {
            self.exchanges.end_session(&identity, &peer).await;
        }
        self.exchanges.errands.finish().await;
    }
}
