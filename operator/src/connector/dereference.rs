//! Step 1: reads what a connector refers to. What is missing is noted here and judged by the next step.

use std::{collections::BTreeMap, sync::Arc};

use crds::v1alpha1::Connector;
use domain::ids::ConnectorId;

use super::{secret_names, validate::ValidatedConnector};
use crate::{
    context::Context,
    credentials::{self, ReadSecret},
    error::{Error, Finding, TENANT_NOT_READY},
    kind::Pass,
    tenants::{self, FoundTenant},
};

/// What a connector refers to.
#[derive(Debug)]
pub(super) struct Dereferenced {
    pub(super) tenant: Result<FoundTenant, Finding>,
    /// The document that a native connector names.
    pub(super) document: Option<Arc<connectors::Connector>>,
    /// The Secrets, by name.
    pub(super) secrets: BTreeMap<String, ReadSecret>,
}

pub(super) async fn dereference(ctx: &Context, pass: &Pass<Connector>) -> Result<Dereferenced, Error> {
    let spec = &pass.object.spec;
    let tenant = match tenants::find(ctx, &pass.key, &spec.tenant_ref).await {
        Ok(tenant) => Ok(tenant),
        Err(Error::Unresolved(finding)) => Err(finding),
        Err(error) => return Err(error),
    };
    let document = match &spec.native {
        Some(native) => ctx.documents.find(ctx.store.as_ref(), &ctx.options.origin, &native.type_).await?,
        None => None,
    };
    let mut secrets = BTreeMap::new();
    for name in secret_names(&pass.object) {
        secrets.insert(name.to_owned(), credentials::read(ctx, &pass.key, name).await?);
    }
    Ok(Dereferenced { tenant, document, secrets })
}

/// Who the connector is, and what seals its secrets.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) connector_id: ConnectorId,
    /// The tenant's data key, wrapped. Read only where there is something to seal.
    pub(super) wrapped: Option<String>,
}

pub(super) async fn identify(
    ctx: &Context,
    pass: &Pass<Connector>,
    validated: &ValidatedConnector,
) -> Result<Identity, Error> {
    let connector_id = ctx.store.connector_identity(&ctx.writer, &pass.key).await?;
    ctx.runtime.connector_is(&connector_id, &pass.key);
    if validated.secrets.is_empty() {
        return Ok(Identity { connector_id, wrapped: None });
    }
    let wrapped = ctx.store.tenant_key(&validated.tenant.id).await?.ok_or_else(|| {
        Error::Unresolved(Finding::new(
            TENANT_NOT_READY,
            "spec.tenantRef.name: the Tenant has no data key yet; see its conditions",
        ))
    })?;
    Ok(Identity { connector_id, wrapped: Some(wrapped) })
}
