//! The manifests directory.

use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api, Resource, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
    runtime::wait::await_condition,
};
use localapi::Problem;
use serde_json::json;

use crate::{Fixture, refusal, soon, tenant};

const ACME: &str =
    "apiVersion: sagemcp.io/v1alpha1\nkind: Tenant\nmetadata:\n  name: acme\nspec:\n  displayName: Acme\n";

fn problems(fixture: &Fixture) -> Vec<Problem> {
    fixture.api.problems().borrow().clone()
}

#[tokio::test]
async fn a_directory_becomes_objects() {
    let files = [
        (
            "acme.yaml",
            &*format!(
                "# a team\n{ACME}---\napiVersion: v1\nkind: Secret\nmetadata: {{name: token}}\nstringData: {{token: hunter2}}\n"
            ),
        ),
        (
            "list.json",
            r#"{"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "sagemcp.io/v1alpha1", "kind": "Tenant", "metadata": {"name": "b", "namespace": "team-b"}, "spec": {}}]}"#,
        ),
        ("kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"),
        ("namespace.yml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: team-b}\n"),
        ("notes.txt", "not: [a manifest"),
        (".hidden.yaml", "not: [a manifest"),
    ];
    let fixture = Fixture::with(&files).await;
    assert_eq!(problems(&fixture), []);
    let acme = fixture.tenants().get("acme").await.unwrap();
    assert_eq!(acme.spec.display_name.as_deref(), Some("Acme"));
    assert_eq!(acme.managed_fields()[0].manager.as_deref(), Some(localapi::manifests::MANAGER));
    let everywhere: Api<crds::v1alpha1::Tenant> = Api::all(fixture.client());
    assert_eq!(everywhere.list(&ListParams::default()).await.unwrap().items.len(), 2);
    let secrets: Api<Secret> = Api::default_namespaced(fixture.client());
    assert_eq!(secrets.get("token").await.unwrap().data.unwrap()["token"].0, b"hunter2");
}

#[tokio::test]
async fn what_vanishes_from_the_directory_is_deleted_and_nothing_else() {
    let fixture = Fixture::with(&[("acme.yaml", ACME)]).await;
    let tenants = fixture.tenants();
    tenants.create(&PostParams::default(), &tenant("by-hand")).await.unwrap();
    fixture.write("both.yaml", &ACME.replace("acme", "by-hand"));
    fixture.api.read_manifests().await;
    assert_eq!(tenants.get("by-hand").await.unwrap().spec.display_name.as_deref(), Some("Acme"));
    fixture.remove("acme.yaml");
    fixture.remove("both.yaml");
    fixture.api.read_manifests().await;
    assert_eq!(refusal(tenants.get("acme").await).code, 404);
    tenants.get("by-hand").await.expect("it did not come from the directory");
}

#[tokio::test]
async fn a_finalizer_keeps_what_vanished_from_the_directory() {
    let fixture = Fixture::with(&[("acme.yaml", ACME)]).await;
    let tenants = fixture.tenants();
    let patch = Patch::Merge(json!({"metadata": {"finalizers": ["sagemcp.io/tenant"]}}));
    tenants.patch("acme", &PatchParams::default(), &patch).await.unwrap();
    fixture.remove("acme.yaml");
    fixture.api.read_manifests().await;
    assert!(tenants.get("acme").await.unwrap().meta().deletion_timestamp.is_some());
}

#[tokio::test]
async fn an_unchanged_directory_writes_nothing_and_a_changed_one_what_changed() {
    let fixture = Fixture::with(&[("acme.yaml", ACME)]).await;
    let tenants = fixture.tenants();
    let first = tenants.get("acme").await.unwrap();
    fixture.api.read_manifests().await;
    assert_eq!(tenants.get("acme").await.unwrap(), first);
    fixture.write("acme.yaml", &ACME.replace("displayName: Acme", "suspended: true"));
    fixture.api.read_manifests().await;
    let second = tenants.get("acme").await.unwrap();
    assert_eq!((second.spec.display_name.as_deref(), second.spec.suspended), (None, true));
    assert_eq!(second.uid(), first.uid());
    assert_eq!(second.meta().generation, Some(2));
    fixture.write("renamed.yaml", ACME);
    fixture.remove("acme.yaml");
    fixture.api.read_manifests().await;
    assert_eq!(tenants.get("acme").await.unwrap().uid(), first.uid(), "moved to another file");
    fixture.remove("renamed.yaml");
    fixture.api.read_manifests().await;
    assert_eq!(refusal(tenants.get("acme").await).code, 404);
}

#[tokio::test]
async fn an_edit_of_what_the_directory_says_is_undone_and_other_fields_are_left() {
    let fixture = Fixture::with(&[("acme.yaml", ACME)]).await;
    let tenants = fixture.tenants();
    let edit = Patch::Merge(json!({"spec": {"displayName": "Edited", "suspended": true}}));
    tenants.patch("acme", &PatchParams::default(), &edit).await.unwrap();
    fixture.api.read_manifests().await;
    let after = tenants.get("acme").await.unwrap();
    assert_eq!((after.spec.display_name.as_deref(), after.spec.suspended), (Some("Acme"), true));
}

