//! The key ring: the installation's root keys, one of which seals while all of them open.
//!
//! A ring is a text file, mode 0600, with a line a key: `<id> <seal|open> <fernet key>`. Rotation takes three edits, each
//! rolled out to every process before the next: add the new key as `open`, make it the one that says `seal`, remove the
//! old one.

use std::fmt::Write as _;

use base64::{Engine, engine::general_purpose::URL_SAFE};
use fernet::Fernet;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::passphrase;

/// Length of a Fernet key and of every key derived from it, in bytes.
pub(crate) const KEY_BYTES: usize = 32;
/// Longest id of a ring key.
const MAX_ID_LEN: usize = 16;

/// The installation's root keys.
#[derive(Clone)]
pub struct KeyRing {
    /// Never empty; the first one seals.
    keys: Vec<RingKey>,
}

#[derive(Clone)]
pub(crate) struct RingKey {
    pub(crate) id: String,
    pub(crate) fernet: Fernet,
    root: Zeroizing<[u8; KEY_BYTES]>,
}

/// Why a text is no key ring. Line numbers start at 1; no message shows a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// A line does not have three parts.
    #[error("key ring, line {0}: expected `<id> <seal|open> <fernet key>`")]
    Shape(usize),
    /// An id with other characters than letters and digits, or too long, or reserved.
    #[error(
        "key ring, line {0}: an id has 1 to {MAX_ID_LEN} lower-case letters and digits, and is not \"tenant\""
    )]
    Id(usize),
    /// The third part is no Fernet key.
    #[error("key ring, line {0}: a key is 32 bytes in URL-safe base64, as `sagemcp keyring new` prints it")]
    Key(usize),
    /// Two keys have one id.
    #[error("key ring, line {0}: the id is already in use")]
    Duplicate(usize),
    /// Not exactly one key seals.
    #[error("key ring: exactly one key must say `seal`, found {0}")]
    Sealing(usize),
    /// The passphrase is too short.
    #[error("SECRET_KEY must have at least {min} characters", min = passphrase::MIN_LEN)]
    Passphrase,
}

impl KeyRing {
    /// A ring with one new random key.
    #[must_use]
    pub fn generate() -> Self {
        let key = Zeroizing::new(Fernet::generate_key());
        let parsed = RingKey::parse("k1", &key).expect("a generated key is a Fernet key");
        Self { keys: vec![parsed] }
    }

    /// A ring from a passphrase (the setting `SECRET_KEY`), by PBKDF2-HMAC-SHA256 with 480,000 iterations.
    ///
    /// # Errors
    /// [`RingError::Passphrase`] if it has fewer than 16 characters.
    pub fn from_passphrase(passphrase: &SecretString) -> Result<Self, RingError> {
        let root = passphrase::derive(passphrase)?;
        let key = Zeroizing::new(URL_SAFE.encode(root.as_slice()));
        Ok(Self { keys: vec![RingKey::parse("p1", &key).expect("32 bytes make a Fernet key")] })
    }

    /// Reads a ring's text. Empty lines and lines that start with `#` are skipped.
    ///
    /// # Errors
    /// [`RingError`] names the line.
    pub fn parse(text: &str) -> Result<Self, RingError> {
        let mut keys: Vec<RingKey> = Vec::new();
        let mut sealing = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let parts: Vec<&str> = line.split_whitespace().collect();
            let [id, state, key] = parts[..] else { return Err(RingError::Shape(number)) };
            if !valid_id(id) {
                return Err(RingError::Id(number));
            }
            if keys.iter().any(|other| other.id == id) {
                return Err(RingError::Duplicate(number));
            }
            match state {
                "seal" => sealing.push(keys.len()),
                "open" => {}
                _ => return Err(RingError::Shape(number)),
            }
            keys.push(RingKey::parse(id, key).ok_or(RingError::Key(number))?);
        }
        let [first] = sealing[..] else { return Err(RingError::Sealing(sealing.len())) };
        keys.swap(0, first);
        Ok(Self { keys })
    }

    /// The ring as the text that [`KeyRing::parse`] reads.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        let mut text =
            String::from("# SageMCP key ring: whoever holds this file can read every stored credential.\n");
        for (index, key) in self.keys.iter().enumerate() {
            let state = if index == 0 { "seal" } else { "open" };
            let encoded = Zeroizing::new(URL_SAFE.encode(key.root.as_slice()));
            writeln!(text, "{} {state} {}", key.id, encoded.as_str())
                .expect("writing to a string cannot fail");
        }
        SecretString::from(text)
    }

    /// The id of the key that seals.
    #[must_use]
    pub fn sealing_id(&self) -> &str {
        &self.keys[0].id
    }

    /// A digest that tells whether the inputs of a row changed, as hex: HMAC-SHA256 under a subkey of the sealing key, so
    /// it may cover secret values without letting a reader of the database guess them, and it changes with the key.
    #[must_use]
    pub fn digest(&self, bytes: &[u8]) -> String {
        let subkey = self.sealing().subkey("inputs");
        let mut mac =
            Hmac::<Sha256>::new_from_slice(subkey.as_slice()).expect("HMAC takes a key of any length");
        mac.update(bytes);
        let mut hex = String::with_capacity(64);
        for byte in mac.finalize().into_bytes() {
            write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        }
        hex
    }

    pub(crate) fn sealing(&self) -> &RingKey {
        &self.keys[0]
    }

    pub(crate) fn key(&self, id: &str) -> Option<&RingKey> {
        self.keys.iter().find(|key| key.id == id)
    }
}

