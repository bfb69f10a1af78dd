//! Sealed session ids: everything a legacy MCP session is, in its own id.
//!
//! Any replica can serve any session, a restart loses none, and no table holds them.

use domain::{ids::TenantId, principal::Principal};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ring::KeyRing,
    token::{Purpose, TokenError},
};

/// Longest session id, in bytes: it travels as a header with each request.
pub const MAX_LEN: usize = 1024;

/// What a session id says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionClaims {
    /// The tenant it was opened at.
    #[serde(rename = "t")]
    pub tenant: TenantId,
    /// The endpoint it was opened at: a connector's id, or the aggregate.
    #[serde(rename = "e")]
    pub endpoint: String,
    /// Who opened it.
    #[serde(rename = "p")]
    pub principal: Principal,
    /// The negotiated protocol version.
    #[serde(rename = "v")]
    pub version: String,
    /// The client's capabilities, from its `initialize`.
    #[serde(rename = "c")]
    pub capabilities: Value,
    /// A random part, so that no two sessions are the same.
    #[serde(rename = "n")]
    pub nonce: u64,
    /// When it ends, in ms since the epoch.
    #[serde(rename = "x")]
    pub expires_at_ms: i64,
}

impl KeyRing {
    /// Seals a session id.
    ///
    /// # Errors
    /// [`TokenError::TooLong`] if the client's capabilities do not fit into [`MAX_LEN`].
    pub fn seal_session(&self, claims: &SessionClaims) -> Result<String, TokenError> {
        self.seal_token(Purpose::Session, claims)
            .and_then(|id| if id.len() > MAX_LEN { Err(TokenError::TooLong) } else { Ok(id) })
    }

    /// Opens a session id. Whether it fits the tenant, endpoint and principal of the request is the caller's to check.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] or [`TokenError::Expired`].
    pub fn open_session(&self, id: &str, now_ms: i64) -> Result<SessionClaims, TokenError> {
        if id.len() > MAX_LEN {
            return Err(TokenError::Invalid);
        }
        let claims: SessionClaims = self.open_token(Purpose::Session, id)?;
        if claims.expires_at_ms <= now_ms { Err(TokenError::Expired) } else { Ok(claims) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims() -> SessionClaims {
        SessionClaims {
            tenant: TenantId::new("t1"),
            endpoint: "c1".into(),
            principal: Principal::of_api_key("alice"),
            version: "2025-11-25".into(),
            capabilities: json!({"elicitation": {"form": {}, "url": {}}, "roots": {"listChanged": true}}),
            nonce: 7,
            expires_at_ms: 1_000,
        }
    }

    #[test]
    fn a_session_id_says_what_was_sealed_until_it_expires() {
        let ring = KeyRing::generate();
        let id = ring.seal_session(&claims()).unwrap();
        assert!(id.len() <= MAX_LEN && id.bytes().all(|byte| byte.is_ascii_graphic()), "{}", id.len());
        assert_eq!(ring.open_session(&id, 999).unwrap(), claims());
        assert_eq!(ring.open_session(&id, 1_000), Err(TokenError::Expired));
    }

    #[test]
    fn capabilities_that_do_not_fit_are_refused() {
        let large = SessionClaims { capabilities: json!({"experimental": "x".repeat(2_000)}), ..claims() };
        assert_eq!(KeyRing::generate().seal_session(&large), Err(TokenError::TooLong));
    }
}
