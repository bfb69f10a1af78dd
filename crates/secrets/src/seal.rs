//! Sealing at rest: `v1.<key id>.<Fernet token>`, with the place of the value inside the plaintext.
//!
//! The context is compared on opening, so a value copied into another tenant's row, or another column, does not open.

use fernet::Fernet;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::ring::KeyRing;

/// The key id of values sealed under a tenant's data key; no ring key may be called so.
pub(crate) const TENANT_KEY_ID: &str = "tenant";

/// Where a sealed value belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Context<'a> {
    /// The tenant, or the empty text for the platform.
    pub tenant_id: &'a str,
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row's key.
    pub row: &'a str,
}

/// Why a sealed value does not open. No variant shows any of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The text does not have the shape of a sealed value.
    #[error("the value is not sealed in a format this program knows")]
    Format,
    /// The ring has no key of that id.
    #[error("the value is sealed under key \"{0}\", which is not in the key ring; add it as `open`")]
    UnknownKey(String),
    /// It was changed, or sealed under another key of the same id.
    #[error("the value was changed, or sealed under another key of the same id")]
    Tampered,
    /// It belongs somewhere else.
    #[error("the value was sealed for another place")]
    WrongContext,
}

impl KeyRing {
    /// Seals bytes for one place, under the ring's sealing key.
    #[must_use]
    pub fn seal(&self, context: Context<'_>, bytes: &[u8]) -> String {
        let key = self.sealing();
        seal_with(&key.fernet, &key.id, context, bytes)
    }

    /// Opens what [`KeyRing::seal`] made.
    ///
    /// # Errors
    /// [`OpenError`], none of which shows the value.
    pub fn open(&self, context: Context<'_>, sealed: &str) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (id, token) = split(sealed)?;
        let key = self.key(id).ok_or_else(|| OpenError::UnknownKey(id.chars().take(32).collect()))?;
        open_with(&key.fernet, context, token)
    }

    /// A new data key for a tenant, wrapped by this ring. Deleting the wrapped key makes all of the tenant's sealed values
    /// unreadable, in every backup as well.
    #[must_use]
    pub fn new_tenant_key(&self, tenant_id: &str) -> String {
        let key = Zeroizing::new(Fernet::generate_key());
        self.seal(wrapping(tenant_id), key.as_bytes())
    }

    /// Unwraps a tenant's data key.
    ///
    /// # Errors
    /// [`OpenError`] if it is not this tenant's or not under a key of this ring.
    pub fn tenant_cipher(&self, tenant_id: &str, wrapped: &str) -> Result<TenantCipher, OpenError> {
        let key = self.open(wrapping(tenant_id), wrapped)?;
        let text = std::str::from_utf8(&key).map_err(|_| OpenError::Format)?;
        let fernet = Fernet::new(text).ok_or(OpenError::Format)?;
        Ok(TenantCipher { tenant_id: tenant_id.to_owned(), fernet })
    }
}

fn wrapping(tenant_id: &str) -> Context<'_> {
    Context { tenant_id, table: "tenant_keys", column: "wrapped", row: tenant_id }
}

/// Seals and opens one tenant's values under its data key.
#[derive(Clone)]
pub struct TenantCipher {
    tenant_id: String,
    fernet: Fernet,
}

impl TenantCipher {
    /// Seals bytes for one place of this tenant.
    #[must_use]
    pub fn seal(&self, table: &str, column: &str, row: &str, bytes: &[u8]) -> String {
        seal_with(&self.fernet, TENANT_KEY_ID, self.context(table, column, row), bytes)
    }

    /// Opens what [`TenantCipher::seal`] made for the same place.
    ///
    /// # Errors
    /// [`OpenError`], none of which shows the value.
    pub fn open(
        &self,
        table: &str,
        column: &str,
        row: &str,
        sealed: &str,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (id, token) = split(sealed)?;
        if id != TENANT_KEY_ID {
            return Err(OpenError::Format);
        }
        open_with(&self.fernet, self.context(table, column, row), token)
    }

    fn context<'a>(&'a self, table: &'a str, column: &'a str, row: &'a str) -> Context<'a> {
        Context { tenant_id: &self.tenant_id, table, column, row }
    }
}

