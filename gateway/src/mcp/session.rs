//! Legacy sessions: sealed ids that any replica can read, bound to tenant, endpoint and principal.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;
use moka::future::Cache;
use rand::RngExt;
use secrets::{KeyRing, SessionClaims};
use serde_json::Value;

use super::headers::SESSION;
use crate::access::Access;

/// How long a session lasts. Many clients never open a second one, and holding one costs nothing.
const LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);
/// Ended sessions remembered on this replica.
const ENDED: u64 = 100_000;

/// Opens and reads session ids.
pub struct Sessions {
    ring: Arc<KeyRing>,
    enabled: bool,
    ended: Cache<u64, ()>,
}

/// The session a header names is not one of the caller's here: unknown, foreign, expired or ended look the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such session: send initialize to open one")]
pub struct UnknownSession;

impl Sessions {
    /// Sessions under a key ring. When not `enabled`, none is opened and ids are ignored.
    #[must_use]
    pub fn new(ring: Arc<KeyRing>, enabled: bool) -> Self {
        let ended = Cache::builder().max_capacity(ENDED).time_to_live(LIFETIME).build();
        Self { ring, enabled, ended }
    }

    /// Whether sessions are opened.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// A new session id; `None` where sessions are off or the client's capabilities do not fit into one, which leaves
    /// the client without a session and able to do everything that needs none.
    #[must_use]
    pub fn open(&self, access: &Access, version: &str, capabilities: Value, now_ms: i64) -> Option<String> {
        if !self.enabled {
            return None;
        }
        let lifetime_ms = i64::try_from(LIFETIME.as_millis()).unwrap_or(i64::MAX);
        let claims = SessionClaims {
            tenant: access.tenant.id.clone(),
            endpoint: access.endpoint_id().to_owned(),
            principal: access.caller.principal().clone(),
            version: version.to_owned(),
            capabilities,
            nonce: rand::rng().random(),
            expires_at_ms: now_ms.saturating_add(lifetime_ms),
        };
        self.ring.seal_session(&claims).ok()
    }

    /// The session that a request names, if it names one.
    ///
    /// # Errors
    /// [`UnknownSession`].
    pub async fn of(
        &self,
        headers: &HeaderMap,
        access: &Access,
        now_ms: i64,
    ) -> Result<Option<SessionClaims>, UnknownSession> {
        let Some(id) = headers.get(SESSION).filter(|_| self.enabled) else { return Ok(None) };
        let id = id.to_str().map_err(|_| UnknownSession)?;
        let claims = self.ring.open_session(id, now_ms).map_err(|_| UnknownSession)?;
        let ours = claims.tenant == access.tenant.id
            && claims.endpoint == access.endpoint_id()
            && claims.principal == *access.caller.principal();
        if ours && self.ended.get(&claims.nonce).await.is_none() {
            Ok(Some(claims))
        } else {
            Err(UnknownSession)
        }
    }

    /// Ends a session on this replica.
    pub async fn end(&self, claims: &SessionClaims) {
        self.ended.insert(claims.nonce, ()).await;
    }
}
