//! What follows from a spec, a Secret and the time.

use domain::principal::Scope;

use super::*;
use crate::{api_key::validate::validate, fixtures};

const NAMESPACE: &str = "team-a";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn spec(rest: &str) -> ValidatedKey {
    let key = fixtures::api_key(&format!("{{scope: tenant_user, tenantRef: {{name: acme}}, {rest}}}"));
    validate(&key, "system").unwrap()
}

fn key_of(scope: Scope) -> KeyInSecret {
    KeyInSecret {
        text: secrets::api_key::mint(scope).text,
        since: at("2026-01-01T00:00:00Z"),
        previous: None,
    }
}

fn minted(endpoint: &str) -> FoundSecret {
    FoundSecret::Minted {
        key: Some(key_of(Scope::TenantUser)),
        endpoint: Some(endpoint.to_owned()),
        intact: true,
        version: Some("7".to_owned()),
    }
}

fn planned(key: &ValidatedKey, secret: FoundSecret, now: &str) -> Result<Plan, Error> {
    plan(key, secret, Some("https://e"), NAMESPACE, at(now))
}

#[test]
fn a_key_is_minted_where_there_is_none_and_kept_where_there_is_one() {
    let key = spec("");
    assert!(matches!(planned(&key, FoundSecret::Absent, "2026-01-02T00:00:00Z"), Ok(Plan::Mint)));
    assert!(matches!(planned(&key, minted("https://e"), "2026-01-02T00:00:00Z"), Ok(Plan::Keep { .. })));
    let moved = planned(&key, minted("https://old"), "2026-01-02T00:00:00Z");
    assert!(matches!(moved, Ok(Plan::Retell { .. })));
}

#[test]
fn a_rotation_comes_when_it_is_due_and_not_after_the_end() {
    let key = spec("rotation: {every: 1d, overlap: 1h}");
    assert!(matches!(planned(&key, minted("https://e"), "2026-01-01T23:59:59Z"), Ok(Plan::Keep { .. })));
    let Ok(Plan::Rotate { version, .. }) = planned(&key, minted("https://e"), "2026-01-02T00:00:00Z") else {
        panic!("not rotated")
    };
    assert_eq!(version.as_deref(), Some("7"), "a write must not undo one that it has not seen");
    let ended = spec("expiresAt: '2026-01-01T12:00:00Z', rotation: {every: 1d, overlap: 1h}");
    assert!(matches!(planned(&ended, minted("https://e"), "2026-01-02T00:00:00Z"), Ok(Plan::Keep { .. })));
    assert!(matches!(planned(&ended, FoundSecret::Absent, "2026-01-02T00:00:00Z"), Ok(Plan::Nothing)));
}

#[test]
fn a_foreign_secret_is_adopted_with_a_key_and_left_alone_without() {
    let now = "2026-01-02T00:00:00Z";
    let foreign = |key| FoundSecret::Foreign { key };
    let adopted = planned(&spec(""), foreign(Some(key_of(Scope::TenantUser))), now);
    assert!(matches!(adopted, Ok(Plan::Keep { .. })));
    let reason = |key: &ValidatedKey, secret| fixtures::finding(planned(key, secret, now)).0;
    assert_eq!(reason(&spec(""), foreign(None)), "SecretWithoutKey");
    assert_eq!(reason(&spec(""), foreign(Some(key_of(Scope::TenantAdmin)))), "ScopeMismatch");
    let rotating = spec("rotation: {every: 1d, overlap: 1h}");
    assert_eq!(reason(&rotating, foreign(Some(key_of(Scope::TenantUser)))), "AdoptedKey");
    let emptied = FoundSecret::Minted { key: None, endpoint: None, intact: false, version: None };
    assert_eq!(reason(&spec(""), emptied), "SecretWithoutKey");
    assert_eq!(reason(&spec(""), FoundSecret::KeyRing), "SecretForbidden");
}

#[test]
fn the_label_command_can_be_pasted() {
    let (reason, message) = fixtures::finding(planned(
        &spec("secretName: mine"),
        FoundSecret::NotLabelled,
        "2026-01-02T00:00:00Z",
    ));
    assert_eq!(reason, "SecretNotLabelled");
    assert!(
        message.ends_with("kubectl label secret --namespace team-a mine sagemcp.io/use=api-key"),
        "{message}"
    );
}
