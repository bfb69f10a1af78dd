//! A Kubernetes API in process, over a directory of manifests, for running the operator with no cluster.
//!
//! It behaves like kube-apiserver in what kube-rs, the operator and `kubectl` use of it: list and watch with resource
//! versions, bookmarks and 410; create, replace, JSON patch, merge patch, server-side apply with field managers;
//! status as a subresource; finalizers, owner references, preconditions; defaults, schema and CEL rules from the CRDs;
//! tables for `kubectl get`. It serves `sagemcp.io/v1alpha1`, Secret, Event (both groups), Lease and Namespace.
//!
//! What is different: namespaces are made by being used and are never deleted; foreground deletion deletes dependents
//! in the background; strategic merge patches may hold no directives; Events live for an hour; a lease, an Event or a
//! status is answered before it is on disk; there are no users and no RBAC: whoever reaches it may do everything.

mod admission;
mod api;
mod discovery;
mod error;
mod event;
pub mod faults;
mod fields;
pub mod manifests;
mod metadata;
mod read;
mod request;
mod resource;
mod secret;
mod selector;
mod serve;
mod service;
mod store;
mod view;
mod watch;
mod write;
mod yaml;

pub use api::{FlushError, LocalApi, OpenError, Options};
pub use manifests::Problem;
pub use resource::SchemaError;
pub use serve::{Access, serve};
pub use service::{ResponseBody, Service};
pub use store::DiskError;
