//! Step 3: the row. Pure.

use crds::v1alpha1::Tenant;
use secrets::KeyRing;
use serde_json::json;
use store::model::TenantWrite;

use super::{dereference::Dereferenced, validate::ValidatedTenant};
use crate::{error::Error, inputs::provenance, kind::Pass};

/// A row that is not written yet.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) row: TenantWrite,
}

pub(super) fn build(
    ring: &KeyRing,
    pass: &Pass<Tenant>,
    validated: &ValidatedTenant,
    dereferenced: &Dereferenced,
) -> Result<Prepared, Error> {
    let ValidatedTenant { slug, config, retain } = validated;
    let Dereferenced { tenant_id } = dereferenced;
    let inputs = json!({ "id": tenant_id, "slug": slug, "config": config, "retain": retain });
    Ok(Prepared {
        row: TenantWrite {
            provenance: provenance(ring, &pass.key, pass.object.as_ref(), &inputs)?,
            tenant_id: tenant_id.clone(),
            slug: slug.clone(),
            config: config.clone(),
            retain: *retain,
        },
    })
}
