//! The rows as last read, and how a change of them becomes the next snapshot.
//!
//! Only tenants that a change touches are built anew; everything else is shared with the snapshot before.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use domain::{
    config::{Backend, RateLimit},
    document::{ConnectorDocument, definition_name},
    ids::{ConnectorId, Revision, TenantId},
};
use secrets::{ConnectorSecrets, KeyRing, OpenError};
use store::model::{ConnectorRow, Kind, Removed, Snapshot as Rows, TenantRow};

use super::{
    Snapshot,
    entry::{Bounds, Connector, Key, Tenant, Version},
};

/// The rows behind the current snapshot.
pub(super) struct Model {
    ring: Arc<KeyRing>,
    default_rate: RateLimit,
    tenants: HashMap<TenantId, TenantRow>,
    connectors: HashMap<ConnectorId, Arc<ConnectorRow>>,
    of_tenant: HashMap<TenantId, BTreeSet<ConnectorId>>,
    definitions: HashMap<String, (Revision, Arc<ConnectorDocument>)>,
    snapshot: Snapshot,
}

/// Connectors whose instances must not serve new calls any more, because they changed or are gone.
pub(super) type Touched = Vec<ConnectorId>;

impl Model {
    pub(super) fn new(ring: Arc<KeyRing>, default_rate: RateLimit) -> Self {
        Self {
            ring,
            default_rate,
            tenants: HashMap::new(),
            connectors: HashMap::new(),
            of_tenant: HashMap::new(),
            definitions: HashMap::new(),
            snapshot: Snapshot::default(),
        }
    }

    pub(super) fn revision(&self) -> Revision {
        self.snapshot.revision
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.snapshot.clone()
    }

    /// Replaces everything. What did not change keeps its built form, so instances of it live on.
    pub(super) fn replace(&mut self, rows: Rows) -> Touched {
        let mut dirty: HashSet<TenantId> = self.tenants.keys().cloned().collect();
        self.tenants.clear();
        self.connectors.clear();
        self.of_tenant.clear();
        self.definitions.clear();
        self.snapshot.keys.clear();
        self.take(rows, &mut dirty);
        self.rebuild(&dirty)
    }

    /// Applies a change: first what went, then what is new.
    pub(super) fn apply(&mut self, upserts: Rows, removed: &[Removed]) -> Touched {
        let mut dirty = HashSet::new();
        for gone in removed {
            self.remove(gone, &mut dirty);
        }
        self.take(upserts, &mut dirty);
        self.rebuild(&dirty)
    }

    fn remove(&mut self, gone: &Removed, dirty: &mut HashSet<TenantId>) {
        match gone.kind {
            Kind::Tenant => {
                let id = TenantId::new(&gone.id);
                self.tenants.remove(&id);
                dirty.insert(id);
            }
            Kind::Connector => {
                let id = ConnectorId::new(&gone.id);
                if let Some(row) = self.connectors.remove(&id) {
                    self.forget(&row, dirty);
                }
            }
            Kind::ApiKey => {
                self.snapshot.keys.remove(&gone.id);
            }
            Kind::Definition => {
                self.definitions.remove(&gone.id);
                self.mark_users(&gone.id, dirty);
            }
        }
    }

    fn take(&mut self, rows: Rows, dirty: &mut HashSet<TenantId>) {
        self.snapshot.revision = rows.revision;
        for definition in rows.definitions {
            self.mark_users(&definition.name, dirty);
            let entry = (definition.revision, Arc::new(definition.document));
            self.definitions.insert(definition.name, entry);
        }
        for tenant in rows.tenants {
            dirty.insert(tenant.tenant_id.clone());
            self.tenants.insert(tenant.tenant_id.clone(), tenant);
        }
        for connector in rows.connectors {
            let connector = Arc::new(connector);
            if let Some(before) = self.connectors.insert(connector.connector_id.clone(), connector.clone()) {
                self.forget(&before, dirty);
            }
            dirty.insert(connector.tenant_id.clone());
            self.of_tenant
                .entry(connector.tenant_id.clone())
                .or_default()
                .insert(connector.connector_id.clone());
        }
        for key in rows.keys {
            let key = Arc::new(Key::new(key));
            self.snapshot.keys.insert(key.id.as_str().to_owned(), key);
        }
    }

    fn forget(&mut self, row: &ConnectorRow, dirty: &mut HashSet<TenantId>) {
        if let Some(of_tenant) = self.of_tenant.get_mut(&row.tenant_id) {
            of_tenant.remove(&row.connector_id);
        }
        dirty.insert(row.tenant_id.clone());
    }

    fn mark_users(&self, definition: &str, dirty: &mut HashSet<TenantId>) {
        for row in self.connectors.values() {
            if matches!(&row.config.backend, Backend::Native { service, .. } if definition_name(service) == definition)
            {
                dirty.insert(row.tenant_id.clone());
            }
        }
    }