impl std::fmt::Debug for TenantCipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TenantCipher").field("tenant_id", &self.tenant_id).finish_non_exhaustive()
    }
}

fn split(sealed: &str) -> Result<(&str, &str), OpenError> {
    sealed.strip_prefix("v1.").and_then(|rest| rest.split_once('.')).ok_or(OpenError::Format)
}

/// The plaintext is the context as one JSON line, then the bytes.
fn prefix(context: Context<'_>) -> Vec<u8> {
    let mut line = serde_json::to_vec(&context).expect("four texts serialise");
    line.push(b'\n');
    line
}

fn seal_with(fernet: &Fernet, id: &str, context: Context<'_>, bytes: &[u8]) -> String {
    let mut plaintext = Zeroizing::new(prefix(context));
    plaintext.extend_from_slice(bytes);
    format!("v1.{id}.{}", fernet.encrypt(&plaintext))
}

fn open_with(fernet: &Fernet, context: Context<'_>, token: &str) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let plaintext = Zeroizing::new(fernet.decrypt(token).map_err(|_| OpenError::Tampered)?);
    let bytes = plaintext.strip_prefix(prefix(context).as_slice()).ok_or(OpenError::WrongContext)?;
    Ok(Zeroizing::new(bytes.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Context<'_> = Context { tenant_id: "t1", table: "connectors", column: "sealed", row: "c1" };

    #[test]
    fn a_value_opens_only_in_its_own_place() {
        let ring = KeyRing::generate();
        let sealed = ring.seal(PLACE, b"s3cret");
        assert_eq!(ring.open(PLACE, &sealed).unwrap().as_slice(), b"s3cret");
        for elsewhere in [
            Context { tenant_id: "t2", ..PLACE },
            Context { table: "x", ..PLACE },
            Context { column: "x", ..PLACE },
            Context { row: "c2", ..PLACE },
        ] {
            assert_eq!(ring.open(elsewhere, &sealed), Err(OpenError::WrongContext));
        }
    }

    #[test]
    fn a_tampered_or_foreign_value_does_not_open() {
        let ring = KeyRing::generate();
        let sealed = ring.seal(PLACE, b"s3cret");
        let mut changed = sealed.clone();
        let last = if changed.pop() == Some('A') { 'B' } else { 'A' };
        changed.push(last);
        assert_eq!(ring.open(PLACE, &changed), Err(OpenError::Tampered));
        assert_eq!(KeyRing::generate().open(PLACE, &sealed), Err(OpenError::Tampered));
        assert_eq!(
            ring.open(PLACE, &sealed.replace("v1.k1.", "v1.k2.")),
            Err(OpenError::UnknownKey("k2".into()))
        );
        assert_eq!(ring.open(PLACE, "s3cret"), Err(OpenError::Format));
    }

    #[test]
    fn values_sealed_before_a_rotation_still_open() {
        let old = Fernet::generate_key();
        let before = KeyRing::parse(&format!("a seal {old}")).unwrap();
        let after = KeyRing::parse(&format!("a open {old}\nb seal {}", Fernet::generate_key())).unwrap();
        let sealed = before.seal(PLACE, b"x");
        assert_eq!(after.open(PLACE, &sealed).unwrap().as_slice(), b"x");
        assert!(after.seal(PLACE, b"x").starts_with("v1.b."));
    }

    #[test]
    fn a_tenants_data_key_opens_nothing_of_another_tenant() {
        let ring = KeyRing::generate();
        let wrapped = ring.new_tenant_key("t1");
        let cipher = ring.tenant_cipher("t1", &wrapped).unwrap();
        let sealed = cipher.seal("connectors", "sealed", "c1", b"x");
        assert_eq!(cipher.open("connectors", "sealed", "c1", &sealed).unwrap().as_slice(), b"x");
        assert_eq!(cipher.open("connectors", "sealed", "c2", &sealed), Err(OpenError::WrongContext));
        assert_eq!(ring.tenant_cipher("t2", &wrapped).unwrap_err(), OpenError::WrongContext);
        let other = ring.tenant_cipher("t2", &ring.new_tenant_key("t2")).unwrap();
        assert_eq!(other.open("connectors", "sealed", "c1", &sealed), Err(OpenError::Tampered));
    }
}
