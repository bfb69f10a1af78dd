use domain::{
    ids::{ObjectKey, Origin, Revision},
    principal::Scope,
};
use secrets::api_key::MintedKey;
use store::model::{ApiKeyRow, KeyMaterial};

use super::*;

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn row(ring: &KeyRing, key: &MintedKey, expires_at_ms: Option<i64>) -> Key {
    let parts = api_key::parse(key.text.expose_secret()).unwrap();
    Key::new(ApiKeyRow {
        material: KeyMaterial {
            key_id: parts.key_id(),
            bcrypt: api_key::bcrypt_hash(&parts),
            hmac: ring.api_key_hmac(&parts),
            expires_at_ms,
        },
        tenant_id: None,
        key: ObjectKey { origin: Origin::new("o"), namespace: "n".to_owned(), name: "k".to_owned() },
        scope: Scope::PlatformAdmin,
        subject: "s".to_owned(),
        connectors: Vec::new(),
        read_only: false,
        revision: Revision(1),
    })
}

async fn verdict(
    auth: &Authenticator,
    snapshot: &Snapshot,
    key: &MintedKey,
    now_ms: i64,
) -> Result<Arc<Key>, AuthError> {
    auth.authenticate(snapshot, Some(key.text.expose_secret()), ADDRESS, now_ms).await
}

#[tokio::test]
async fn a_remembered_match_counts_only_for_the_row_it_was_made_with() {
    let ring = Arc::new(KeyRing::generate());
    let auth = Authenticator::new(ring.clone());
    let (key, other) = (api_key::mint(Scope::PlatformAdmin), api_key::mint(Scope::PlatformAdmin));
    let snapshot = Snapshot::with_key(row(&ring, &key, None));
    for _ in 0..2 {
        assert!(verdict(&auth, &snapshot, &key, 0).await.is_ok());
    }
    // The same id with another secret behind it: what was remembered must not let the old one in.
    let mut replaced = row(&ring, &other, None);
    replaced.id = row(&ring, &key, None).id;
    let snapshot = Snapshot::with_key(replaced);
    assert_eq!(verdict(&auth, &snapshot, &key, 0).await.unwrap_err(), AuthError::Invalid);
    assert_eq!(verdict(&auth, &Snapshot::default(), &key, 0).await.unwrap_err(), AuthError::Invalid);
}

#[tokio::test]
async fn expiry_is_asked_on_every_call() {
    let ring = Arc::new(KeyRing::generate());
    let auth = Authenticator::new(ring.clone());
    let key = api_key::mint(Scope::PlatformAdmin);
    let snapshot = Snapshot::with_key(row(&ring, &key, Some(1_000)));
    assert!(verdict(&auth, &snapshot, &key, 999).await.is_ok());
    assert_eq!(verdict(&auth, &snapshot, &key, 1_000).await.unwrap_err(), AuthError::Expired);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_by_bcrypt_as_well() {
    let ring = Arc::new(KeyRing::generate());
    let auth = Authenticator::new(ring.clone());
    let (key, other) = (api_key::mint(Scope::PlatformAdmin), api_key::mint(Scope::PlatformAdmin));
    let mut retired = row(&ring, &key, None);
    retired.hmac = retired.hmac.replace("v1.k1.", "v1.gone.");
    let mut wrong = row(&ring, &other, None);
    wrong.hmac = retired.hmac.clone();
    wrong.id = retired.id.clone();
    assert!(verdict(&auth, &Snapshot::with_key(retired), &key, 0).await.is_ok());
    let auth = Authenticator::new(ring.clone());
    assert_eq!(verdict(&auth, &Snapshot::with_key(wrong), &key, 0).await.unwrap_err(), AuthError::Invalid);
}

#[tokio::test]
async fn too_many_failures_are_told_to_wait() {
    let auth = Authenticator::new(Arc::new(KeyRing::generate()));
    let mut last = Ok(());
    for _ in 0..30 {
        last = auth.authenticate(&Snapshot::default(), Some("nonsense"), ADDRESS, 0).await.map(|_| ());
    }
    assert!(matches!(last, Err(AuthError::Throttled { retry_after_secs: 1.. })), "{last:?}");
}