    fn rebuild(&mut self, dirty: &HashSet<TenantId>) -> Touched {
        let mut touched = Touched::new();
        for id in dirty {
            let before = self.snapshot.by_id.remove(id.as_str());
            if let Some(before) = &before {
                self.snapshot.by_slug.remove(before.slug.as_str());
                for connector in &before.connectors {
                    self.snapshot.owners.remove(connector.id.as_str());
                }
            }
            let after = self.tenants.get(id).map(|row| Arc::new(self.build_tenant(row, before.as_deref())));
            touched.extend(changed(before.as_deref(), after.as_deref()));
            if let Some(tenant) = after {
                self.snapshot.by_id.insert(id.as_str().to_owned(), tenant);
            }
        }
        // A slug or a connector may have moved from one tenant to another within the change, so they are filed once all
        // tenants are built.
        for id in dirty {
            if let Some(tenant) = self.snapshot.by_id.get(id.as_str()).cloned() {
                for connector in &tenant.connectors {
                    self.snapshot.owners.insert(connector.id.as_str().to_owned(), id.clone());
                }
                self.snapshot.by_slug.insert(tenant.slug.as_str().to_owned(), tenant);
            }
        }
        touched
    }

    fn build_tenant(&self, row: &TenantRow, before: Option<&Tenant>) -> Tenant {
        let mut rows: Vec<&Arc<ConnectorRow>> = self
            .of_tenant
            .get(&row.tenant_id)
            .into_iter()
            .flatten()
            .filter_map(|id| self.connectors.get(id))
            .collect();
        rows.sort_by(|a, b| (a.created_at_ms, &a.key.name).cmp(&(b.created_at_ms, &b.key.name)));
        Tenant {
            id: row.tenant_id.clone(),
            slug: row.slug.clone(),
            config: row.config.clone(),
            connectors: rows.into_iter().map(|connector| self.build(row, connector, before)).collect(),
            bounds: self.bounds(row, before),
        }
    }

    fn build(&self, tenant: &TenantRow, row: &ConnectorRow, before: Option<&Tenant>) -> Arc<Connector> {
        let definition = match &row.config.backend {
            Backend::Native { service, .. } => self.definitions.get(&definition_name(service)),
            Backend::Hosted { .. } | Backend::Remote { .. } => None,
        };
        let version =
            Version { row: row.revision, definition: definition.map(|found| found.0).unwrap_or_default() };
        let hosted = tenant.config.limits.hosted_servers();
        let same = |entry: &&Arc<Connector>| {
            // Secrets that did not open may do so now: the tenant's key can arrive after them.
            entry.id == row.connector_id && entry.version == version && entry.secrets.is_ok()
        };
        if let Some(kept) = before.and_then(|tenant| tenant.connectors.iter().find(same))
            && kept.tenant_slug == tenant.slug
            && kept.tenant_hosted_servers == hosted
        {
            return kept.clone();
        }
        let secrets = self.open(tenant, row);
        if let Err(error) = &secrets {
            tracing::error!(connector = %row.key, %error, "the connector's secrets do not open");
        }
        Arc::new(Connector {
            id: row.connector_id.clone(),
            tenant: row.tenant_id.clone(),
            tenant_slug: tenant.slug.clone(),
            tenant_hosted_servers: hosted,
            name: row.key.name.clone(),
            config: row.config.clone(),
            secrets,
            definition: definition.map(|found| found.1.clone()),
            version,
        })
    }

    fn open(&self, tenant: &TenantRow, row: &ConnectorRow) -> Result<ConnectorSecrets, OpenError> {
        let Some(sealed) = &row.sealed else { return Ok(ConnectorSecrets::default()) };
        let wrapped = tenant.wrapped_key.as_deref().ok_or(OpenError::Format)?;
        let cipher = self.ring.tenant_cipher(tenant.tenant_id.as_str(), wrapped)?;
        ConnectorSecrets::open(&cipher, row.connector_id.as_str(), sealed)
    }

    fn bounds(&self, row: &TenantRow, before: Option<&Tenant>) -> Arc<Bounds> {
        let rate = row.config.rate_limit.unwrap_or(self.default_rate);
        let calls = row.config.limits.concurrent_calls();
        match before {
            Some(tenant) if tenant.bounds.rate == rate && tenant.bounds.concurrent_calls == calls => {
                tenant.bounds.clone()
            }
            _ => Arc::new(Bounds::new(rate, calls)),
        }
    }
}

/// The connectors of a tenant whose instances are no longer right.
fn changed(before: Option<&Tenant>, after: Option<&Tenant>) -> Touched {
    let Some(before) = before else {
        return after
            .map(|tenant| tenant.connectors.iter().map(|entry| entry.id.clone()).collect())
            .unwrap_or_default();
    };
    let kept = |entry: &Arc<Connector>| {
        after.is_some_and(|tenant| {
            !tenant.config.suspended && tenant.connectors.iter().any(|now| Arc::ptr_eq(now, entry))
        })
    };
    let mut touched: Touched =
        before.connectors.iter().filter(|entry| !kept(entry)).map(|entry| entry.id.clone()).collect();
    for entry in after.into_iter().flat_map(|tenant| &tenant.connectors) {
        if !before.connectors.iter().any(|old| old.id == entry.id) {
            touched.push(entry.id.clone());
        }
    }
    touched
}

#[cfg(test)]
mod tests;
