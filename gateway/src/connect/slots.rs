//! How many hosted servers a tenant has on this replica.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::ids::TenantId;

/// The counts.
#[derive(Default)]
pub(crate) struct HostedSlots(Mutex<HashMap<TenantId, u32>>);

/// One hosted server of a tenant. Given back when dropped.
pub struct HostedSlot {
    all: Arc<HostedSlots>,
    tenant: TenantId,
}

impl HostedSlots {
    /// A slot, if the tenant has fewer than `most`.
    pub(super) fn take(self: &Arc<Self>, tenant: &TenantId, most: u32) -> Option<HostedSlot> {
        let mut counts = self.lock();
        let count = counts.entry(tenant.clone()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(HostedSlot { all: self.clone(), tenant: tenant.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for HostedSlot {
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
    fn a_tenant_has_so_many_servers_and_takes_none_of_anothers() {
        let slots = Arc::new(HostedSlots::default());
        let (a, b) = (TenantId::new("a"), TenantId::new("b"));
        let first = slots.take(&a, 1).unwrap();
        assert!(slots.take(&a, 1).is_none());
        assert!(slots.take(&b, 1).is_some());
        drop(first);
        assert!(slots.take(&a, 1).is_some());
        assert!(slots.lock().is_empty());
    }
}