#[tokio::test]
async fn a_broken_file_is_a_problem_and_its_objects_serve_on() {
    let both = format!("{ACME}---\n{}", ACME.replace("acme", "second"));
    let fixture = Fixture::with(&[("teams.yaml", &both)]).await;
    fixture.write("teams.yaml", &format!("{ACME}---\nkind: [Tenant\npassword: hunter2\n"));
    fixture.api.read_manifests().await;
    let found = problems(&fixture);
    assert_eq!(found.len(), 1);
    assert!(found[0].file.ends_with("teams.yaml") && found[0].document == 2, "{found:?}");
    assert!(found[0].line.is_some_and(|line| line >= 8), "{found:?}");
    assert!(!format!("{found:?}").contains("hunter2"), "{found:?}");
    assert_eq!(fixture.tenants().list(&ListParams::default()).await.unwrap().items.len(), 2);

    fixture.write("teams.yaml", &format!("{ACME}  colour: red\n---\n{}", ACME.replace("acme", "second")));
    fixture.api.read_manifests().await;
    let found = problems(&fixture);
    assert_eq!(found.len(), 1);
    assert!(found[0].message.contains("unknown field \"spec.colour\""), "{found:?}");
    assert_eq!(found[0].line, Some(7), "the line of the field");
    assert_eq!(fixture.tenants().list(&ListParams::default()).await.unwrap().items.len(), 2);

    fixture.write("teams.yaml", &both);
    fixture.api.read_manifests().await;
    assert_eq!(problems(&fixture), []);
}

#[tokio::test]
async fn a_refused_change_leaves_the_object_as_it_was() {
    let fixture = Fixture::with(&[("acme.yaml", ACME)]).await;
    fixture.write("acme.yaml", &ACME.replace("displayName: Acme", "slug: other"));
    fixture.api.read_manifests().await;
    let found = problems(&fixture);
    assert!(found[0].message.contains("spec.slug is immutable"), "{found:?}");
    assert!(found[0].to_string().contains("acme.yaml:5: "), "{}", found[0]);
    let acme = fixture.tenants().get("acme").await.unwrap();
    assert_eq!(acme.spec.display_name.as_deref(), Some("Acme"));
}

#[tokio::test]
async fn kinds_duplicates_and_nameless_documents_are_problems() {
    let files = [
        ("a.yaml", ACME),
        ("b.yaml", &ACME.replace("Acme", "Twice")),
        ("c.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n"),
        ("d.yaml", "apiVersion: sagemcp.io/v1alpha1\nkind: Tenant\nspec: {}\n"),
        ("e.yaml", "just: text\n"),
    ];
    let fixture = Fixture::with(&files).await;
    let told: Vec<String> = problems(&fixture).into_iter().map(|it| it.message).collect();
    assert_eq!(
        told,
        [
            "Tenant \"acme\" is already in a.yaml:1; this one is ignored",
            "Deployment (apps/v1) is not served here",
            "the Tenant has no metadata.name",
            "the document has no apiVersion and kind",
        ]
    );
    assert_eq!(fixture.tenants().get("acme").await.unwrap().spec.display_name.as_deref(), Some("Acme"));
}

#[tokio::test]
async fn a_watched_directory_is_read_when_it_changes() {
    let fixture = Fixture::new().await;
    let _watching = fixture.api.watch_manifests().unwrap();
    let tenants = fixture.tenants();
    std::fs::create_dir(fixture.root.path().join("manifests/team")).unwrap();
    fixture.write("team/acme.yaml", ACME);
    soon("acme", await_condition(tenants.clone(), "acme", |it: Option<&_>| it.is_some())).await.unwrap();
    // Deleted by hand, it comes back: the directory wants it.
    let uid = tenants.get("acme").await.unwrap().uid();
    tenants.delete("acme", &DeleteParams::default()).await.unwrap();
    let is_new = |it: Option<&crds::v1alpha1::Tenant>| it.is_some_and(|it| it.uid() != uid);
    soon("a new acme", await_condition(tenants.clone(), "acme", is_new)).await.unwrap();
    fixture.remove("team/acme.yaml");
    soon("no acme", await_condition(tenants, "acme", |it: Option<&_>| it.is_none())).await.unwrap();
}

#[tokio::test]
async fn a_directory_that_is_gone_takes_nothing_with_it() {
    let fixture = Fixture::with(&[("acme.yaml", ACME)]).await;
    std::fs::remove_dir_all(fixture.root.path().join("manifests")).unwrap();
    fixture.api.read_manifests().await;
    assert!(problems(&fixture)[0].message.contains("cannot be read"));
    fixture.tenants().get("acme").await.expect("still there");
}
