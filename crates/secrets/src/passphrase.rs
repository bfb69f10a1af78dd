//! A root key from a passphrase, for installations that set `SECRET_KEY` instead of a ring file.

use hmac::Hmac;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::ring::{KEY_BYTES, RingError};

/// Shortest passphrase, in characters.
pub(crate) const MIN_LEN: usize = 16;
/// PBKDF2 iterations: what OWASP recommends for HMAC-SHA256 is met, and start-up takes a fraction of a second.
const ITERATIONS: u32 = 480_000;
/// A fixed salt: every process of an installation must derive the same key from the passphrase alone.
const SALT: &[u8] = b"sagemcp/passphrase/v1";

pub(crate) fn derive(passphrase: &SecretString) -> Result<Zeroizing<[u8; KEY_BYTES]>, RingError> {
    if passphrase.expose_secret().chars().count() < MIN_LEN {
        return Err(RingError::Passphrase);
    }
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    pbkdf2::pbkdf2::<Hmac<Sha256>>(
        passphrase.expose_secret().as_bytes(),
        SALT,
        ITERATIONS,
        key.as_mut_slice(),
    )
    .expect("HMAC takes a key of any length");
    Ok(key)
}
