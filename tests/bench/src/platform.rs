//! The whole platform in one process: the release `sagemcp up`, driven through its Kubernetes API.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context as _;
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api, Client, Config,
    api::{DynamicObject, Patch, PatchParams},
    config::{KubeConfigOptions, Kubeconfig},
    core::GroupVersionKind,
    discovery::ApiResource,
};
use secrecy::SecretString;
use serde_json::Value;
use testkit::{Process, eventually, programs};

use crate::servers::{START, free_address};

/// The namespace of what names none.
pub(crate) const NAMESPACE: &str = "default";
/// The installation, as `sagemcp up` calls it.
pub(crate) const ORIGIN: &str = "local";
/// Longest wait for an orderly end.
const END: Duration = Duration::from_secs(20);

/// A running `sagemcp up`, which ends with this value.
pub(crate) struct Platform {
    pub(crate) process: Process,
    pub(crate) mcp: SocketAddr,
    data: PathBuf,
}

impl Platform {
    /// Starts one over a folder of manifests and a data directory, and waits for nothing.
    ///
    /// # Errors
    /// If it is not built.
    pub(crate) fn start(manifests: &Path, data: &Path) -> anyhow::Result<Self> {
        let mcp = free_address()?;
        let mut command = Command::new(programs::ours("sagemcp")?);
        command.arg("up").arg(manifests).arg("--data").arg(data).args([
            "--listen",
            &mcp.to_string(),
            "--egress-allow",
            "127.0.0.0/8",
        ]);
        let folder = data.parent().context("the data directory is in a folder")?;
        let process = Process::start("sagemcp", &mut command, folder)?;
        Ok(Self { process, mcp, data: data.to_owned() })
    }

    /// A client of its Kubernetes API, as soon as that is there.
    ///
    /// # Errors
    /// If the program ends before.
    pub(crate) async fn client(&mut self) -> anyhow::Result<Client> {
        let path = self.data.join("kubeconfig");
        let config = self.process.until(START, async || Ok(Kubeconfig::read_from(&path)?)).await?;
        let config = Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await?;
        Ok(Client::try_from(config)?)
    }

    /// Ends it as Ctrl-C would.
    ///
    /// # Errors
    /// If it does not end.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        self.process.terminate(END).await.map(drop)
    }
}

/// Applies a manifest.
///
/// # Errors
/// If it is refused.
pub(crate) async fn apply(client: &Client, manifest: &Value) -> anyhow::Result<()> {
    let object: DynamicObject = serde_json::from_value(manifest.clone())?;
    let types = object.types.as_ref().context("a manifest has a kind")?;
    let resource = ApiResource::from_gvk(&GroupVersionKind::try_from(types)?);
    let name = object.metadata.name.as_deref().context("a manifest has a name")?;
    let api: Api<DynamicObject> = match &object.metadata.namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    api.patch(name, &PatchParams::apply("bench"), &Patch::Apply(&object)).await.context(name.to_owned())?;
    Ok(())
}

/// The key that was minted for an `ApiKey`.
///
/// # Errors
/// If none is in time.
pub(crate) async fn minted(client: &Client, name: &str) -> anyhow::Result<SecretString> {
    let secrets: Api<Secret> = Api::namespaced(client.clone(), NAMESPACE);
    eventually(START, async || {
        let secret = secrets.get(name).await?;
        let key = secret.data.and_then(|mut entries| entries.remove("apiKey")).context("no key yet")?;
        Ok(SecretString::from(String::from_utf8(key.0)?))
    })
    .await
}
