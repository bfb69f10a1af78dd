//! Who owns an object from outside: what Argo CD, Flux or Helm would put back is not ours to change.

use std::collections::BTreeMap;

use kube::api::ObjectMeta;

/// A tool that keeps an object as its own source says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    tool: &'static str,
    /// What the tool calls the thing that the object belongs to, with its name.
    part: String,
    source: &'static str,
}

impl Owner {
    /// The owner that an object's labels, annotations and field managers show. In a local API it may also be the
    /// manifests directory.
    pub(crate) fn of(metadata: &ObjectMeta, is_local: bool) -> Option<Self> {
        let none = BTreeMap::new();
        let labels = metadata.labels.as_ref().unwrap_or(&none);
        let annotations = metadata.annotations.as_ref().unwrap_or(&none);
        argo(labels, annotations, metadata)
            .or_else(|| flux(labels))
            .or_else(|| helm(labels, annotations))
            .or_else(|| directory(metadata).filter(|_| is_local))
    }

    /// Why the object is left alone, and where to change it.
    pub(crate) fn refusal(&self) -> String {
        let Self { tool, part, source } = self;
        format!("{tool} owns it ({part}) and would undo the change: make it in {source}")
    }
}

type Texts = BTreeMap<String, String>;

fn argo(labels: &Texts, annotations: &Texts, metadata: &ObjectMeta) -> Option<Owner> {
    // Argo CD's default label is a common one, so it counts only together with Argo CD's field manager.
    let is_argo = managers(metadata).any(|manager| manager.starts_with("argocd"));
    let tracked = annotations.get("argocd.argoproj.io/tracking-id").and_then(|id| id.split(':').next());
    let application = tracked
        .or_else(|| labels.get("argocd.argoproj.io/instance").map(String::as_str))
        .or_else(|| labels.get("app.kubernetes.io/instance").filter(|_| is_argo).map(String::as_str))?;
    Some(Owner {
        tool: "Argo CD",
        part: format!("application {application}"),
        source: "the repository that the application reads",
    })
}

fn flux(labels: &Texts) -> Option<Owner> {
    let named = |domain: &str| {
        let name = labels.get(&format!("{domain}/name"))?;
        let namespace = labels.get(&format!("{domain}/namespace")).map_or("", String::as_str);
        Some(format!("{namespace}/{name}"))
    };
    if let Some(name) = named("helm.toolkit.fluxcd.io") {
        let part = format!("HelmRelease {name}");
        return Some(Owner {
            tool: "Flux",
            part,
            source: "the chart's values in the repository that Flux reads",
        });
    }
    let part = format!("Kustomization {}", named("kustomize.toolkit.fluxcd.io")?);
    Some(Owner { tool: "Flux", part, source: "the repository that the Kustomization reads" })
}

fn helm(labels: &Texts, annotations: &Texts) -> Option<Owner> {
    let release = annotations.get("meta.helm.sh/release-name")?;
    let is_helm = labels.get("app.kubernetes.io/managed-by").is_some_and(|it| it == "Helm");
    is_helm.then(|| Owner {
        tool: "Helm",
        part: format!("release {release}"),
        source: "the release's values",
    })
}

fn directory(metadata: &ObjectMeta) -> Option<Owner> {
    managers(metadata).any(|manager| manager == localapi::manifests::MANAGER).then(|| Owner {
        tool: "the manifests directory of `sagemcp up`",
        part: "it reloads what is edited there".to_owned(),
        source: "the file there",
    })
}

fn managers(metadata: &ObjectMeta) -> impl Iterator<Item = &str> {
    metadata.managed_fields.iter().flatten().filter_map(|it| it.manager.as_deref())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn refusal(metadata: Value) -> Option<String> {
        let metadata: ObjectMeta = serde_json::from_value(metadata).unwrap();
        Owner::of(&metadata, true).map(|owner| owner.refusal())
    }

    #[test]
    fn each_tool_is_known_by_its_marks() {
        insta::assert_snapshot!(
            refusal(json!({"annotations": {"argocd.argoproj.io/tracking-id": "team-a:sagemcp.io/Tenant:ns/acme"}})).unwrap(),
            @"Argo CD owns it (application team-a) and would undo the change: make it in the repository that the application reads"
        );
        insta::assert_snapshot!(
            refusal(json!({"labels": {"app.kubernetes.io/instance": "a"}, "managedFields": [{"manager": "argocd-controller"}]})).unwrap(),
            @"Argo CD owns it (application a) and would undo the change: make it in the repository that the application reads"
        );
        insta::assert_snapshot!(
            refusal(json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux"}})).unwrap(),
            @"Flux owns it (Kustomization flux/apps) and would undo the change: make it in the repository that the Kustomization reads"
        );
        insta::assert_snapshot!(
            refusal(json!({"labels": {"helm.toolkit.fluxcd.io/name": "r", "helm.toolkit.fluxcd.io/namespace": "flux"}})).unwrap(),
            @"Flux owns it (HelmRelease flux/r) and would undo the change: make it in the chart's values in the repository that Flux reads"
        );
        insta::assert_snapshot!(
            refusal(json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": {"meta.helm.sh/release-name": "r"}})).unwrap(),
            @"Helm owns it (release r) and would undo the change: make it in the release's values"
        );
        insta::assert_snapshot!(refusal(json!({"managedFields": [{"manager": "manifests"}]})).unwrap(), @"the manifests directory of `sagemcp up` owns it (it reloads what is edited there) and would undo the change: make it in the file there");
    }

    #[test]
    fn common_labels_alone_make_no_owner() {
        assert_eq!(refusal(json!({"labels": {"app.kubernetes.io/instance": "a"}})), None);
        assert_eq!(refusal(json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}})), None);
        let metadata = serde_json::from_value(json!({"managedFields": [{"manager": "manifests"}]})).unwrap();
        assert_eq!(Owner::of(&metadata, false), None);
    }
}
