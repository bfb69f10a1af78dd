//! The Kubernetes API of SageMCP: `sagemcp.io/v1alpha1`.
//!
//! What can be refused at admission is refused there, by schema and CEL rules; `crdgen` prints the CRDs, and a test
//! holds the YAML in `yaml/` against these types.

#![allow(unreachable_pub, reason = "KubeSchema repeats each type in a private scope")]
#![allow(clippy::duplicated_attributes, reason = "each printer column repeats the names of its attributes")]

pub mod v1alpha1;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;

/// The API group.
pub const GROUP: &str = "sagemcp.io";
/// The one served and stored version.
pub const VERSION: &str = "v1alpha1";

/// Every CRD, in the order in which to apply them.
#[must_use]
pub fn all() -> Vec<CustomResourceDefinition> {
    vec![
        v1alpha1::Tenant::crd(),
        v1alpha1::Connector::crd(),
        v1alpha1::ApiKey::crd(),
        v1alpha1::ConnectorDefinition::crd(),
    ]
}

/// The file name of a CRD's YAML: `tenants.yaml`.
#[must_use]
pub fn file_name(crd: &CustomResourceDefinition) -> String {
    format!("{}.yaml", crd.spec.names.plural)
}

/// A CRD as the YAML that is checked in and shipped.
///
/// # Errors
/// Never for the CRDs of this crate; the type is the serialiser's.
pub fn to_yaml(crd: &CustomResourceDefinition) -> Result<String, serde_saphyr::ser::Error> {
    serde_saphyr::to_string(crd)
}
