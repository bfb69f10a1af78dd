//! Step 1: reads what the row needs: the tenant's identity and its data key, both made at first sight.

use crds::v1alpha1::Tenant;
use domain::ids::TenantId;

use crate::{context::Context, error::Error, kind::Pass};

/// What the store knows of the tenant.
#[derive(Debug)]
pub(super) struct Dereferenced {
    pub(super) tenant_id: TenantId,
}

/// Reads. The data key comes before the row, so that no gateway loads a tenant without one.
pub(super) async fn dereference(ctx: &Context, pass: &Pass<Tenant>) -> Result<Dereferenced, Error> {
    let tenant_id = ctx.store.tenant_identity(&ctx.writer, &pass.key).await?;
    let wrapped = match ctx.store.tenant_key(&tenant_id).await? {
        Some(wrapped) => wrapped,
        None => ctx.store.put_tenant_key(&tenant_id, &ctx.ring.new_tenant_key(tenant_id.as_str())).await?,
    };
    // A key that does not open would fail at the first call; better to say so now.
    ctx.ring.tenant_cipher(tenant_id.as_str(), &wrapped)?;
    Ok(Dereferenced { tenant_id })
}
