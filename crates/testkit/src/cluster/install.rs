//! Our kinds, made known to the cluster.

use anyhow::{Context as _, ensure};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api, Client, ResourceExt,
    api::{Patch, PatchParams},
};

use super::PATIENCE;
use crate::eventually;

/// Applies our CRDs and waits until each is Established, which is when its objects are served, and described, which is
/// when `kubectl explain` knows it: the API server writes its OpenAPI document a moment later.
pub(super) async fn crds(client: &Client) -> anyhow::Result<()> {
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    let params = PatchParams::apply("testkit");
    for crd in crds::all() {
        api.patch(&crd.name_any(), &params, &Patch::Apply(&crd))
            .await
            .with_context(|| format!("apply the CRD {}", crd.name_any()))?;
    }
    for crd in crds::all() {
        eventually(PATIENCE, async || {
            let conditions = api.get(&crd.name_any()).await?.status.and_then(|status| status.conditions);
            let established = conditions
                .unwrap_or_default()
                .iter()
                .any(|condition| condition.type_ == "Established" && condition.status == "True");
            ensure!(established, "the CRD {} is not Established", crd.name_any());
            Ok(())
        })
        .await?;
    }
    eventually(PATIENCE, async || described(client).await).await
}

/// Whether the OpenAPI document of our group has every kind.
async fn described(client: &Client) -> anyhow::Result<()> {
    let path = format!("/openapi/v3/apis/{}/{}", crds::GROUP, crds::VERSION);
    let document: serde_json::Value = client.request(http::Request::get(&path).body(Vec::new())?).await?;
    let schemas = document.pointer("/components/schemas").and_then(serde_json::Value::as_object);
    for crd in crds::all() {
        let suffix = format!(".{}", crd.spec.names.kind);
        ensure!(
            schemas.is_some_and(|schemas| schemas.keys().any(|name| name.ends_with(&suffix))),
            "{path} does not describe {}",
            crd.spec.names.kind
        );
    }
    Ok(())
}
