//! The kinds that this API serves, each with its schema, columns and place in the store.

mod builtin;
mod columns;
mod custom;
pub(crate) mod schema;

use std::sync::Arc;

use kube::core::cel::CompiledSchema;
use serde_json::Value;

pub(crate) use columns::{Column, ColumnType};
pub use schema::SchemaError;
pub(crate) use schema::{ListType, Schema};

/// How objects of a kind are treated beyond what their schema says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A custom resource: generation, a status of its own, CEL rules.
    Custom,
    /// `v1` Secret: `stringData` is folded into `data`.
    Secret,
    /// An Event as core `v1` has it, which is also how it is stored.
    CoreEvent,
    /// An Event as `events.k8s.io/v1` has it: the same stored object under other field names.
    Event,
    /// `coordination.k8s.io/v1` Lease.
    Lease,
    /// `v1` Namespace; exists as soon as something is in it.
    Namespace,
}

/// One resource of the API.
pub(crate) struct Resource {
    /// The API group; empty for the core group.
    pub(crate) group: String,
    /// The version.
    pub(crate) version: String,
    /// The kind, as in `Tenant`.
    pub(crate) kind: String,
    /// The name in paths, as in `tenants`.
    pub(crate) plural: String,
    /// What people may also type.
    pub(crate) singular: String,
    /// Abbreviations for people.
    pub(crate) short_names: Vec<String>,
    /// Groups of kinds that people list at once.
    pub(crate) categories: Vec<String>,
    /// Whether objects live in a namespace.
    pub(crate) namespaced: bool,
    /// Whether `status` is written at a path of its own.
    pub(crate) has_status: bool,
    /// Special treatment.
    pub(crate) form: Form,
    /// Where objects are kept; two resources with the same name show the same objects.
    pub(crate) storage: Arc<str>,
    /// The whole object's schema as OpenAPI, for clients.
    pub(crate) declared: Value,
    /// The whole object's schema.
    pub(crate) schema: Schema,
    /// The CEL rules, if there are any.
    pub(crate) rules: Option<CompiledSchema>,
    /// What `kubectl get` prints after the name.
    pub(crate) columns: Vec<Column>,
    /// The paths that a field selector may name, besides name and namespace.
    pub(crate) selectable: Vec<String>,
}

impl Resource {
    /// `apiVersion` of its objects.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `tenants.sagemcp.io`, or `secrets`.
    pub(crate) fn qualified_plural(&self) -> String {
        self.qualify(&self.plural)
    }

    /// `Tenant.sagemcp.io`, or `Secret`.
    pub(crate) fn qualified_kind(&self) -> String {
        self.qualify(&self.kind)
    }

    fn qualify(&self, name: &str) -> String {
        if self.group.is_empty() { name.to_owned() } else { format!("{name}.{}", self.group) }
    }

    /// Whether a lost write of this kind repairs itself, so that nobody need wait for the disk.
    pub(crate) fn is_volatile(&self) -> bool {
        matches!(self.form, Form::CoreEvent | Form::Event | Form::Lease)
    }
}

/// All resources.
pub(crate) struct Registry {
    resources: Vec<Arc<Resource>>,
}

impl Registry {
    /// The four custom resources and the few built-in ones.
    ///
    /// # Errors
    /// A schema that cannot be read; this is a defect of the CRDs, and a test of this crate would show it.
    pub(crate) fn new() -> Result<Self, SchemaError> {
        let mut resources = builtin::all()?;
        for crd in crds::all() {
            resources.extend(custom::resources(&crd)?);
        }
        Ok(Self { resources: resources.into_iter().map(Arc::new).collect() })
    }

    /// Every resource.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.iter()
    }

    /// The resource at a path.
    pub(crate) fn at(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.iter().find(|it| it.group == group && it.version == version && it.plural == plural)
    }

    /// The resource of a kind in a manifest.
    pub(crate) fn of_kind(&self, api_version: &str, kind: &str) -> Option<&Arc<Resource>> {
        self.iter().find(|it| it.kind == kind && it.api_version() == api_version)
    }

    /// The resource of Namespaces.
    pub(crate) fn namespaces(&self) -> &Arc<Resource> {
        self.at("", "v1", "namespaces").expect("Namespace is built in")
    }
}
