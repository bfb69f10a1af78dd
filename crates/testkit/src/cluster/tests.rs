use anyhow::ensure;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{ResourceExt, api::DeleteParams};
use serde_json::json;

use super::*;
use crate::eventually;

#[tokio::test]
async fn our_kinds_are_served_and_explained() -> anyhow::Result<()> {
    let cluster = Cluster::shared().await?;
    let kinds = cluster
        .kubectl(Identity::Admin, &["api-resources", "--api-group=sagemcp.io", "--no-headers"])
        .await?;
    for kind in ["apikeys", "connectordefinitions", "connectors", "tenants"] {
        assert!(kinds.contains(kind), "{kinds}");
    }
    let words = cluster.kubectl(Identity::Admin, &["explain", "connector.spec.hosted.command"]).await?;
    assert!(words.contains("The program, looked up in the gateway's PATH."), "{words}");
    Ok(())
}

#[tokio::test]
async fn what_an_object_owns_goes_with_it() -> anyhow::Result<()> {
    let cluster = Cluster::shared().await?;
    let namespace = cluster.namespace().await?;
    let maps: Api<ConfigMap> = Api::namespaced(cluster.client().await?, &namespace);
    let tenants: Api<crds::v1alpha1::Tenant> = Api::namespaced(cluster.client().await?, &namespace);
    let tenant: crds::v1alpha1::Tenant = serde_json::from_value(json!({
        "apiVersion": "sagemcp.io/v1alpha1", "kind": "Tenant", "metadata": { "name": "acme" }, "spec": {}
    }))?;
    let tenant = tenants.create(&PostParams::default(), &tenant).await?;
    let owned: ConfigMap = serde_json::from_value(json!({ "metadata": {
        "name": "owned",
        "ownerReferences": [{
            "apiVersion": "sagemcp.io/v1alpha1", "kind": "Tenant",
            "name": tenant.name_any(), "uid": tenant.uid(), "controller": true
        }]
    } }))?;
    maps.create(&PostParams::default(), &owned).await?;
    tenants.delete("acme", &DeleteParams::default()).await?;
    eventually(PATIENCE, async || {
        ensure!(maps.get_opt("owned").await?.is_none(), "the owned object is still there");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_identity_has_only_the_rights_bound_to_it() -> anyhow::Result<()> {
    let cluster = Cluster::shared().await?;
    let namespace = cluster.namespace().await?;
    let tenants: Api<crds::v1alpha1::Tenant> =
        Api::namespaced(cluster.client_as(Identity::TeamA).await?, &namespace);
    let refusal = tenants.list(&kube::api::ListParams::default()).await.unwrap_err();
    assert!(matches!(refusal, kube::Error::Api(status) if status.code == 403));
    let user = format!("--user={}", Identity::TeamA.user());
    let scope = format!("--namespace={namespace}");
    let role = ["create", "role", "reader", "--verb=list", "--resource=tenants.sagemcp.io", &scope];
    cluster.kubectl(Identity::Admin, &role).await?;
    let binding = ["create", "rolebinding", "reader", "--role=reader", &user, &scope];
    cluster.kubectl(Identity::Admin, &binding).await?;
    eventually(PATIENCE, async || Ok(tenants.list(&kube::api::ListParams::default()).await?)).await?;
    Ok(())
}

#[tokio::test]
async fn a_crashed_api_server_comes_back_with_its_objects() -> anyhow::Result<()> {
    let cluster = Cluster::start().await?;
    let namespace = cluster.namespace().await?;
    cluster.stop_api().await?;
    let client = cluster.client().await?;
    assert!(client.apiserver_version().await.is_err());
    cluster.start_api().await?;
    let namespaces: Api<Namespace> = Api::all(client);
    assert!(namespaces.get_opt(&namespace).await?.is_some());
    Ok(())
}
