//! The text format of API keys: `smcp_{pa|ta|tu}_<id>_<secret><checksum>`.
//!
//! Only the shape lives here. Minting, hashing and verifying are in the `secrets` crate, which also computes the
//! checksum, so that a mistyped key is told apart from a wrong one before any lookup.

use crate::{ids::KeyId, principal::Scope};

/// Characters of the id, from the base-62 alphabet.
pub const ID_LEN: usize = 12;
/// Characters of the secret, from the base-62 alphabet: 43 of them carry 256 bits.
pub const SECRET_LEN: usize = 43;
/// Characters of the checksum at the end.
pub const CHECKSUM_LEN: usize = 6;
/// Length of a whole key.
pub const KEY_LEN: usize = "smcp_pa_".len() + ID_LEN + 1 + SECRET_LEN + CHECKSUM_LEN;

/// The parts of a key's text, borrowed from it.
#[derive(Clone, Copy)]
pub struct KeyParts<'a> {
    /// What the key says its scope is; the row decides.
    pub scope: Scope,
    /// The public id.
    pub id: &'a str,
    /// The secret, never more than bcrypt's 72 bytes.
    pub secret: &'a str,
    /// Checksum of everything before it.
    pub checksum: &'a str,
    /// The text that the checksum covers.
    pub covered: &'a str,
}

impl std::fmt::Debug for KeyParts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyParts").field("scope", &self.scope).field("id", &self.id).finish_non_exhaustive()
    }
}

impl<'a> KeyParts<'a> {
    /// Splits a key's text; `None` when it does not have the shape of one.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.len() != KEY_LEN || !text.is_ascii() {
            return None;
        }
        let rest = text.strip_prefix("smcp_")?;
        let (tag, rest) = rest.split_once('_')?;
        let (id, tail) = rest.split_once('_')?;
        let base62 = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if id.len() != ID_LEN || tail.len() != SECRET_LEN + CHECKSUM_LEN || !base62(id) || !base62(tail) {
            return None;
        }
        let (secret, checksum) = tail.split_at(SECRET_LEN);
        Some(Self {
            scope: Scope::from_tag(tag)?,
            id,
            secret,
            checksum,
            covered: &text[..text.len() - CHECKSUM_LEN],
        })
    }

    /// The id as its own type.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        KeyId::new(self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> String {
        format!("smcp_tu_{}_{}{}", "i".repeat(ID_LEN), "s".repeat(SECRET_LEN), "c".repeat(CHECKSUM_LEN))
    }

    #[test]
    fn a_key_splits_into_its_parts() {
        let text = sample();
        let parts = KeyParts::parse(&text).unwrap();
        assert_eq!(
            (parts.scope, parts.id.len(), parts.secret.len()),
            (Scope::TenantUser, ID_LEN, SECRET_LEN)
        );
        assert_eq!(format!("{}{}", parts.covered, parts.checksum), text);
    }

    #[test]
    fn other_texts_are_no_keys() {
        let text = sample();
        for bad in ["", "smcp_tu_", &text[1..], &text.replace("smcp", "xmcp"), &text.replace("_tu_", "_xx_")]
        {
            assert!(KeyParts::parse(bad).is_none(), "{bad}");
        }
        assert!(KeyParts::parse(&text.replace('c', "-")).is_none());
        assert!(KeyParts::parse(&format!("{}é", &text[..text.len() - 2])).is_none());
    }

    #[test]
    fn debug_shows_no_secret() {
        let text = sample();
        assert!(!format!("{:?}", KeyParts::parse(&text).unwrap()).contains(&"s".repeat(SECRET_LEN)));
    }
}
