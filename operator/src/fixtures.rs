//! Objects for tests, written as YAML the way people write them.

use std::sync::Arc;

use crds::v1alpha1::{ApiKey, Connector, ConnectorDefinition, Tenant};
use domain::ids::Origin;
use kube::Resource;
use serde::de::DeserializeOwned;

use crate::{
    error::Error,
    kind::{Pass, key_of},
};

fn object<K: Resource<DynamicType = ()> + DeserializeOwned>(name: &str, namespaced: bool, spec: &str) -> K {
    let namespace = if namespaced { "namespace: team-a, " } else { "" };
    let text = format!(
        "{{apiVersion: {}, kind: {}, metadata: {{name: {name}, {namespace}uid: u-{name}, generation: 1, \
         creationTimestamp: '2026-01-01T00:00:00Z'}}, spec: {spec}}}",
        K::api_version(&()),
        K::kind(&())
    );
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Tenant `acme` in namespace `team-a`.
pub(crate) fn tenant(spec: &str) -> Tenant {
    object("acme", true, spec)
}

/// Connector `github` in namespace `team-a`.
pub(crate) fn connector(spec: &str) -> Connector {
    object("github", true, spec)
}

/// ApiKey `agent` in namespace `team-a`.
pub(crate) fn api_key(spec: &str) -> ApiKey {
    object("agent", true, spec)
}

/// A definition.
pub(crate) fn definition(name: &str, spec: &str) -> ConnectorDefinition {
    object(name, false, spec)
}

/// A pass over an object of the installation `test`.
pub(crate) fn pass<K: Resource<DynamicType = ()>>(object: K) -> Pass<K> {
    Pass { key: key_of(&Origin::new("test"), &object), object: Arc::new(object) }
}

/// The reason and message of the finding that stopped a step.
pub(crate) fn finding<T: std::fmt::Debug>(outcome: Result<T, Error>) -> (&'static str, String) {
    match outcome.unwrap_err() {
        Error::Refused(finding) | Error::Contested(finding) | Error::Unresolved(finding) => {
            (finding.reason, finding.message)
        }
        other => panic!("no finding: {other:?}"),
    }
}
