//! What makes a connector acceptable.

use std::{collections::BTreeMap, sync::Arc};

use domain::ids::TenantId;
use secrecy::{ExposeSecret, SecretString};

use super::*;
use crate::{
    credentials::ReadSecret,
    fixtures::{connector, definition, finding},
};

fn document() -> Arc<::connectors::Connector> {
    let spec = "{service: crm, title: CRM, baseUrl: 'https://crm.example', \
                config: {type: object, properties: {region: {type: string, default: eu}}, additionalProperties: false}, \
                tools: [{name: list, description: Lists., input: {type: object}, request: {method: GET, url: /things}}], \
                removed: [{name: share, reason: Gone.}]}";
    Arc::new(::connectors::compile(&definition("crm", spec).spec.document).unwrap())
}

fn secret(value: &str) -> ReadSecret {
    ReadSecret::Entries(BTreeMap::from([("token".to_owned(), Some(SecretString::from(value)))]))
}

fn dereferenced(secrets: impl IntoIterator<Item = (&'static str, ReadSecret)>) -> Dereferenced {
    Dereferenced {
        tenant: Ok(FoundTenant { id: TenantId::new("t"), slug: "acme".into() }),
        document: None,
        secrets: secrets.into_iter().map(|(name, read)| (name.to_owned(), read)).collect(),
    }
}

fn native() -> Dereferenced {
    Dereferenced { document: Some(document()), ..dereferenced([]) }
}

fn check(spec: &str, found: &Dereferenced) -> Result<ValidatedConnector, Error> {
    checked(spec, found, &EgressPolicy::default(), true)
}

fn checked(
    spec: &str,
    found: &Dereferenced,
    egress: &EgressPolicy,
    allow_process_runtime: bool,
) -> Result<ValidatedConnector, Error> {
    let rules = Rules { egress, allow_process_runtime, built_in: "github" };
    validate(&connector(&format!("{{tenantRef: {{name: acme}}, {spec}}}")), found, &rules)
}

#[test]
fn a_native_connector_gets_the_defaults_of_its_settings() {
    let valid = check("native: {type: crm}", &native()).unwrap();
    let Backend::Native { service, settings, .. } = valid.config.backend else { panic!("not native") };
    assert_eq!((service.as_str(), settings["region"].as_str()), ("crm", Some("eu")));
    assert_eq!(valid.config.display_name, "github");
}

#[test]
fn wrong_settings_and_unknown_types_are_refused_with_the_field() {
    let (reason, message) = finding(check("native: {type: crm, config: {region: 7}}", &native()));
    assert_eq!(reason, "InvalidConfig");
    assert!(message.starts_with("spec.native.config:") && message.contains("region"), "{message}");
    let (reason, message) = finding(check("native: {type: nope}", &dereferenced([])));
    assert_eq!(reason, "TypeNotFound");
    assert!(message.contains("\"nope\"") && message.contains("github"), "{message}");
}

#[test]
fn a_private_address_is_refused_with_the_flag_that_allows_it() {
    let spec = "remote: {url: 'https://10.1.2.3:8443/mcp'}";
    let (reason, message) = finding(check(spec, &dereferenced([])));
    assert_eq!(reason, "EgressRefused");
    assert!(message.contains("--egress-allow 10.1.2.3:8443"), "{message}");
    let allowed: EgressPolicy = ["10.0.0.0/8".parse().unwrap()].into_iter().collect();
    assert!(checked(spec, &dereferenced([]), &allowed, true).is_ok());
    let native_url = "native: {type: crm, baseUrl: 'https://127.0.0.1/api'}";
    assert_eq!(finding(check(native_url, &native())).0, "EgressRefused");
    let metadata = "remote: {url: 'https://169.254.169.254/'}";
    assert_eq!(finding(checked(metadata, &dereferenced([]), &allowed, true)).0, "EgressRefused");
}

#[test]
fn processes_run_only_where_the_platform_permits_them() {
    let spec = "hosted: {command: npx, args: [-y, server], env: [{name: A, value: '1'}]}";
    let valid = check(spec, &dereferenced([])).unwrap();
    let Backend::Hosted { env, .. } = valid.config.backend else { panic!("not hosted") };
    assert_eq!(env["A"], "1");
    let (reason, message) = finding(checked(spec, &dereferenced([]), &EgressPolicy::default(), false));
    assert_eq!(reason, "ProcessRuntimeDisabled");
    assert!(message.contains("--allow-process-runtime"), "{message}");
}

#[test]
fn secrets_come_from_every_place_that_names_them() {
    let found = dereferenced([("cred", secret("c")), ("env", secret("e")), ("gone", ReadSecret::Missing)]);
    let spec = "hosted: {command: x, env: [{name: E, secretRef: {name: env}}, {name: O, secretRef: {name: gone, \
                optional: true}}]}, credentials: {secretRef: {name: cred}}";
    let valid = check(spec, &found).unwrap();
    assert_eq!(valid.secrets.credential.unwrap().expose_secret(), "c");
    assert_eq!(valid.secrets.env["E"].expose_secret(), "e");
    assert!(!valid.secrets.env.contains_key("O"));
    let spec = "remote: {url: 'https://x.example/', headersFrom: [{name: X-Key, secretRef: {name: env}}]}";
    assert_eq!(check(spec, &found).unwrap().secrets.headers["X-Key"].expose_secret(), "e");
}

#[test]
fn a_credential_that_no_header_can_carry_is_found_out_now() {
    for (value, part) in [("s3cret\n", "line break"), ("s3 é", "no HTTP header"), ("", "is empty")] {
        let found = dereferenced([("cred", secret(value))]);
        let spec = "remote: {url: 'https://x.example/'}, credentials: {secretRef: {name: cred}}";
        let (reason, message) = finding(check(spec, &found));
        assert_eq!(reason, "SecretInvalid");
        assert!(message.contains(part) && !message.contains("s3"), "{message}");
    }
}

#[test]
fn a_header_that_belongs_to_the_transport_is_refused() {
    for name in ["Host", "Mcp-Method", "Proxy-Authorization", "Cookie"] {
        let spec = format!(
            "remote: {{url: 'https://x.example/', headersFrom: [{{name: {name}, secretRef: {{name: cred}}}}]}}"
        );
        let (reason, message) = finding(check(&spec, &dereferenced([("cred", secret("c"))])));
        assert_eq!(reason, "InvalidHeader");
        assert!(message.contains(&format!("headersFrom[{name}]")), "{message}");
    }
}

#[test]
fn a_tool_that_does_not_exist_cannot_be_denied() {
    assert!(
        check("native: {type: crm}, tools: {deny: [crm_list, crm_share, '*_delete']}", &native()).is_ok()
    );
    let (reason, message) = finding(check("native: {type: crm}, tools: {deny: [crm_lst]}", &native()));
    assert_eq!(reason, "UnknownTool");
    assert!(message.starts_with("spec.tools.deny:") && message.contains("\"crm_lst\""), "{message}");
    let twice = "remote: {url: 'https://x.example/'}, tools: {overrides: [{name: a}, {name: a}]}";
    assert_eq!(finding(check(twice, &dereferenced([]))).0, "InvalidTools");
}

#[test]
fn a_missing_tenant_is_waited_for_only_when_the_spec_is_valid() {
    let gone = Err(Finding::new("TenantNotFound", "no tenant"));
    let found = Dereferenced { tenant: gone, ..dereferenced([]) };
    assert!(matches!(check("remote: {url: 'https://x.example/'}", &found), Err(Error::Unresolved(_))));
    assert!(matches!(check("remote: {url: 'https://10.0.0.1/'}", &found), Err(Error::Refused(_))));
}
