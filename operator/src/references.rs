//! Who refers to what: the index by which a change of a Secret, a Tenant or a definition finds the objects to look at.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use domain::ids::ObjectKey;
use store::model::Kind;

/// Something that objects refer to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Referent {
    /// A Tenant.
    Tenant(ObjectKey),
    /// A Secret.
    Secret(ObjectKey),
    /// A connector document, by its service's name.
    Definition(String),
}

/// An object that refers to something.
pub(crate) type Referrer = (Kind, ObjectKey);

/// The index. It follows the watches, so nothing is listed when something changes.
#[derive(Default)]
pub(crate) struct References(Mutex<Maps>);

#[derive(Default)]
struct Maps {
    referents: HashMap<Referrer, Vec<Referent>>,
    referrers: HashMap<Referent, HashSet<Referrer>>,
}

impl References {
    /// Notes what an object refers to now; an empty list forgets it.
    pub(crate) fn set(&self, referrer: &Referrer, referents: Vec<Referent>) {
        let mut maps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for old in maps.referents.remove(referrer).unwrap_or_default() {
            if let Some(set) = maps.referrers.get_mut(&old) {
                set.remove(referrer);
                if set.is_empty() {
                    maps.referrers.remove(&old);
                }
            }
        }
        if referents.is_empty() {
            return;
        }
        for referent in &referents {
            maps.referrers.entry(referent.clone()).or_default().insert(referrer.clone());
        }
        maps.referents.insert(referrer.clone(), referents);
    }

    /// Every object that refers to something.
    pub(crate) fn to(&self, referent: &Referent) -> Vec<Referrer> {
        let maps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        maps.referrers.get(referent).map(|set| set.iter().cloned().collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::Origin;

    use super::*;

    fn key(name: &str) -> ObjectKey {
        ObjectKey { origin: Origin::new("o"), namespace: "n".into(), name: name.into() }
    }

    #[test]
    fn a_changed_reference_is_found_under_its_new_name_only() {
        let references = References::default();
        let connector = (Kind::Connector, key("github"));
        references.set(&connector, vec![Referent::Secret(key("old")), Referent::Tenant(key("acme"))]);
        references.set(&connector, vec![Referent::Secret(key("new")), Referent::Tenant(key("acme"))]);
        assert!(references.to(&Referent::Secret(key("old"))).is_empty());
        for referent in [Referent::Secret(key("new")), Referent::Tenant(key("acme"))] {
            assert_eq!(references.to(&referent), std::slice::from_ref(&connector));
        }
        references.set(&connector, Vec::new());
        assert!(references.to(&Referent::Tenant(key("acme"))).is_empty());
    }
}
