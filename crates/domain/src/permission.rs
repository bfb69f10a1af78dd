//! Who may do what: the permission matrix, stated once.

use crate::{ids::TenantId, principal::Scope};

/// What a caller wants to do. Each variant is one row of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// List and call tools over MCP on any transport, and read `/info`.
    UseMcp,
    /// See a tenant's connectors, keys and credentials, never a secret of them.
    ViewTenant,
    /// Change a tenant's connectors and tools, start a tenant-level consent, restart a hosted server.
    AdministerTenant,
    /// See and change tenants and keys, read logs, pools, sessions and statistics of the platform.
    AdministerPlatform,
}

/// What a key is good for: its scope and, unless it is a platform key, the one tenant it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant<'a> {
    /// Every tenant.
    Platform,
    /// One tenant, as administrator or as user.
    Tenant {
        /// The tenant the key belongs to.
        tenant: &'a TenantId,
        /// Whether it administers that tenant.
        admin: bool,
    },
}

impl<'a> Grant<'a> {
    /// The grant of a key. A tenant scope without a tenant grants nothing.
    #[must_use]
    pub fn of(scope: Scope, tenant: Option<&'a TenantId>) -> Option<Self> {
        match (scope, tenant) {
            (Scope::PlatformAdmin, _) => Some(Self::Platform),
            (Scope::TenantAdmin, Some(tenant)) => Some(Self::Tenant { tenant, admin: true }),
            (Scope::TenantUser, Some(tenant)) => Some(Self::Tenant { tenant, admin: false }),
            (Scope::TenantAdmin | Scope::TenantUser, None) => None,
        }
    }

    /// Whether the grant covers `action` on `target`. `target` is `None` for an action on the platform itself.
    #[must_use]
    pub fn allows(self, action: Action, target: Option<&TenantId>) -> bool {
        match (self, action) {
            (Self::Platform, _) => true,
            (Self::Tenant { .. }, Action::AdministerPlatform) => false,
            (Self::Tenant { tenant, .. }, Action::UseMcp | Action::ViewTenant) => target == Some(tenant),
            (Self::Tenant { tenant, admin }, Action::AdministerTenant) => admin && target == Some(tenant),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole matrix: rows are actions, columns the caller, cells "own tenant, other tenant, platform".
    #[test]
    fn the_matrix_is_this_table() {
        use Action::{AdministerPlatform, AdministerTenant, UseMcp, ViewTenant};
        let (own, other) = (TenantId::new("own"), TenantId::new("other"));
        let row = |scope, action| {
            let grant = Grant::of(scope, Some(&own)).unwrap();
            [Some(&own), Some(&other), None].map(|target| grant.allows(action, target))
        };
        for action in [UseMcp, ViewTenant, AdministerTenant, AdministerPlatform] {
            assert_eq!(row(Scope::PlatformAdmin, action), [true, true, true], "{action:?}");
        }
        assert_eq!(row(Scope::TenantAdmin, UseMcp), [true, false, false]);
        assert_eq!(row(Scope::TenantAdmin, ViewTenant), [true, false, false]);
        assert_eq!(row(Scope::TenantAdmin, AdministerTenant), [true, false, false]);
        assert_eq!(row(Scope::TenantAdmin, AdministerPlatform), [false, false, false]);
        assert_eq!(row(Scope::TenantUser, UseMcp), [true, false, false]);
        assert_eq!(row(Scope::TenantUser, ViewTenant), [true, false, false]);
        assert_eq!(row(Scope::TenantUser, AdministerTenant), [false, false, false]);
        assert_eq!(row(Scope::TenantUser, AdministerPlatform), [false, false, false]);
    }

    #[test]
    fn a_tenant_scope_without_a_tenant_grants_nothing() {
        assert_eq!(Grant::of(Scope::TenantAdmin, None), None);
        assert_eq!(Grant::of(Scope::TenantUser, None), None);
    }
}
