//! Tokens that leave us and come back: sealed with XChaCha20-Poly1305 under a ring subkey per purpose.
//!
//! The text is URL-safe base64 of `key id ‖ 0 ‖ nonce ‖ ciphertext`. A token of one purpose never opens as another's.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand::Rng;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::ring::{KeyRing, RingKey};

const NONCE_LEN: usize = 24;
/// Longest token read or written, in bytes of its text.
pub const MAX_LEN: usize = 4096;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `Mcp-Session-Id`.
    Session,
    /// The cursor of an aggregated list.
    Cursor,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Session => "token/session",
            Self::Cursor => "token/cursor",
        }
    }
}

/// Why a token does not open, or cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not one of ours, changed, of another purpose, or under a key that the ring no longer has.
    #[error("the token is not valid")]
    Invalid,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// What it should hold does not fit.
    #[error("the token would be longer than {MAX_LEN} bytes")]
    TooLong,
}

impl KeyRing {
    /// Seals a value into a token.
    ///
    /// # Errors
    /// [`TokenError::TooLong`].
    pub fn seal_token(&self, purpose: Purpose, value: &impl Serialize) -> Result<String, TokenError> {
        let key = self.sealing();
        let plaintext = Zeroizing::new(serde_json::to_vec(value).map_err(|_| TokenError::TooLong)?);
        let mut nonce = [0; NONCE_LEN];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload { msg: &plaintext, aad: key.id.as_bytes() };
        let sealed =
            cipher(key, purpose).encrypt(&XNonce::from(nonce), payload).map_err(|_| TokenError::TooLong)?;
        let bytes = [key.id.as_bytes(), &[0], &nonce, &sealed].concat();
        let text = URL_SAFE_NO_PAD.encode(bytes);
        if text.len() > MAX_LEN { Err(TokenError::TooLong) } else { Ok(text) }
    }

    /// Opens a token of a purpose.
    ///
    /// # Errors
    /// [`TokenError::Invalid`], whatever the reason, so that a caller learns nothing from it.
    pub fn open_token<T: DeserializeOwned>(&self, purpose: Purpose, text: &str) -> Result<T, TokenError> {
        self.try_open(purpose, text).ok_or(TokenError::Invalid)
    }

    fn try_open<T: DeserializeOwned>(&self, purpose: Purpose, text: &str) -> Option<T> {
        if text.len() > MAX_LEN {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let end = bytes.iter().position(|byte| *byte == 0)?;
        let key = self.key(std::str::from_utf8(&bytes[..end]).ok()?)?;
        let (nonce, sealed) = bytes[end + 1..].split_at_checked(NONCE_LEN)?;
        let nonce: [u8; NONCE_LEN] = nonce.try_into().ok()?;
        let payload = Payload { msg: sealed, aad: key.id.as_bytes() };
        let plaintext = Zeroizing::new(cipher(key, purpose).decrypt(&XNonce::from(nonce), payload).ok()?);
        serde_json::from_slice(&plaintext).ok()
    }
}

fn cipher(key: &RingKey, purpose: Purpose) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new_from_slice(key.subkey(purpose.name()).as_slice()).expect("a subkey has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_for_its_purpose_only() {
        let ring = KeyRing::generate();
        let token = ring.seal_token(Purpose::Session, &"hello").unwrap();
        assert_eq!(ring.open_token::<String>(Purpose::Session, &token).unwrap(), "hello");
        assert_eq!(ring.open_token::<String>(Purpose::Cursor, &token), Err(TokenError::Invalid));
        assert_eq!(
            KeyRing::generate().open_token::<String>(Purpose::Session, &token),
            Err(TokenError::Invalid)
        );
    }

    #[test]
    fn any_changed_character_invalidates_it() {
        let ring = KeyRing::generate();
        let token = ring.seal_token(Purpose::Session, &[1, 2, 3]).unwrap();
        for index in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            // The last character may carry unused bits, which the decoder refuses as well.
            assert_eq!(
                ring.open_token::<Vec<u8>>(Purpose::Session, &changed),
                Err(TokenError::Invalid),
                "{index}"
            );
        }
    }

    #[test]
    fn nonsense_and_giants_are_refused() {
        let ring = KeyRing::generate();
        for bad in ["", "!", "AAAA", &"A".repeat(MAX_LEN + 4)] {
            assert_eq!(ring.open_token::<String>(Purpose::Session, bad), Err(TokenError::Invalid));
        }
        assert_eq!(ring.seal_token(Purpose::Session, &"x".repeat(MAX_LEN)), Err(TokenError::TooLong));
    }
}
