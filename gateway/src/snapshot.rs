//! All configuration this replica serves, in memory: every request reads it and none waits for the database.
//!
//! A [`Snapshot`] never changes. The [`feed`] makes the next one from what changed and swaps it in; a request keeps the
//! one it began with and asks the [`Live`] cell again where it must notice a revocation.

pub mod entry;
pub mod feed;
pub mod heart;
mod live;
mod model;
mod shards;

use std::sync::Arc;

use domain::ids::{ConnectorId, Revision, TenantId};

pub use entry::{Connector, Key, Tenant};
pub use live::Live;
use shards::Shards;

/// The configuration at one revision.
#[derive(Clone, Default)]
pub struct Snapshot {
    revision: Revision,
    by_slug: Shards<Arc<Tenant>>,
    by_id: Shards<Arc<Tenant>>,
    keys: Shards<Arc<Key>>,
    /// The tenant of each connector.
    owners: Shards<TenantId>,
}

impl Snapshot {
    /// The revision it stands at.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The tenant of a slug.
    #[must_use]
    pub fn tenant(&self, slug: &str) -> Option<&Arc<Tenant>> {
        self.by_slug.get(slug)
    }

    /// The tenant of an id.
    #[must_use]
    pub fn tenant_by_id(&self, id: &TenantId) -> Option<&Arc<Tenant>> {
        self.by_id.get(id.as_str())
    }

    /// The row of a key's public id.
    #[must_use]
    pub fn key(&self, id: &str) -> Option<&Arc<Key>> {
        self.keys.get(id)
    }

    /// A connector that may be called: enabled, and its tenant not suspended.
    #[must_use]
    pub fn callable(&self, connector: &ConnectorId) -> Option<&Arc<Connector>> {
        let tenant = self.tenant_by_id(self.owners.get(connector.as_str())?)?;
        if tenant.config.suspended {
            return None;
        }
        tenant.enabled().find(|entry| entry.id == *connector)
    }

    /// Every tenant, in no order.
    pub fn tenants(&self) -> impl Iterator<Item = &Arc<Tenant>> {
        self.by_id.values()
    }

    /// A snapshot that holds one key and nothing else.
    #[cfg(test)]
    pub(crate) fn with_key(key: Key) -> Self {
        let mut snapshot = Self::default();
        snapshot.keys.insert(key.id.as_str().to_owned(), Arc::new(key));
        snapshot
    }
}
