use domain::{
    config::{ConnectorConfig, CredentialLevel, TenantConfig},
    ids::{ObjectKey, Origin},
    tools::ToolRules,
};
use secrecy::ExposeSecret;
use store::model::DefinitionRow;

use super::*;

struct Fixture {
    ring: Arc<KeyRing>,
    model: Model,
    wrapped: String,
}

fn fixture() -> Fixture {
    let ring = Arc::new(KeyRing::generate());
    let rate = RateLimit { requests_per_minute: 10, burst: None };
    let wrapped = ring.new_tenant_key("t1");
    Fixture { model: Model::new(ring.clone(), rate), ring, wrapped }
}

fn object(name: &str) -> ObjectKey {
    ObjectKey { origin: Origin::new("o"), namespace: "n".to_owned(), name: name.to_owned() }
}

impl Fixture {
    fn tenant(&self, id: &str, slug: &str) -> TenantRow {
        TenantRow {
            tenant_id: TenantId::new(id),
            key: object(slug),
            slug: slug.parse().unwrap(),
            config: TenantConfig::default(),
            wrapped_key: Some(self.wrapped.clone()),
            revision: Revision(1),
        }
    }

    fn connector(&self, id: &str, revision: i64) -> ConnectorRow {
        let cipher = self.ring.tenant_cipher("t1", &self.wrapped).unwrap();
        let secrets = ConnectorSecrets { credential: Some("token".into()), ..ConnectorSecrets::default() };
        ConnectorRow {
            connector_id: ConnectorId::new(id),
            tenant_id: TenantId::new("t1"),
            key: object(id),
            created_at_ms: 1,
            config: ConnectorConfig {
                display_name: String::new(),
                enabled: true,
                backend: Backend::Native {
                    service: "own".to_owned(),
                    base_url: None,
                    settings: serde_json::Map::new(),
                },
                tools: ToolRules::default(),
                tool_prefix: None,
                credential_level: CredentialLevel::Tenant,
            },
            sealed: Some(secrets.seal(&cipher, id)),
            revision: Revision(revision),
        }
    }
}

fn rows(revision: i64, tenants: Vec<TenantRow>, connectors: Vec<ConnectorRow>) -> Rows {
    Rows { revision: Revision(revision), tenants, connectors, ..Rows::default() }
}

fn ids(touched: &Touched) -> Vec<String> {
    let mut ids: Vec<_> = touched.iter().map(ToString::to_string).collect();
    ids.sort();
    ids
}

#[test]
fn only_what_changed_is_built_anew_and_touched() {
    let mut fixture = fixture();
    let (tenant, a, b) = (fixture.tenant("t1", "acme"), fixture.connector("a", 1), fixture.connector("b", 1));
    assert_eq!(ids(&fixture.model.replace(rows(1, vec![tenant.clone()], vec![b.clone(), a]))), ["a", "b"]);
    let before = fixture.model.snapshot();
    let tenant_before = before.tenant("acme").unwrap();
    let names: Vec<_> = tenant_before.connectors.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["a", "b"], "of one age, by name");
    let secrets = tenant_before.connectors[0].secrets.as_ref().unwrap();
    assert_eq!(secrets.credential.as_ref().unwrap().expose_secret(), "token");

    let changed = fixture.connector("a", 2);
    assert_eq!(ids(&fixture.model.apply(rows(2, vec![], vec![changed]), &[])), ["a"]);
    let after = fixture.model.snapshot();
    let tenant_after = after.tenant("acme").unwrap();
    assert!(!Arc::ptr_eq(&tenant_before.connectors[0], &tenant_after.connectors[0]));
    assert!(Arc::ptr_eq(&tenant_before.connectors[1], &tenant_after.connectors[1]));
    assert!(Arc::ptr_eq(&tenant_before.bounds, &tenant_after.bounds), "nobody's limit starts anew");
    assert_eq!((before.revision(), after.revision()), (Revision(1), Revision(2)), "a snapshot never changes");

    let a = fixture.connector("a", 2);
    assert_eq!(ids(&fixture.model.replace(rows(3, vec![tenant], vec![a, b]))), Vec::<String>::new());
}

#[test]
fn what_goes_is_gone_and_a_slug_may_move() {
    let mut fixture = fixture();
    let (one, connector) = (fixture.tenant("t1", "acme"), fixture.connector("a", 1));
    fixture.model.replace(rows(1, vec![one], vec![connector]));
    assert!(fixture.model.snapshot().callable(&ConnectorId::new("a")).is_some());
    let (moved, taker) = (fixture.tenant("t1", "old-acme"), fixture.tenant("t2", "acme"));
    fixture.model.apply(rows(2, vec![moved, taker], vec![]), &[]);
    let snapshot = fixture.model.snapshot();
    assert_eq!(snapshot.tenant("acme").unwrap().id.as_str(), "t2");
    assert_eq!(snapshot.tenant("old-acme").unwrap().id.as_str(), "t1");
    let gone = |kind, id: &str| Removed { kind, id: id.to_owned() };
    let removed = [gone(Kind::Tenant, "t1"), gone(Kind::Connector, "a")];
    assert_eq!(ids(&fixture.model.apply(rows(3, vec![], vec![]), &removed)), ["a"]);
    let snapshot = fixture.model.snapshot();
    assert!(snapshot.tenant("old-acme").is_none() && snapshot.callable(&ConnectorId::new("a")).is_none());
}

#[test]
fn a_changed_definition_touches_the_connectors_that_use_it() {
    let mut fixture = fixture();
    let (tenant, a) = (fixture.tenant("t1", "acme"), fixture.connector("a", 1));
    fixture.model.replace(rows(1, vec![tenant], vec![a]));
    let document = serde_json::from_value(serde_json::json!({
        "service": "own", "title": "Own", "baseUrl": "https://x.example", "tools": []
    }));
    let definition =
        DefinitionRow { name: "own".to_owned(), document: document.unwrap(), revision: Revision(2) };
    let change = Rows { revision: Revision(2), definitions: vec![definition], ..Rows::default() };
    assert_eq!(ids(&fixture.model.apply(change, &[])), ["a"]);
    let snapshot = fixture.model.snapshot();
    let connector = snapshot.callable(&ConnectorId::new("a")).unwrap();
    assert!(connector.definition.is_some());
    assert_eq!(connector.version, Version { row: Revision(1), definition: Revision(2) });
}

#[test]
fn secrets_of_another_place_do_not_open_and_say_nothing() {
    let mut fixture = fixture();
    let tenant = fixture.tenant("t1", "acme");
    let mut swapped = fixture.connector("a", 1);
    swapped.sealed = fixture.connector("b", 1).sealed;
    fixture.model.replace(rows(1, vec![tenant], vec![swapped]));
    let snapshot = fixture.model.snapshot();
    assert!(snapshot.tenant("acme").unwrap().connectors[0].secrets.is_err());
}
