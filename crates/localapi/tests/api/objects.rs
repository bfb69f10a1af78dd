//! Getting, listing, creating, replacing, patching and deleting.

use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::{
    Api, Resource, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions},
};
use serde_json::json;

use crate::{Fixture, refusal, tenant};

#[tokio::test]
async fn a_created_object_is_got_listed_and_deleted() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    let made = tenants.create(&PostParams::default(), &tenant("acme")).await.unwrap();
    assert_eq!(made.namespace().as_deref(), Some("default"));
    assert_eq!(made.meta().generation, Some(1));
    assert!(made.uid().is_some() && made.creation_timestamp().is_some() && made.resource_version().is_some());
    assert_eq!(tenants.get("acme").await.unwrap(), made);
    let list = tenants.list(&ListParams::default()).await.unwrap();
    assert_eq!(list.items.len(), 1);
    assert_eq!(list.metadata.resource_version, made.resource_version());

    let again = refusal(tenants.create(&PostParams::default(), &tenant("acme")).await);
    assert_eq!((again.code, again.reason.as_str()), (409, "AlreadyExists"));
    assert_eq!(again.message, "tenants.sagemcp.io \"acme\" already exists");

    let deleted = tenants.delete("acme", &DeleteParams::default()).await.unwrap();
    assert!(deleted.is_right(), "gone at once");
    let gone = refusal(tenants.get("acme").await);
    assert_eq!((gone.code, gone.message.as_str()), (404, "tenants.sagemcp.io \"acme\" not found"));
}

#[tokio::test]
async fn a_generated_name_ends_in_five_letters() {
    let fixture = Fixture::new().await;
    let mut new = tenant("x");
    new.metadata.name = None;
    new.metadata.generate_name = Some("team-".to_owned());
    let made = fixture.tenants().create(&PostParams::default(), &new).await.unwrap();
    let name = made.name_any();
    assert!(name.starts_with("team-") && name.len() == 10, "{name}");
}

#[tokio::test]
async fn a_replace_needs_the_latest_version() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    let first = tenants.create(&PostParams::default(), &tenant("acme")).await.unwrap();
    let mut second = first.clone();
    second.spec.suspended = true;
    let second = tenants.replace("acme", &PostParams::default(), &second).await.unwrap();
    assert_eq!(second.meta().generation, Some(2));
    let stale = refusal(tenants.replace("acme", &PostParams::default(), &first).await);
    assert_eq!((stale.code, stale.reason.as_str()), (409, "Conflict"));
    let mut none = first;
    none.metadata.resource_version = None;
    let none = refusal(tenants.replace("acme", &PostParams::default(), &none).await);
    assert_eq!(none.code, 422);
}

#[tokio::test]
async fn spec_and_status_are_written_apart() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    tenants.create(&PostParams::default(), &tenant("acme")).await.unwrap();
    let both = json!({"spec": {"suspended": true}, "status": {"slug": "acme"}});
    let params = PatchParams::default();
    let status = tenants.patch_status("acme", &params, &Patch::Merge(&both)).await.unwrap();
    assert!(!status.spec.suspended, "a status write leaves the spec");
    assert_eq!(status.status.as_ref().and_then(|it| it.slug.as_deref()), Some("acme"));
    assert_eq!(status.meta().generation, Some(1));
    let both = json!({"spec": {"suspended": true}, "status": {"slug": "other"}});
    let spec = tenants.patch("acme", &params, &Patch::Merge(&both)).await.unwrap();
    assert!(spec.spec.suspended);
    assert_eq!(spec.status.as_ref().and_then(|it| it.slug.as_deref()), Some("acme"));
    assert_eq!(spec.meta().generation, Some(2));
}

#[tokio::test]
async fn a_write_that_changes_nothing_makes_no_version() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    let made = tenants.create(&PostParams::default(), &tenant("acme")).await.unwrap();
    let same = json!({"spec": {"suspended": false}});
    let after = tenants.patch("acme", &PatchParams::default(), &Patch::Merge(&same)).await.unwrap();
    assert_eq!(after.resource_version(), made.resource_version());
    let after = tenants.replace("acme", &PostParams::default(), &made).await.unwrap();
    assert_eq!(after.resource_version(), made.resource_version());
}

#[tokio::test]
async fn a_dry_run_stores_nothing() {
    let fixture = Fixture::new().await;
    let params = PostParams { dry_run: true, ..PostParams::default() };
    fixture.tenants().create(&params, &tenant("acme")).await.unwrap();
    assert_eq!(refusal(fixture.tenants().get("acme").await).code, 404);
}

