//! Server-side apply.

use crds::v1alpha1::{ApiKey, Tenant};
use kube::{
    Api, Resource, ResourceExt,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

use crate::{Fixture, refusal};

fn body(spec: Value) -> Value {
    let mut body =
        json!({"apiVersion": "sagemcp.io/v1alpha1", "kind": "Tenant", "metadata": {"name": "acme"}});
    body["spec"] = spec;
    body
}

async fn apply(tenants: &Api<Tenant>, manager: &str, body: &Value) -> Result<Tenant, kube::Error> {
    tenants.patch("acme", &PatchParams::apply(manager), &Patch::Apply(body)).await
}

#[tokio::test]
async fn applying_the_same_again_changes_nothing() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    let wanted = body(json!({"displayName": "Acme", "rateLimit": {"requestsPerMinute": 5}}));
    let first = apply(&tenants, "cli", &wanted).await.unwrap();
    let second = apply(&tenants, "cli", &wanted).await.unwrap();
    assert_eq!(first, second);
    let entries = first.managed_fields();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].manager.as_deref(), Some("cli"));
    assert_eq!(entries[0].operation.as_deref(), Some("Apply"));
    assert_eq!(
        entries[0].fields_v1.as_ref().unwrap().0,
        json!({"f:spec": {"f:displayName": {}, "f:rateLimit": {"f:requestsPerMinute": {}}}})
    );
}

#[tokio::test]
async fn what_a_manager_no_longer_applies_goes_away() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    apply(&tenants, "cli", &body(json!({"displayName": "Acme", "rateLimit": {"requestsPerMinute": 5}})))
        .await
        .unwrap();
    apply(&tenants, "console", &body(json!({"rateLimit": {"requestsPerMinute": 5, "burst": 9}})))
        .await
        .unwrap();
    let after = apply(&tenants, "cli", &body(json!({"suspended": true}))).await.unwrap();
    assert_eq!(after.spec.display_name, None);
    assert!(after.spec.suspended);
    let rate = serde_json::to_value(after.spec.rate_limit).unwrap();
    assert_eq!(rate, json!({"requestsPerMinute": 5, "burst": 9}), "the console still wants it");
    let after = apply(&tenants, "cli", &body(json!({}))).await.unwrap();
    assert!(!after.spec.suspended, "the default is back");
}

#[tokio::test]
async fn another_managers_field_is_taken_only_by_force() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    apply(&tenants, "argo", &body(json!({"displayName": "Acme", "suspended": false}))).await.unwrap();
    let refused = refusal(apply(&tenants, "console", &body(json!({"displayName": "Other"}))).await);
    assert_eq!((refused.code, refused.reason.as_str()), (409, "Conflict"));
    assert_eq!(refused.message, "Apply failed with 1 conflict: conflict with \"argo\": .spec.displayName");
    assert_eq!(refused.details.unwrap().causes[0].reason, "FieldManagerConflict");
    apply(&tenants, "console", &body(json!({"displayName": "Acme"})))
        .await
        .expect("the same value is no conflict");
    let forced = Patch::Apply(body(json!({"displayName": "Other"})));
    let after = tenants.patch("acme", &PatchParams::apply("console").force(), &forced).await.unwrap();
    assert_eq!(after.spec.display_name.as_deref(), Some("Other"));
    // Argo lost the field, so that it stays when Argo stops naming it.
    let after = apply(&tenants, "argo", &body(json!({"suspended": false}))).await.unwrap();
    assert_eq!(after.spec.display_name.as_deref(), Some("Other"));
}

#[tokio::test]
async fn an_update_takes_fields_from_an_apply() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    apply(&tenants, "argo", &body(json!({"displayName": "Acme"}))).await.unwrap();
    let edit = Patch::Merge(json!({"spec": {"displayName": "Edited"}}));
    let params = PatchParams { field_manager: Some("kubectl-edit".to_owned()), ..PatchParams::default() };
    tenants.patch("acme", &params, &edit).await.unwrap();
    let refused = refusal(apply(&tenants, "argo", &body(json!({"displayName": "Acme"}))).await);
    assert!(refused.message.contains("kubectl-edit"), "{}", refused.message);
}

#[tokio::test]
async fn conditions_are_merged_by_type_and_status_has_its_own_owner() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    apply(&tenants, "cli", &body(json!({}))).await.unwrap();
    let condition = |type_: &str| {
        json!({"type": type_, "status": "True", "reason": "R", "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z"})
    };
    let status = |conditions: Vec<Value>| {
        Patch::Apply(json!({
            "apiVersion": Tenant::api_version(&()), "kind": Tenant::kind(&()), "status": {"conditions": conditions}}))
    };
    let params = |manager: &str| PatchParams::apply(manager).force();
    tenants.patch_status("acme", &params("a"), &status(vec![condition("Accepted")])).await.unwrap();
    let both = tenants.patch_status("acme", &params("b"), &status(vec![condition("Served")])).await.unwrap();
    let types = |tenant: &Tenant| -> Vec<String> {
        tenant.status.iter().flat_map(|it| &it.conditions).map(|it| it.type_.clone()).collect()
    };
    assert_eq!(types(&both), ["Accepted", "Served"]);
    let one = tenants.patch_status("acme", &params("a"), &status(vec![])).await.unwrap();
    assert_eq!(types(&one), ["Served"]);
    let spec = apply(&tenants, "cli", &body(json!({"suspended": true}))).await.unwrap();
    assert_eq!(types(&spec), ["Served"], "a spec write leaves the status");
    let missing = tenants.patch_status("other", &params("a"), &status(vec![])).await;
    assert_eq!(refusal(missing).code, 404);
}

#[tokio::test]
async fn finalizers_and_owners_of_several_managers_add_up() {
    let fixture = Fixture::new().await;
    let keys = fixture.keys();
    let with = |finalizer: &str| {
        Patch::Apply(json!({
            "apiVersion": ApiKey::api_version(&()), "kind": ApiKey::kind(&()),
            "metadata": {"finalizers": [finalizer]}, "spec": {"scope": "platform_admin"}}))
    };
    keys.patch("k", &PatchParams::apply("a"), &with("example.com/a")).await.unwrap();
    let both = keys.patch("k", &PatchParams::apply("b"), &with("example.com/b")).await.unwrap();
    assert_eq!(both.finalizers(), ["example.com/a", "example.com/b"]);
}

#[tokio::test]
async fn an_apply_with_a_version_is_a_compare_and_swap() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    let first = apply(&tenants, "cli", &body(json!({}))).await.unwrap();
    let mut wanted = body(json!({"suspended": true}));
    wanted["metadata"]["resourceVersion"] = json!(first.resource_version());
    apply(&tenants, "cli", &wanted).await.unwrap();
    wanted["spec"]["suspended"] = json!(false);
    assert_eq!(refusal(apply(&tenants, "cli", &wanted).await).code, 409);
    let made = tenants.create(&PostParams::default(), &crate::tenant("b")).await.unwrap();
    assert_eq!(made.managed_fields()[0].operation.as_deref(), Some("Update"));
}
