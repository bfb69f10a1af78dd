//! Step 3: the row, with its secrets sealed. Pure but for the random part of sealing.

use std::collections::BTreeMap;

use crds::v1alpha1::Connector;
use domain::{config::ConnectorConfig, ids::TenantId};
use secrecy::{ExposeSecret, SecretString};
use secrets::{ConnectorSecrets, KeyRing};
use serde::Serialize;
use store::model::ConnectorWrite;

use super::{dereference::Identity, validate::ValidatedConnector};
use crate::{error::Error, inputs::provenance, kind::Pass};

/// A row that is not written yet.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) row: ConnectorWrite,
    /// The tenant's name in URLs.
    pub(super) slug: String,
}

/// Everything the row is made from. The secrets are borrowed, so that they are copied into one wiped buffer only.
#[derive(Serialize)]
struct Inputs<'a> {
    tenant: &'a TenantId,
    created_at_ms: i64,
    config: &'a ConnectorConfig,
    wrapped: Option<&'a str>,
    credential: Option<&'a str>,
    env: BTreeMap<&'a str, &'a str>,
    headers: BTreeMap<&'a str, &'a str>,
}

pub(super) fn build(
    ring: &KeyRing,
    pass: &Pass<Connector>,
    validated: ValidatedConnector,
    identity: Identity,
) -> Result<Prepared, Error> {
    let ValidatedConnector { tenant, config, secrets } = validated;
    let Identity { connector_id, wrapped } = identity;
    let created = pass.object.metadata.creation_timestamp.as_ref();
    let created_at_ms = created.map_or(0, |time| time.0.as_millisecond());
    let ConnectorSecrets { credential, env, headers } = &secrets;
    let inputs = Inputs {
        tenant: &tenant.id,
        created_at_ms,
        config: &config,
        wrapped: wrapped.as_deref(),
        credential: credential.as_ref().map(ExposeSecret::expose_secret),
        env: exposed(env),
        headers: exposed(headers),
    };
    let provenance = provenance(ring, &pass.key, pass.object.as_ref(), &inputs)?;
    let sealed = match &wrapped {
        Some(wrapped) => {
            let cipher = ring.tenant_cipher(tenant.id.as_str(), wrapped)?;
            Some(secrets.seal(&cipher, connector_id.as_str()))
        }
        None => None,
    };
    let row =
        ConnectorWrite { provenance, connector_id, tenant_id: tenant.id, created_at_ms, config, sealed };
    Ok(Prepared { row, slug: tenant.slug })
}

fn exposed(values: &BTreeMap<String, SecretString>) -> BTreeMap<&str, &str> {
    values.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixtures, tenants::FoundTenant};
    use domain::{config::Backend, ids::ConnectorId};

    fn prepared(ring: &KeyRing, wrapped: &str, token: &str) -> ConnectorWrite {
        let pass =
            fixtures::pass(fixtures::connector("{tenantRef: {name: acme}, remote: {url: 'https://x'}}"));
        let validated = ValidatedConnector {
            tenant: FoundTenant { id: TenantId::new("t"), slug: "acme".into() },
            config: ConnectorConfig {
                display_name: "github".into(),
                enabled: true,
                backend: Backend::Remote { url: "https://x".into() },
                tools: Default::default(),
                tool_prefix: None,
                credential_level: Default::default(),
            },
            secrets: ConnectorSecrets { credential: Some(token.into()), ..Default::default() },
        };
        let identity = Identity { connector_id: ConnectorId::new("c"), wrapped: Some(wrapped.to_owned()) };
        build(ring, &pass, validated, identity).unwrap().row
    }

    #[test]
    fn secrets_are_sealed_and_the_digest_follows_them_without_showing_them() {
        let ring = KeyRing::generate();
        let wrapped = ring.new_tenant_key("t");
        let (one, same, other) = (
            prepared(&ring, &wrapped, "s3cret"),
            prepared(&ring, &wrapped, "s3cret"),
            prepared(&ring, &wrapped, "changed"),
        );
        assert_eq!(one.provenance, same.provenance);
        assert_ne!(one.provenance.inputs_hash, other.provenance.inputs_hash);
        assert_ne!(
            one.provenance.inputs_hash,
            prepared(&ring, &ring.new_tenant_key("t"), "s3cret").provenance.inputs_hash
        );
        let sealed = one.sealed.clone().unwrap();
        assert!(!format!("{one:?}{sealed}{:?}", one.provenance).contains("s3cret"));
        let cipher = ring.tenant_cipher("t", &wrapped).unwrap();
        let opened = ConnectorSecrets::open(&cipher, "c", &sealed).unwrap();
        assert_eq!(opened.credential.unwrap().expose_secret(), "s3cret");
    }
}
