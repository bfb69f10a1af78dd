//! No type that holds a secret shows it through `Debug`.

use std::collections::BTreeMap;

use domain::principal::Scope;
use secrecy::ExposeSecret;

use crate::{ConnectorSecrets, KeyRing, api_key};

#[test]
fn debug_output_of_every_type_is_free_of_secrets() {
    let ring = KeyRing::generate();
    let minted = api_key::mint(Scope::TenantUser);
    let key = minted.text.expose_secret().to_owned();
    let cipher = ring.tenant_cipher("t", &ring.new_tenant_key("t")).unwrap();
    let secrets = ConnectorSecrets {
        credential: Some("planted-credential".into()),
        env: BTreeMap::from([("NAME".to_owned(), "planted-env".into())]),
        headers: BTreeMap::from([("X-Name".to_owned(), "planted-header".into())]),
    };
    let parts = api_key::parse(&key).unwrap();
    let shown = format!("{ring:?} {:?} {minted:?} {cipher:?} {secrets:?} {parts:?}", ring.sealing());
    let root = ring.to_text().expose_secret().split_whitespace().last().unwrap().to_owned();
    for secret in [root.as_str(), parts.secret, "planted-credential", "planted-env", "planted-header"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
