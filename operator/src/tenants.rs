//! The tenant that a connector or a key belongs to.

use crds::v1alpha1::{Tenant, TenantRef};
use domain::ids::{ObjectKey, TenantId};

use crate::{
    context::Context,
    error::{Error, Finding, TENANT_NOT_FOUND},
    kind::beside,
};

/// A tenant that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundTenant {
    pub(crate) id: TenantId,
    pub(crate) slug: String,
}

/// Finds a tenant beside an object. Id and slug are those of its row: a status could be written by people, and a spec
/// may ask for the slug of another team. Who has no row is not in service.
pub(crate) async fn find(
    ctx: &Context,
    key: &ObjectKey,
    reference: &TenantRef,
) -> Result<FoundTenant, Error> {
    let tenant_key = beside(key, &reference.name);
    let tenant = ctx.tenants.cache.get(&tenant_key);
    check_stands(tenant.as_deref(), &tenant_key)?;
    let (id, slug) = ctx.store.tenant_in_service(&tenant_key).await?.ok_or_else(Error::tenant_not_ready)?;
    Ok(FoundTenant { id, slug })
}

fn check_stands(tenant: Option<&Tenant>, key: &ObjectKey) -> Result<(), Error> {
    let unresolved = |reason, message| Error::Unresolved(Finding::new(reason, message));
    let tenant = tenant.ok_or_else(|| {
        let message = format!(
            "spec.tenantRef.name: there is no Tenant \"{}\" in namespace {}; create it, or correct the name",
            key.name, key.namespace
        );
        unresolved(TENANT_NOT_FOUND, message)
    })?;
    if tenant.metadata.deletion_timestamp.is_some() {
        let message = format!("spec.tenantRef.name: Tenant \"{}\" is being deleted", key.name);
        return Err(unresolved("TenantDeleting", message));
    }
    Ok(())
}