#[tokio::test]
async fn a_json_patch_tests_before_it_writes() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    tenants.create(&PostParams::default(), &tenant("acme")).await.unwrap();
    let patch = |was: serde_json::Value| {
        let operations = json!([
            {"op": "test", "path": "/metadata/finalizers", "value": was},
            {"op": "add", "path": "/metadata/finalizers", "value": ["sagemcp.io/tenant"]},
        ]);
        Patch::Json::<()>(serde_json::from_value(operations).unwrap())
    };
    let params = PatchParams::default();
    let kept = tenants.patch("acme", &params, &patch(json!(null))).await.unwrap();
    assert_eq!(kept.finalizers(), ["sagemcp.io/tenant"]);
    let refused = refusal(tenants.patch("acme", &params, &patch(json!(null))).await);
    assert_eq!((refused.code, refused.reason.as_str()), (422, "Invalid"));
}

#[tokio::test]
async fn finalizers_keep_a_deleted_object_until_they_are_gone() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    let mut new = tenant("acme");
    new.metadata.finalizers = Some(vec!["sagemcp.io/tenant".to_owned()]);
    tenants.create(&PostParams::default(), &new).await.unwrap();
    let marked = tenants.delete("acme", &DeleteParams::default()).await.unwrap().left().expect("still there");
    assert!(marked.meta().deletion_timestamp.is_some());
    assert_eq!(marked.meta().generation, Some(2));
    let more = json!({"metadata": {"finalizers": ["sagemcp.io/tenant", "example.com/other"]}});
    let refused = refusal(tenants.patch("acme", &PatchParams::default(), &Patch::Merge(&more)).await);
    assert_eq!(refused.code, 422, "{}", refused.message);
    let none = json!({"metadata": {"finalizers": null}});
    tenants.patch("acme", &PatchParams::default(), &Patch::Merge(&none)).await.unwrap();
    assert_eq!(refusal(tenants.get("acme").await).code, 404);
}

#[tokio::test]
async fn preconditions_hold_a_deletion_back() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    let made = tenants.create(&PostParams::default(), &tenant("acme")).await.unwrap();
    let only = |uid: Option<String>| DeleteParams {
        preconditions: Some(Preconditions { uid, resource_version: None }),
        ..DeleteParams::default()
    };
    let refused = refusal(tenants.delete("acme", &only(Some("other".to_owned()))).await);
    assert_eq!(refused.code, 409);
    tenants.delete("acme", &only(made.uid())).await.unwrap();
}

#[tokio::test]
async fn dependents_go_with_their_last_owner() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    let secrets: Api<Secret> = Api::default_namespaced(fixture.client());
    let owner = tenants.create(&PostParams::default(), &tenant("acme")).await.unwrap();
    let mut secret = Secret::default();
    secret.metadata.name = Some("minted".to_owned());
    secret.metadata.owner_references = Some(vec![owner.controller_owner_ref(&()).unwrap()]);
    secrets.create(&PostParams::default(), &secret).await.unwrap();
    tenants.delete("acme", &DeleteParams::default()).await.unwrap();
    assert_eq!(refusal(secrets.get("minted").await).code, 404);
    // The owner is no more: what names it afterwards does not stay either.
    secrets.create(&PostParams::default(), &secret).await.unwrap();
    assert_eq!(refusal(secrets.get("minted").await).code, 404);
}

