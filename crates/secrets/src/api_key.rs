//! API keys: minting, the checksum, and the two ways to verify one.
//!
//! A row holds an HMAC of the secret under a ring subkey, which decides, and bcrypt of it, which is asked only where the
//! ring no longer has the key of the HMAC. A secret carries 256 random bits, so neither needs to be slow; bcrypt is there
//! because a row alone, without the ring, must not verify guesses quickly.

use std::fmt::Write as _;

use domain::{
    api_key::{CHECKSUM_LEN, ID_LEN, KeyParts, SECRET_LEN},
    ids::KeyId,
    principal::Scope,
};
use hmac::{Hmac, KeyInit, Mac};
use rand::{RngExt, distr::Alphanumeric};
use secrecy::SecretString;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::ring::{KeyRing, RingKey};

/// bcrypt's cost: 2^10 rounds, some 50 ms. The secret is random, so more would only slow us down.
pub const BCRYPT_COST: u32 = 10;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new key. The text is shown once: it goes into the owner's Secret and nowhere else.
#[derive(Clone)]
pub struct MintedKey {
    /// The public id.
    pub id: KeyId,
    /// The whole key.
    pub text: SecretString,
}

impl std::fmt::Debug for MintedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MintedKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Mints a key of a scope.
#[must_use]
pub fn mint(scope: Scope) -> MintedKey {
    let random =
        |len: usize| -> String { rand::rng().sample_iter(Alphanumeric).take(len).map(char::from).collect() };
    let id = random(ID_LEN);
    let mut text = format!("smcp_{}_{id}_{}", scope.tag(), random(SECRET_LEN));
    let sum = checksum(&text);
    text.push_str(&sum);
    MintedKey { id: KeyId::new(id), text: SecretString::from(text) }
}

/// Splits a key's text and checks its checksum; `None` for anything that was not minted by us.
#[must_use]
pub fn parse(text: &str) -> Option<KeyParts<'_>> {
    KeyParts::parse(text).filter(|parts| checksum(parts.covered) == parts.checksum)
}

/// CRC-32 in base 62: tells a mistyped key apart without any look-up. It is no protection and needs to be none.
fn checksum(covered: &str) -> String {
    let mut rest = crc32fast::hash(covered.as_bytes()) as usize;
    let mut digits = [b'0'; CHECKSUM_LEN];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[rest % 62];
        rest /= 62;
    }
    digits.iter().map(|byte| char::from(*byte)).collect()
}

/// What comparing a secret with a stored HMAC says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HmacVerdict {
    /// The secret is the right one.
    Match,
    /// It is not.
    Mismatch,
    /// The ring has no key of that id any more: ask bcrypt.
    NoLiveKey,
}

impl KeyRing {
    /// The HMAC that a row keeps of a key: `v1.<ring key id>.<hex>`.
    #[must_use]
    pub fn api_key_hmac(&self, parts: &KeyParts<'_>) -> String {
        let key = self.sealing();
        let mut text = format!("v1.{}.", key.id);
        for byte in tag(key, parts) {
            write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        }
        text
    }

    /// Compares a key with a stored HMAC in constant time.
    #[must_use]
    pub fn check_api_key(&self, parts: &KeyParts<'_>, stored: &str) -> HmacVerdict {
        let Some((id, hex)) = stored.strip_prefix("v1.").and_then(|rest| rest.split_once('.')) else {
            return HmacVerdict::NoLiveKey;
        };
        let Some(key) = self.key(id) else { return HmacVerdict::NoLiveKey };
        let mut expected = String::with_capacity(64);
        for byte in tag(key, parts) {
            write!(expected, "{byte:02x}").expect("writing to a string cannot fail");
        }
        if bool::from(expected.as_bytes().ct_eq(hex.as_bytes())) {
            HmacVerdict::Match
        } else {
            HmacVerdict::Mismatch
        }
    }
}

fn tag(key: &RingKey, parts: &KeyParts<'_>) -> [u8; 32] {
    let subkey = key.subkey("api-key");
    let mut mac = Hmac::<Sha256>::new_from_slice(subkey.as_slice()).expect("HMAC takes a key of any length");
    mac.update(parts.id.as_bytes());
    mac.update(b"\0");
    mac.update(parts.secret.as_bytes());
    mac.finalize().into_bytes().into()
}

/// bcrypt of a key's secret. Takes some 50 ms of a processor: call it on a blocking thread.
#[must_use]
pub fn bcrypt_hash(parts: &KeyParts<'_>) -> String {
    bcrypt::non_truncating_hash(parts.secret, BCRYPT_COST).expect("43 bytes and a valid cost")
}

/// Compares a key's secret with its bcrypt. As slow as [`bcrypt_hash`]; a broken hash matches nothing.
#[must_use]
pub fn bcrypt_verify(parts: &KeyParts<'_>, hash: &str) -> bool {
    bcrypt::non_truncating_verify(parts.secret, hash).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_minted_key_parses_and_a_mistyped_one_does_not() {
        let key = mint(Scope::TenantAdmin);
        let text = key.text.expose_secret();
        let parts = parse(text).unwrap();
        assert_eq!((parts.scope, parts.key_id()), (Scope::TenantAdmin, key.id.clone()));
        let flipped = text.replacen(parts.id, &parts.id.chars().rev().collect::<String>(), 1);
        assert!(parse(&flipped).is_none() || flipped == *text);
    }

    #[test]
    fn the_hmac_decides() {
        let ring = KeyRing::generate();
        let (key, other) = (mint(Scope::TenantUser), mint(Scope::TenantUser));
        let stored = ring.api_key_hmac(&parse(key.text.expose_secret()).unwrap());
        let check = |ring: &KeyRing, key: &MintedKey| {
            ring.check_api_key(&parse(key.text.expose_secret()).unwrap(), &stored)
        };
        assert_eq!(check(&ring, &key), HmacVerdict::Match);
        assert_eq!(check(&ring, &other), HmacVerdict::Mismatch);
        let rotated = KeyRing::parse(ring.to_text().expose_secret().replace("k1", "k9").as_str()).unwrap();
        assert_eq!(check(&rotated, &key), HmacVerdict::NoLiveKey);
    }

    #[test]
    fn bcrypt_backs_the_hmac_up() {
        let (key, other) = (mint(Scope::TenantUser), mint(Scope::TenantUser));
        let hash = bcrypt_hash(&parse(key.text.expose_secret()).unwrap());
        assert!(bcrypt_verify(&parse(key.text.expose_secret()).unwrap(), &hash));
        assert!(!bcrypt_verify(&parse(other.text.expose_secret()).unwrap(), &hash));
        assert!(!bcrypt_verify(&parse(key.text.expose_secret()).unwrap(), "no hash"));
    }
}
