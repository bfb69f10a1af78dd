//! What verifies the keys: hashes of the current one, and those stored of the one before.

use domain::ids::KeyId;
use k8s_openapi::jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use secrets::{
    KeyRing,
    api_key::{HmacVerdict, bcrypt_hash, parse},
};
use store::model::KeyMaterial;

use super::{build::Times, secret::KeyInSecret};
use crate::{context::Context, documents::on_blocking_thread, error::Error};

/// The keys that are to work: the current one and, while a rotation overlaps, the previous one.
pub(super) async fn materials(
    ctx: &Context,
    current: &KeyInSecret,
    stored: &[KeyMaterial],
    times: &Times,
    now: Timestamp,
) -> Result<Vec<KeyMaterial>, Error> {
    let mut all = vec![hashed(ctx, current, stored, times.expires).await?];
    all.extend(previous(stored, current.previous.as_ref(), times, now));
    Ok(all)
}

/// The hashes of the current key. bcrypt is slow, so a stored one of the same key is kept.
async fn hashed(
    ctx: &Context,
    current: &KeyInSecret,
    stored: &[KeyMaterial],
    expires: Option<Timestamp>,
) -> Result<KeyMaterial, Error> {
    let bcrypt = match stored_bcrypt(&ctx.ring, &current.text, stored) {
        Some(bcrypt) => bcrypt,
        None => {
            let _turn = ctx.hashing.acquire().await.map_err(|error| Error::Bug(error.to_string()))?;
            let text = current.text.clone();
            on_blocking_thread(move || parse(text.expose_secret()).map(|parts| bcrypt_hash(&parts)))
                .await?
                .ok_or_else(no_key)?
        }
    };
    let parts = parse(current.text.expose_secret()).ok_or_else(no_key)?;
    Ok(KeyMaterial {
        key_id: parts.key_id(),
        bcrypt,
        hmac: ctx.ring.api_key_hmac(&parts),
        expires_at_ms: expires.map(Timestamp::as_millisecond),
    })
}

fn no_key() -> Error {
    Error::Bug("a key that was accepted does not parse".to_owned())
}

/// The stored bcrypt of a key, if the stored HMAC proves that it is of the same secret.
fn stored_bcrypt(ring: &KeyRing, text: &SecretString, stored: &[KeyMaterial]) -> Option<String> {
    let parts = parse(text.expose_secret())?;
    let material = stored.iter().find(|material| material.key_id.as_str() == parts.id)?;
    let same = ring.check_api_key(&parts, &material.hmac) == HmacVerdict::Match;
    same.then(|| material.bcrypt.clone())
}

/// The previous key with its end. Only one that a rotation replaced works on; one whose Secret was deleted or replaced
/// by hand does not.
fn previous(
    stored: &[KeyMaterial],
    id: Option<&KeyId>,
    times: &Times,
    now: Timestamp,
) -> Option<KeyMaterial> {
    let material = stored.iter().find(|material| Some(&material.key_id) == id)?;
    let overlap_ends = times.overlap_ends?.as_millisecond();
    let end = material.expires_at_ms.map_or(overlap_ends, |end| end.min(overlap_ends));
    (end > now.as_millisecond()).then(|| KeyMaterial { expires_at_ms: Some(end), ..material.clone() })
}

#[cfg(test)]
mod tests {
    use domain::principal::Scope;
    use secrets::api_key::mint;

    use super::*;

    fn material(id: &str, expires_at_ms: Option<i64>) -> KeyMaterial {
        KeyMaterial { key_id: KeyId::new(id), bcrypt: "b".into(), hmac: "h".into(), expires_at_ms }
    }

    #[test]
    fn a_stored_bcrypt_is_kept_only_for_the_very_same_secret() {
        let ring = KeyRing::generate();
        let (key, other) = (mint(Scope::TenantUser), mint(Scope::TenantUser));
        let parts = parse(key.text.expose_secret()).unwrap();
        let stored = KeyMaterial { hmac: ring.api_key_hmac(&parts), ..material(parts.id, None) };
        let stored = [stored];
        assert_eq!(stored_bcrypt(&ring, &key.text, &stored).as_deref(), Some("b"));
        assert_eq!(stored_bcrypt(&ring, &other.text, &stored), None);
        assert_eq!(stored_bcrypt(&KeyRing::generate(), &key.text, &stored), None);
    }

    #[test]
    fn the_previous_key_works_until_the_overlap_or_its_own_end() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let times = Times { overlap_ends: Some(at(100)), ..Times::default() };
        let id = KeyId::new("old");
        let end = |stored: KeyMaterial, now| {
            previous(&[stored], Some(&id), &times, at(now)).map(|it| it.expires_at_ms.unwrap())
        };
        assert_eq!(end(material("old", None), 50), Some(100_000));
        assert_eq!(end(material("old", Some(70_000)), 50), Some(70_000));
        assert_eq!(end(material("old", None), 100), None);
        assert_eq!(end(material("another", None), 50), None);
        assert!(previous(&[material("old", None)], None, &times, at(50)).is_none());
    }
}