#[tokio::test]
async fn orphaned_dependents_stay() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    let connectors = fixture.connectors();
    let owner = tenants.create(&PostParams::default(), &tenant("acme")).await.unwrap();
    let mut owned = tenant("dependent");
    owned.metadata.owner_references = Some(vec![owner.controller_owner_ref(&()).unwrap()]);
    tenants.create(&PostParams::default(), &owned).await.unwrap();
    let orphan =
        DeleteParams { propagation_policy: Some(kube::api::PropagationPolicy::Orphan), ..Default::default() };
    tenants.delete("acme", &orphan).await.unwrap();
    assert!(tenants.get("dependent").await.unwrap().owner_references().is_empty());
    assert!(connectors.list(&ListParams::default()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn selectors_choose_and_pages_add_up() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    for (name, tier) in [("a", "gold"), ("b", "gold"), ("c", "free"), ("d", "gold")] {
        let mut new = tenant(name);
        new.labels_mut().insert("tier".to_owned(), tier.to_owned());
        tenants.create(&PostParams::default(), &new).await.unwrap();
    }
    let names = async |params: ListParams| -> Vec<String> {
        tenants.list(&params).await.unwrap().iter().map(ResourceExt::name_any).collect()
    };
    assert_eq!(names(ListParams::default().labels("tier=gold")).await, ["a", "b", "d"]);
    assert_eq!(names(ListParams::default().labels("tier notin (gold)")).await, ["c"]);
    assert_eq!(
        names(ListParams::default().labels("tier in (gold, free),!other")).await,
        ["a", "b", "c", "d"]
    );
    assert_eq!(names(ListParams::default().fields("metadata.name=c")).await, ["c"]);
    assert_eq!(names(ListParams::default().fields("metadata.namespace!=default")).await, [""; 0]);
    let first = tenants.list(&ListParams::default().labels("tier=gold").limit(2)).await.unwrap();
    assert_eq!(first.items.len(), 2);
    assert_eq!(first.metadata.remaining_item_count, Some(1));
    let token = first.metadata.continue_.unwrap();
    let rest = ListParams::default().labels("tier=gold").limit(2).continue_token(&token);
    assert_eq!(names(rest).await, ["d"]);
    let refused = refusal(tenants.list(&ListParams::default().fields("spec.suspended=true")).await);
    assert_eq!(refused.code, 400);
}

#[tokio::test]
async fn only_the_metadata_of_secrets_is_sent_where_only_that_is_asked_for() {
    let fixture = Fixture::new().await;
    let secrets: Api<Secret> = Api::default_namespaced(fixture.client());
    let mut secret = Secret::default();
    secret.metadata.name = Some("token".to_owned());
    secret.string_data = Some([("token".to_owned(), "hunter2".to_owned())].into());
    let made = secrets.create(&PostParams::default(), &secret).await.unwrap();
    assert_eq!(made.type_.as_deref(), Some("Opaque"));
    assert!(made.string_data.is_none());
    assert_eq!(made.data.unwrap()["token"].0, b"hunter2");
    let list = secrets.list_metadata(&ListParams::default()).await.unwrap();
    assert_eq!(list.items[0].name_any(), "token");
    assert!(!serde_json::to_string(&list).unwrap().contains("aHVudGVyMg"));
}

#[tokio::test]
async fn namespaces_exist_as_soon_as_something_is_in_them() {
    let fixture = Fixture::new().await;
    let tenants: Api<crds::v1alpha1::Tenant> = Api::namespaced(fixture.client(), "team-a");
    tenants.create(&PostParams::default(), &tenant("acme")).await.unwrap();
    let namespaces: Api<Namespace> = Api::all(fixture.client());
    let names: Vec<String> =
        namespaces.list(&ListParams::default()).await.unwrap().iter().map(ResourceExt::name_any).collect();
    assert_eq!(names, ["default", "team-a"]);
    let everywhere: Api<crds::v1alpha1::Tenant> = Api::all(fixture.client());
    assert_eq!(everywhere.list(&ListParams::default()).await.unwrap().items.len(), 1);
    assert!(fixture.tenants().list(&ListParams::default()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_collection_is_deleted_by_selector() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    for name in ["a", "b"] {
        let mut new = tenant(name);
        new.labels_mut().insert("name".to_owned(), name.to_owned());
        tenants.create(&PostParams::default(), &new).await.unwrap();
    }
    let only = ListParams::default().labels("name=a");
    tenants.delete_collection(&DeleteParams::default(), &only).await.unwrap();
    let left = tenants.list(&ListParams::default()).await.unwrap();
    assert_eq!(left.items.iter().map(ResourceExt::name_any).collect::<Vec<_>>(), ["b"]);
}

#[tokio::test]
async fn kube_discovers_the_kinds() {
    let fixture = Fixture::new().await;
    let discovery = kube::discovery::Discovery::new(fixture.client()).run().await.unwrap();
    let group = discovery.get("sagemcp.io").unwrap();
    let (tenant, capabilities) = group.recommended_kind("Tenant").unwrap();
    assert_eq!((tenant.plural.as_str(), tenant.version.as_str()), ("tenants", "v1alpha1"));
    assert!(capabilities.subresources.iter().any(|(it, _)| it.plural == "status"));
    assert!(discovery.has_group("coordination.k8s.io"));
    let version = fixture.client().apiserver_version().await.unwrap();
    assert_eq!(version.major, "1");
}
