//! What watch events do: they change the caches and the index, and put objects into the queues.

use std::sync::Arc;

use domain::ids::ObjectKey;
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Resource,
    core::{DeserializeGuard, PartialObjectMeta},
    runtime::watcher::Event,
};

use crate::{
    context::Context,
    kind::{Managed, SecretVersion, key_of, label},
    references::Referent,
};

impl Context {
    /// Takes in an event of one of the four kinds.
    pub(crate) fn observe<K: Managed>(&self, event: Event<DeserializeGuard<K>>) {
        match event {
            Event::Init => K::watched(self).cache.begin_list(),
            Event::InitApply(object) => {
                let key = key_of(&self.options.origin, &object);
                if let Some(object) = self.readable(&key, object) {
                    self.refer(&key, &object);
                    K::watched(self).cache.list(key, object);
                }
            }
            Event::InitDone => self.listed::<K>(),
            Event::Apply(object) => {
                let key = key_of(&self.options.origin, &object);
                let Some(object) = self.readable(&key, object) else { return };
                self.refer(&key, &object);
                if K::watched(self).cache.apply(key.clone(), object) {
                    self.trigger_referrers_of::<K>(&key);
                    K::watched(self).queue.add(key);
                }
            }
            Event::Delete(object) => {
                let key = key_of(&self.options.origin, &object);
                K::watched(self).cache.delete(&key);
                self.references.set(&(K::KIND, key.clone()), Vec::new());
                self.trigger_referrers_of::<K>(&key);
                K::watched(self).queue.add(key);
            }
        }
    }

    fn listed<K: Managed>(&self) {
        let listed = K::watched(self).cache.end_list();
        for key in listed.changed {
            K::watched(self).queue.add(key);
        }
        // What is missing from a list may be missing by mistake (a CRD deleted and created anew), so the guarded sweep
        // decides about it.
        for key in &listed.vanished {
            self.references.set(&(K::KIND, key.clone()), Vec::new());
            self.trigger_referrers_of::<K>(key);
        }
        if !listed.vanished.is_empty() {
            self.sweep.request(K::KIND);
        }
    }

    /// The object, or, if this version of the operator cannot read it, what was last seen of it.
    fn readable<K: Managed>(&self, key: &ObjectKey, object: DeserializeGuard<K>) -> Option<Arc<K>> {
        match object.0 {
            Ok(object) => Some(Arc::new(object)),
            Err(_) => {
                // The parser's message may repeat values of the object, so it is not logged.
                tracing::warn!(kind = label(K::KIND), object = %key, "the object does not fit the schema of this version; it is left as it is");
                self.options.metrics.invalid_object(K::KIND);
                K::watched(self).cache.get(key)
            }
        }
    }

    fn refer<K: Managed>(&self, key: &ObjectKey, object: &Arc<K>) {
        self.references.set(&(K::KIND, key.clone()), object.referents(key));
    }

    /// Takes in an event of a labelled Secret.
    pub(crate) fn observe_secret(&self, event: Event<PartialObjectMeta<Secret>>) {
        let version = |object: &PartialObjectMeta<Secret>| {
            SecretVersion(object.meta().resource_version.clone().unwrap_or_default())
        };
        match event {
            Event::Init => self.secrets.begin_list(),
            Event::InitApply(object) => {
                self.secrets.list(key_of(&self.options.origin, &object), version(&object));
            }
            Event::InitDone => {
                let listed = self.secrets.end_list();
                for key in listed.changed.into_iter().chain(listed.vanished) {
                    self.trigger_referrers(&Referent::Secret(key));
                }
            }
            Event::Apply(object) => {
                let key = key_of(&self.options.origin, &object);
                if self.secrets.apply(key.clone(), version(&object)) {
                    self.trigger_referrers(&Referent::Secret(key));
                }
            }
            Event::Delete(object) => {
                let key = key_of(&self.options.origin, &object);
                self.secrets.delete(&key);
                self.secrets.forget_deleted(&key);
                self.trigger_referrers(&Referent::Secret(key));
            }
        }
    }
}
