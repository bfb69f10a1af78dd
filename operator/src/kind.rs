//! What the four kinds have in common.

use std::{fmt::Debug, sync::Arc, time::Duration};

use crds::v1alpha1::{ApiKey, Connector, ConnectorDefinition, Tenant};
use domain::ids::{ObjectKey, Origin};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{Resource, ResourceExt};
use serde::{Serialize, de::DeserializeOwned};
use store::model::Kind;

use crate::{
    cache::Seen,
    context::{Context, Watched},
    error::Error,
    references::Referent,
};

/// A kind that the operator reconciles.
pub(crate) trait Managed:
    Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Serialize + Send + Sync + 'static
{
    /// The kind in the store.
    const KIND: Kind;

    /// Whether it refers to other objects.
    const REFERS: bool;

    /// The type of its status.
    type Status: Clone + Debug + Default + PartialEq + Serialize + Send + Sync;

    /// Its cache, queue and back-off.
    fn watched(ctx: &Context) -> &Watched<Self>;

    /// Its status.
    fn status(&self) -> Option<&Self::Status>;

    /// What all statuses have in common.
    fn common(status: &Self::Status) -> Common<'_>;

    /// What it refers to.
    fn referents(&self, key: &ObjectKey) -> Vec<Referent>;

    /// Makes rows and status say what the object says. Returns when to look at it again.
    fn reconcile(ctx: &Context, pass: &Pass<Self>) -> impl Future<Output = Result<Duration, Error>> + Send;
}

/// What all statuses have in common.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Common<'a> {
    /// `observedGeneration`
    pub(crate) observed_generation: Option<i64>,
    /// `conditions`
    pub(crate) conditions: &'a [Condition],
    /// `revision`: of the newest rows.
    pub(crate) revision: Option<i64>,
}

/// One pass over an object.
#[derive(Debug)]
pub(crate) struct Pass<K> {
    /// Which object.
    pub(crate) key: ObjectKey,
    /// The object as last seen.
    pub(crate) object: Arc<K>,
}

/// A kind's name as metrics and Events say it.
pub(crate) fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Tenant => "Tenant",
        Kind::Connector => "Connector",
        Kind::ApiKey => "ApiKey",
        Kind::Definition => "ConnectorDefinition",
    }
}

/// The name of an object's CRD.
pub(crate) fn crd_name(kind: Kind) -> String {
    let plural = match kind {
        Kind::Tenant => Tenant::plural(&()),
        Kind::Connector => Connector::plural(&()),
        Kind::ApiKey => ApiKey::plural(&()),
        Kind::Definition => ConnectorDefinition::plural(&()),
    };
    format!("{plural}.{}", crds::GROUP)
}

/// Where an object is in the store's terms.
pub(crate) fn key_of<K: Resource>(origin: &Origin, object: &K) -> ObjectKey {
    let meta = object.meta();
    ObjectKey {
        origin: origin.clone(),
        namespace: meta.namespace.clone().unwrap_or_default(),
        name: meta.name.clone().unwrap_or_default(),
    }
}

/// Another object of the same namespace.
pub(crate) fn beside(key: &ObjectKey, name: &str) -> ObjectKey {
    ObjectKey { name: name.to_owned(), ..key.clone() }
}

impl<K: Managed> Seen for Arc<K> {
    fn differs(&self, next: &Self) -> bool {
        let (old, new) = (self.meta(), next.meta());
        old.uid != new.uid
            || old.generation != new.generation
            || old.deletion_timestamp != new.deletion_timestamp
            || self.finalizers() != next.finalizers()
    }
}

/// The version of a Secret: all that is kept of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SecretVersion(pub(crate) String);

impl Seen for SecretVersion {
    fn differs(&self, next: &Self) -> bool {
        self != next
    }
}
