//! What every pass needs: the API, the store, the key ring, and what the watches have seen.

use std::sync::Arc;

use crds::v1alpha1::{ApiKey, Connector, ConnectorDefinition, Tenant};
use domain::ids::ObjectKey;
use kube::Client;
use secrets::KeyRing;
use store::{
    Store,
    model::{Kind, Writer},
};
use tokio::sync::Semaphore;

use crate::{
    backoff::Backoff,
    cache::Cache,
    documents::Documents,
    events::Events,
    kind::{Managed, SecretVersion},
    options::OperatorOptions,
    queue::Queue,
    references::{References, Referent},
    runtime::RuntimeView,
    status::news::HeldBack,
    sweep::SweepRequests,
};

/// What every pass needs.
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) writer: Writer,
    pub(crate) ring: KeyRing,
    pub(crate) options: OperatorOptions,
    pub(crate) events: Events,
    pub(crate) held_back: HeldBack,
    pub(crate) references: References,
    pub(crate) secrets: Cache<SecretVersion>,
    pub(crate) documents: Documents,
    pub(crate) runtime: RuntimeView,
    pub(crate) sweep: SweepRequests,
    /// Bounds how many bcrypt hashes are computed at once.
    pub(crate) hashing: Semaphore,
    pub(crate) tenants: Watched<Tenant>,
    pub(crate) connectors: Watched<Connector>,
    pub(crate) api_keys: Watched<ApiKey>,
    pub(crate) definitions: Watched<ConnectorDefinition>,
}

/// What belongs to one kind.
pub(crate) struct Watched<K> {
    pub(crate) cache: Cache<Arc<K>>,
    pub(crate) queue: Queue,
    pub(crate) backoff: Backoff,
}

impl<K> Default for Watched<K> {
    fn default() -> Self {
        Self { cache: Cache::default(), queue: Queue::default(), backoff: Backoff::default() }
    }
}

impl Context {
    pub(crate) fn new(
        client: Client,
        store: Arc<dyn Store>,
        writer: Writer,
        ring: KeyRing,
        options: OperatorOptions,
    ) -> Self {
        Self {
            events: Events::new(client.clone(), &options),
            held_back: HeldBack::default(),
            runtime: RuntimeView::default(),
            documents: Documents::default(),
            sweep: SweepRequests::default(),
            references: References::default(),
            secrets: Cache::default(),
            hashing: Semaphore::new(2),
            tenants: Watched::default(),
            connectors: Watched::default(),
            api_keys: Watched::default(),
            definitions: Watched::default(),
            client,
            store,
            writer,
            ring,
            options,
        }
    }

    /// Asks for a pass over an object.
    pub(crate) fn trigger(&self, kind: Kind, key: ObjectKey) {
        match kind {
            Kind::Tenant => self.tenants.queue.add(key),
            Kind::Connector => self.connectors.queue.add(key),
            Kind::ApiKey => self.api_keys.queue.add(key),
            Kind::Definition => self.definitions.queue.add(key),
        }
    }

    /// Asks for a pass over everything that refers to something.
    pub(crate) fn trigger_referrers(&self, referent: &Referent) {
        for (kind, key) in self.references.to(referent) {
            self.trigger(kind, key);
        }
    }

    /// Asks for a pass over everything that refers to an object of a kind.
    pub(crate) fn trigger_referrers_of<K: Managed>(&self, key: &ObjectKey) {
        match K::KIND {
            Kind::Tenant => self.trigger_referrers(&Referent::Tenant(key.clone())),
            Kind::Definition => self.trigger_referrers(&Referent::Definition(key.name.clone())),
            Kind::Connector | Kind::ApiKey => {}
        }
    }

    /// Waits until every watch has listed once.
    pub(crate) async fn synced(&self) {
        let all = [
            self.tenants.cache.synced(),
            self.connectors.cache.synced(),
            self.api_keys.cache.synced(),
            self.definitions.cache.synced(),
            self.secrets.synced(),
        ];
        for mut synced in all {
            // The sender lives in `self`, so this cannot fail.
            let _ = synced.wait_for(|synced| *synced).await;
        }
    }
}
