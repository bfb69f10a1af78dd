//! An installation as the operator would have written it, and the release gateway over it.

use std::{fs, net::SocketAddr, path::Path, process::Command, sync::Arc};

use anyhow::{Context as _, ensure};
use domain::{
    config::{Backend, ConnectorConfig, CredentialLevel, RateLimit, TenantConfig},
    ids::{ObjectKey, Origin, TenantId},
    principal::Scope,
    tools::ToolRules,
};
use secrecy::{ExposeSecret as _, SecretString};
use secrets::{ConnectorSecrets, KeyRing, api_key};
use store::{
    Store,
    model::{ApiKeyWrite, ConnectorWrite, DefinitionWrite, KeyMaterial, Provenance, TenantWrite, Writer},
};
use tempfile::TempDir;
use testkit::{Process, programs};

use crate::{
    manifests::{self, CREDENTIAL, SERVICE},
    platform::ORIGIN,
    servers::{START, free_address, until_listening},
};

/// The highest limit that a tenant may have, so that it is checked and never reached.
const RATE: RateLimit = RateLimit { requests_per_minute: 10_000_000, burst: None };

/// A store file and a key ring, with an open store to write to.
pub(crate) struct Installation {
    pub(crate) folder: TempDir,
    store: Arc<dyn Store>,
    ring: KeyRing,
    writer: Writer,
    vendor: SocketAddr,
    generation: i64,
}

/// The release gateway, which ends with this value.
pub(crate) struct Gateway {
    pub(crate) process: Process,
    pub(crate) mcp: SocketAddr,
}

impl Installation {
    /// An installation with no tenant and one connector type, whose API is at `vendor`.
    ///
    /// # Errors
    /// If the store cannot be made.
    pub(crate) async fn new(vendor: SocketAddr) -> anyhow::Result<Self> {
        let folder = testkit::process::folder("bench")?;
        let ring = KeyRing::generate();
        fs::write(folder.path().join("keyring"), ring.to_text().expose_secret())?;
        let store = store::open(&store_url(folder.path()), store::Options::default()).await?;
        let writer = store.raise_writer(&origin(), "bench").await?;
        let mut installation = Self { folder, store, ring, writer, vendor, generation: 0 };
        let document = serde_json::from_value(manifests::definition()["spec"].take())?;
        let provenance = installation.provenance(SERVICE);
        let definition = DefinitionWrite { provenance, document };
        installation.store.apply_definition(&installation.writer, &definition).await?;
        Ok(installation)
    }

    /// Writes a tenant.
    ///
    /// # Errors
    /// If the store refuses.
    pub(crate) async fn tenant(&mut self, slug: &str) -> anyhow::Result<TenantId> {
        let provenance = self.provenance(slug);
        let tenant_id = self.store.tenant_identity(&self.writer, &provenance.key).await?;
        self.store.put_tenant_key(&tenant_id, &self.ring.new_tenant_key(tenant_id.as_str())).await?;
        let config =
            TenantConfig { display_name: slug.to_owned(), rate_limit: Some(RATE), ..TenantConfig::default() };
        let slug = slug.parse()?;
        let tenant = TenantWrite { provenance, tenant_id: tenant_id.clone(), slug, config, retain: false };
        self.store.apply_tenant(&self.writer, &tenant).await?;
        Ok(tenant_id)
    }

    /// Writes a connector with a credential of its own. Its object is called `object`, of which URLs have the name.
    ///
    /// # Errors
    /// If the store refuses.
    pub(crate) async fn connector(&mut self, tenant_id: &TenantId, object: &str) -> anyhow::Result<()> {
        let provenance = self.provenance(object);
        let connector_id = self.store.connector_identity(&self.writer, &provenance.key).await?;
        let wrapped = self.store.tenant_key(tenant_id).await?.context("a tenant has a key")?;
        let cipher = self.ring.tenant_cipher(tenant_id.as_str(), &wrapped)?;
        let secrets = ConnectorSecrets { credential: Some(CREDENTIAL.into()), ..ConnectorSecrets::default() };
        let config = ConnectorConfig {
            display_name: object.to_owned(),
            enabled: true,
            backend: Backend::Native {
                service: SERVICE.to_owned(),
                base_url: Some(format!("http://{}", self.vendor)),
                settings: serde_json::Map::new(),
            },
            tools: ToolRules::default(),
            tool_prefix: None,
            credential_level: CredentialLevel::Tenant,
        };
        let connector = ConnectorWrite {
            created_at_ms: self.generation,
            provenance,
            sealed: Some(secrets.seal(&cipher, connector_id.as_str())),
            connector_id,
            tenant_id: tenant_id.clone(),
            config,
        };
        self.store.apply_connector(&self.writer, &connector).await?;
        Ok(())
    }

    /// Writes a key that opens every tenant, and returns it.
    ///
    /// # Errors
    /// If the store refuses.
    pub(crate) async fn platform_key(&mut self) -> anyhow::Result<SecretString> {
        let minted = api_key::mint(Scope::PlatformAdmin);
        let parts = api_key::parse(minted.text.expose_secret()).context("a minted key")?;
        let material = KeyMaterial {
            key_id: parts.key_id(),
            bcrypt: api_key::bcrypt_hash(&parts),
            hmac: self.ring.api_key_hmac(&parts),
            expires_at_ms: None,
        };
        let key = ApiKeyWrite {
            provenance: self.provenance("everywhere"),
            tenant_id: None,
            scope: Scope::PlatformAdmin,
            subject: "bench".to_owned(),
            connectors: Vec::new(),
            read_only: false,
            keys: vec![material],
        };
        self.store.apply_api_key(&self.writer, &key).await?;
        Ok(minted.text)
    }

    fn provenance(&mut self, name: &str) -> Provenance {
        self.generation += 1;
        Provenance {
            key: ObjectKey { origin: origin(), namespace: "bench".to_owned(), name: name.to_owned() },
            uid: format!("uid-{name}"),
            generation: self.generation,
            inputs_hash: self.generation.to_string(),
        }
    }
}

impl Gateway {
    /// Starts the release gateway over the store and key ring of a folder, and waits until it has read its configuration.
    ///
    /// # Errors
    /// If it is not built, or does not start.
    pub(crate) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let (mcp, health) = (free_address()?, free_address()?);
        let mut command = Command::new(programs::ours("gateway")?);
        command
            .env_clear()
            .env("DATABASE_URL", store_url(folder))
            .env("SAGEMCP_KEYRING_FILE", folder.join("keyring"))
            .args(["serve", "--listen", &mcp.to_string(), "--health-listen", &health.to_string()])
            .args(["--egress-allow", "127.0.0.0/8", "--origin", ORIGIN]);
        let mut process = Process::start("gateway", &mut command, folder)?;
        until_listening(&mut process, mcp).await?;
        let ready = format!("http://{health}/readyz");
        process
            .until(START, async || {
                let status = reqwest::get(&ready).await?.status();
                ensure!(status.is_success(), "{status}");
                Ok(())
            })
            .await?;
        Ok(Self { process, mcp })
    }
}

fn origin() -> Origin {
    Origin::new(ORIGIN)
}

/// The store in a folder, which may be the data directory of a `sagemcp up`.
fn store_url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("store.db").display())
}