impl RingKey {
    fn parse(id: &str, key: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE.decode(key).ok()?);
        let root: [u8; KEY_BYTES] = bytes.as_slice().try_into().ok()?;
        Some(Self { id: id.to_owned(), fernet: Fernet::new(key)?, root: Zeroizing::new(root) })
    }

    /// A key for one purpose only, by HKDF-SHA256 (RFC 5869).
    pub(crate) fn subkey(&self, purpose: &str) -> Zeroizing<[u8; KEY_BYTES]> {
        let mut out = Zeroizing::new([0; KEY_BYTES]);
        Hkdf::<Sha256>::new(Some(b"sagemcp/v1"), self.root.as_slice())
            .expand(purpose.as_bytes(), out.as_mut_slice())
            .expect("32 bytes are a valid length for HKDF-SHA256");
        out
    }
}

fn valid_id(id: &str) -> bool {
    let alphabet = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=MAX_ID_LEN).contains(&id.len()) && id.bytes().all(alphabet) && id != crate::seal::TENANT_KEY_ID
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.id)).finish()
    }
}

impl std::fmt::Debug for RingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RingKey").field(&self.id).finish()
    }
}

impl PartialEq for KeyRing {
    fn eq(&self, other: &Self) -> bool {
        self.to_text().expose_secret() == other.to_text().expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_survives_its_own_text() {
        let ring = KeyRing::generate();
        assert!(KeyRing::parse(ring.to_text().expose_secret()).unwrap() == ring);
    }

    #[test]
    fn the_key_that_seals_need_not_come_first() {
        let (old, new) = (Fernet::generate_key(), Fernet::generate_key());
        let ring = KeyRing::parse(&format!("old open {old}\n\n# comment\nnew seal {new}\n")).unwrap();
        assert_eq!(ring.sealing_id(), "new");
        assert!(ring.key("old").is_some());
    }

    #[test]
    fn a_broken_ring_is_refused_with_its_line() {
        let key = Fernet::generate_key();
        let error = |text: String| KeyRing::parse(&text).unwrap_err();
        assert_eq!(error(String::new()), RingError::Sealing(0));
        assert_eq!(error(format!("a seal {key}\nb seal {key}")), RingError::Sealing(2));
        assert_eq!(error(format!("\na {key}")), RingError::Shape(2));
        assert_eq!(error(format!("a keep {key}")), RingError::Shape(1));
        assert_eq!(error(format!("A seal {key}")), RingError::Id(1));
        assert_eq!(error(format!("tenant seal {key}")), RingError::Id(1));
        assert_eq!(error("a seal short".to_owned()), RingError::Key(1));
        assert_eq!(error(format!("a seal {key}\na open {key}")), RingError::Duplicate(2));
    }

    #[test]
    fn a_passphrase_gives_the_same_ring_each_time_and_must_not_be_short() {
        let phrase = SecretString::from("correct horse battery");
        assert!(KeyRing::from_passphrase(&phrase).unwrap() == KeyRing::from_passphrase(&phrase).unwrap());
        assert_eq!(KeyRing::from_passphrase(&"short".into()).unwrap_err(), RingError::Passphrase);
    }

    #[test]
    fn a_digest_depends_on_the_bytes_and_on_the_ring() {
        let ring = KeyRing::generate();
        assert_eq!(ring.digest(b"a"), ring.digest(b"a"));
        assert_ne!(ring.digest(b"a"), ring.digest(b"b"));
        assert_ne!(ring.digest(b"a"), KeyRing::generate().digest(b"a"));
    }

    #[test]
    fn subkeys_differ_by_purpose() {
        let ring = KeyRing::generate();
        assert_ne!(ring.sealing().subkey("a").as_slice(), ring.sealing().subkey("b").as_slice());
    }
}
