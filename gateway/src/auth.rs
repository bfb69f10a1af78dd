//! Who is calling: verifies API keys against the snapshot.
//!
//! The HMAC decides. bcrypt is asked only where the ring no longer has the key of a row's HMAC: on a blocking thread, one
//! verification a key at a time, a few at once. A match is remembered by the SHA-256 of the key, and only that it
//! matches: expiry, scope, tenant and connectors are read from the snapshot on each call.

mod throttle;

use std::{net::IpAddr, sync::Arc};

use moka::future::Cache;
use secrecy::{ExposeSecret, SecretString};
use secrets::{
    KeyRing,
    api_key::{self, HmacVerdict},
};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::snapshot::{Key, Snapshot};
use throttle::{Suspect, Throttle};

/// Matches remembered.
const REMEMBERED: u64 = 10_000;
/// bcrypt verifications at once: each takes a processor for some 50 ms.
const BCRYPT_AT_ONCE: usize = 2;

/// Verifies keys.
pub struct Authenticator {
    ring: Arc<KeyRing>,
    matches: Cache<[u8; 32], [u8; 32]>,
    bcrypt: Arc<Semaphore>,
    throttle: Throttle,
    /// Compared with when there is no row, so that an unknown id costs what a known one costs.
    decoy: String,
}

/// Why a request is not authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// No key came with the request.
    #[error("an API key is required: send it as `Authorization: Bearer <key>`")]
    Missing,
    /// What came is no valid key. Unknown, mistyped and wrong keys are not told apart.
    #[error("the API key is not valid")]
    Invalid,
    /// The key was valid and its time is over.
    #[error("the API key has expired")]
    Expired,
    /// Too many failed attempts for this key id or from this address.
    #[error("too many failed attempts, try again in {retry_after_secs} s")]
    Throttled {
        /// When to try again.
        retry_after_secs: u32,
    },
}

impl AuthError {
    /// The word that counts it in metrics.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::Expired => "expired",
            Self::Throttled { .. } => "throttled",
        }
    }
}

impl Authenticator {
    /// Verifies under a key ring.
    #[must_use]
    pub fn new(ring: Arc<KeyRing>) -> Self {
        let decoy = api_key::mint(domain::principal::Scope::TenantUser);
        let decoy = api_key::parse(decoy.text.expose_secret())
            .map(|parts| ring.api_key_hmac(&parts))
            .unwrap_or_default();
        Self {
            ring,
            matches: Cache::new(REMEMBERED),
            bcrypt: Arc::new(Semaphore::new(BCRYPT_AT_ONCE)),
            throttle: Throttle::default(),
            decoy,
        }
    }

    /// The row of the key that a request brings.
    ///
    /// # Errors
    /// [`AuthError`]; a failed attempt counts against the key's id and the address.
    pub async fn authenticate(
        &self,
        snapshot: &Snapshot,
        token: Option<&str>,
        address: IpAddr,
        now_ms: i64,
    ) -> Result<Arc<Key>, AuthError> {
        let token = token.ok_or(AuthError::Missing)?;
        let parts = api_key::parse(token).ok_or_else(|| self.failed(&[Suspect::Address(address)], now_ms))?;
        let suspects = [Suspect::Address(address), Suspect::of_key(parts.id)];
        let Some(key) = snapshot.key(parts.id) else {
            let _ = self.ring.check_api_key(&parts, &self.decoy);
            return Err(self.failed(&suspects, now_ms));
        };
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if self.matches.get(&digest).await != Some(key.material) {
            match self.ring.check_api_key(&parts, &key.hmac) {
                HmacVerdict::Match => self.matches.insert(digest, key.material).await,
                HmacVerdict::Mismatch => return Err(self.failed(&suspects, now_ms)),
                HmacVerdict::NoLiveKey => self.ask_bcrypt(token, key, digest, &suspects, now_ms).await?,
            }
        }
        if key.is_expired(now_ms) { Err(AuthError::Expired) } else { Ok(key.clone()) }
    }

    async fn ask_bcrypt(
        &self,
        token: &str,
        key: &Arc<Key>,
        digest: [u8; 32],
        suspects: &[Suspect],
        now_ms: i64,
    ) -> Result<(), AuthError> {
        self.throttle.check(suspects, now_ms)?;
        // A stale entry of an earlier row must not answer for this one.
        self.matches.invalidate(&digest).await;
        let (token, row, permits) = (SecretString::from(token), key.clone(), self.bcrypt.clone());
        let verify = async move {
            let _permit = permits.acquire_owned().await.map_err(|_| AuthError::Invalid)?;
            let material = row.material;
            let matches = tokio::task::spawn_blocking(move || {
                api_key::parse(token.expose_secret())
                    .is_some_and(|parts| api_key::bcrypt_verify(&parts, &row.bcrypt))
            });
            if matches.await.unwrap_or(false) { Ok(material) } else { Err(AuthError::Invalid) }
        };
        match self.matches.try_get_with(digest, verify).await {
            Ok(material) if material == key.material => Ok(()),
            Ok(_) | Err(_) => Err(self.failed(suspects, now_ms)),
        }
    }

    /// Notes a failed attempt and says what to answer.
    fn failed(&self, suspects: &[Suspect], now_ms: i64) -> AuthError {
        self.throttle.failed(suspects, now_ms).err().unwrap_or(AuthError::Invalid)
    }
}

#[cfg(test)]
mod tests;
