//! Tests of reading manifests.

use super::*;

const TENANT: &str = "apiVersion: sagemcp.io/v1alpha1\nkind: Tenant\nmetadata: {name: acme}\n";

#[test]
fn documents_and_lists_are_read_in_order() {
    let text = format!(
        "---\n{TENANT}---\n# nothing here\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  \
         metadata: {{name: token, namespace: team}}\n"
    );
    let found = parse("all.yaml", &text).unwrap();
    let labels: Vec<String> = found.iter().map(|it| it.kind.label(&it.name)).collect();
    assert_eq!(labels, ["tenant.sagemcp.io/acme", "secret/token"]);
    assert_eq!(found[1].namespace.as_deref(), Some("team"));
}

#[test]
fn a_directory_is_read_by_name_and_other_files_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("b.yaml"), TENANT.replace("acme", "b")).unwrap();
    fs::write(
        dir.path().join("a.json"),
        r#"{"apiVersion":"sagemcp.io/v1alpha1","kind":"Tenant","metadata":{"name":"a"}}"#,
    )
    .unwrap();
    fs::write(dir.path().join("README.md"), "not: [a manifest").unwrap();
    let found = read(&[dir.path().to_owned()]).unwrap();
    assert_eq!(found.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn what_is_no_manifest_is_refused_with_its_place() {
    let error = |text: &str| parse("x.yaml", text).unwrap_err().to_string();
    insta::assert_snapshot!(error("kind: Tenant"), @"x.yaml: apiVersion is missing; write `apiVersion: sagemcp.io/v1alpha1`");
    insta::assert_snapshot!(error(&TENANT.replace("name: acme", "labels: {}")), @"x.yaml: metadata.name is missing; every object needs a name");
    insta::assert_snapshot!(error(&format!("{TENANT}---\napiVersion: v1\nkind: Pod\nmetadata: {{name: a}}")), @"x.yaml, document 2: Pod of v1 is none of Tenant, Connector, ApiKey and ConnectorDefinition of sagemcp.io/v1alpha1 and Secret of v1; apply other objects with kubectl");
    assert!(error("a: [").starts_with("x.yaml: "));
    assert!(error("a: 1\na: 2").starts_with("x.yaml: "));
    let missing = read(&[PathBuf::from("no/such.yaml")]).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read no/such.yaml: "), "{missing}");
}
