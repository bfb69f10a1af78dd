//! A real Kubernetes API: etcd, kube-apiserver, and the controllers that collect garbage, end namespaces and make
//! service accounts. There is no node: nothing schedules or runs pods.

mod access;
mod certificates;
mod install;
mod servers;

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::Context as _;
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client, Config, api::PostParams, config::KubeConfigOptions, config::Kubeconfig};
use tempfile::TempDir;
use tokio::sync::{Mutex, OnceCell};

pub use access::Identity;
use servers::Servers;

/// How long a server may take to be ready, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running cluster with our CRDs.
#[derive(Debug)]
pub struct Cluster {
    folder: TempDir,
    url: String,
    servers: Mutex<Servers>,
}

impl Cluster {
    /// The one cluster that the tests of a process share. Use a [`Cluster::namespace`] of your own; a test that breaks
    /// things starts its own cluster.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub async fn shared() -> anyhow::Result<&'static Self> {
        static SHARED: OnceCell<Cluster> = OnceCell::const_new();
        SHARED.get_or_try_init(Self::start).await
    }

    /// Starts a cluster, applies our CRDs and waits until they are served.
    ///
    /// The controllers come last: the garbage collector re-reads what kinds there are only every 30 seconds, so kinds
    /// that come after it would wait that long.
    ///
    /// # Errors
    /// If a program is missing or a server does not become ready; with the end of its log.
    pub async fn start() -> anyhow::Result<Self> {
        crate::install_crypto();
        let folder = crate::process::folder("cluster")?;
        certificates::write(folder.path()).await.context("make the cluster's certificates")?;
        let mut servers = Servers::new(folder.path())?;
        let url = servers.url();
        access::write(folder.path(), &url)?;
        servers.start_api().await?;
        let cluster = Self { folder, url, servers: Mutex::new(servers) };
        install::crds(&cluster.client().await?).await?;
        cluster.servers.lock().await.start_controllers().await?;
        Ok(cluster)
    }

    /// Where the API answers.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A client that may do everything. A client belongs to the runtime of the test that asked for it.
    ///
    /// # Errors
    /// If the kubeconfig cannot be read.
    pub async fn client(&self) -> anyhow::Result<Client> {
        self.client_as(Identity::Admin).await
    }

    /// A client with an identity, which has only those rights that a test bound to it.
    ///
    /// # Errors
    /// If the kubeconfig cannot be read.
    pub async fn client_as(&self, identity: Identity) -> anyhow::Result<Client> {
        let config = Kubeconfig::read_from(self.kubeconfig(identity))?;
        let config = Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await?;
        Ok(Client::try_from(config)?)
    }

    /// The kubeconfig file of an identity, for `kubectl` and for our programs.
    #[must_use]
    pub fn kubeconfig(&self, identity: Identity) -> PathBuf {
        access::kubeconfig(self.folder.path(), identity)
    }

    /// A folder for what a test wants to keep beside the cluster.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes a namespace that no other test has. It is left behind: ending one takes the cluster five seconds.
    ///
    /// # Errors
    /// If the API refuses.
    pub async fn namespace(&self) -> anyhow::Result<String> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let namespace: Namespace =
            serde_json::from_value(serde_json::json!({ "metadata": { "name": name } }))?;
        Api::all(self.client().await?).create(&PostParams::default(), &namespace).await?;
        Ok(name)
    }

    /// Runs `kubectl` with an identity and returns what it printed.
    ///
    /// # Errors
    /// What it wrote to standard error.
    pub async fn kubectl(&self, identity: Identity, args: &[&str]) -> anyhow::Result<String> {
        let mut command = tokio::process::Command::new(crate::programs::kubectl()?);
        command.arg("--kubeconfig").arg(self.kubeconfig(identity)).args(args);
        Ok(String::from_utf8(crate::process::run(&mut command).await?)?)
    }

    /// Applies manifests as a person would, with `kubectl apply` into a namespace, and returns what it printed.
    ///
    /// # Errors
    /// [`crate::process::Failed`] with the refusal.
    pub async fn apply(
        &self,
        identity: Identity,
        namespace: &str,
        manifests: &str,
    ) -> anyhow::Result<String> {
        let file = tempfile::Builder::new().suffix(".yaml").tempfile_in(self.folder.path())?;
        std::fs::write(file.path(), manifests)?;
        let path = file.path().display().to_string();
        self.kubectl(identity, &["apply", "--namespace", namespace, "--filename", &path]).await
    }

    /// Kills the API server, as a crash would. etcd keeps everything.
    ///
    /// # Errors
    /// If it does not run.
    pub async fn stop_api(&self) -> anyhow::Result<()> {
        self.servers.lock().await.stop_api()
    }

    /// Starts the API server again on its port.
    ///
    /// # Errors
    /// If it does not become ready.
    pub async fn start_api(&self) -> anyhow::Result<()> {
        self.servers.lock().await.start_api().await
    }
}

#[cfg(test)]
mod tests;
