//! How many hosted processes a tenant has on this replica, whichever connectors and callers they are for.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::ids::TenantId;

use crate::upstream::failure::Failure;

/// The reason of the failure that there is no place left.
pub(super) const TOO_MANY: &str = "TooManyServers";

/// The processes of all tenants, counted.
#[derive(Default)]
pub struct Places(Mutex<HashMap<TenantId, u32>>);

/// What one tenant may take of the places.
#[derive(Clone)]
pub struct Share {
    all: Arc<Places>,
    tenant: TenantId,
    most: u32,
}

/// The place of one process. Given back when dropped.
pub(super) struct Place {
    all: Arc<Places>,
    tenant: TenantId,
}

impl Places {
    /// The share of a tenant that may have `most` processes.
    #[must_use]
    pub fn share(self: &Arc<Self>, tenant: TenantId, most: u32) -> Share {
        Share { all: self.clone(), tenant, most }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// A place, if the tenant has one left.
    ///
    /// # Errors
    /// [`TOO_MANY`].
    pub(super) fn take(&self) -> Result<Place, Failure> {
        let mut counts = self.all.lock();
        let count = counts.get(&self.tenant).copied().unwrap_or_default();
        if count >= self.most {
            let message = format!(
                "the tenant runs {count} hosted servers already, and its spec.limits.maxHostedServers is {}; each caller's \
                 own credential takes one more",
                self.most
            );
            return Err(Failure::new(TOO_MANY, message));
        }
        counts.insert(self.tenant.clone(), count + 1);
        Ok(Place { all: self.all.clone(), tenant: self.tenant.clone() })
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share")
            .field("tenant", &self.tenant)
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.all.lock();
        if let Some(count) = counts.get_mut(&self.tenant) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_has_so_many_processes_and_takes_none_of_anothers() {
        let places = Arc::new(Places::default());
        let [a, b] = ["a", "b"].map(|tenant| places.share(TenantId::new(tenant), 1));
        let first = a.take().unwrap();
        assert_eq!(a.take().unwrap_err().reason, TOO_MANY);
        assert!(b.take().is_ok());
        drop(first);
        assert!(a.take().is_ok());
        assert!(places.lock().is_empty());
    }
}
