//! The cluster's three programs and their command lines.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

use super::{Identity, PATIENCE, access};
use crate::{Process, ports, programs};

/// The running programs. They end in the order of the fields.
#[derive(Debug)]
pub(super) struct Servers {
    controllers: Option<Process>,
    api: Option<Process>,
    _etcd: Process,
    folder: PathBuf,
    api_port: u16,
    etcd_url: String,
}

impl Servers {
    /// Starts etcd.
    pub(super) fn new(folder: &Path) -> anyhow::Result<Self> {
        let etcd_url = format!("http://127.0.0.1:{}", ports::free()?);
        let peer_url = format!("http://127.0.0.1:{}", ports::free()?);
        let mut command = Command::new(programs::etcd()?);
        command
            .args(["--name", "test", "--unsafe-no-fsync", "--data-dir"])
            .arg(folder.join("etcd"))
            .args(["--listen-client-urls", &etcd_url, "--advertise-client-urls", &etcd_url])
            .args(["--listen-peer-urls", &peer_url, "--initial-advertise-peer-urls", &peer_url])
            .args(["--initial-cluster", &format!("test={peer_url}")]);
        Ok(Self {
            controllers: None,
            api: None,
            _etcd: Process::start("etcd", &mut command, folder)?,
            folder: folder.to_owned(),
            api_port: ports::free()?,
            etcd_url,
        })
    }

    /// Where the API answers, now or later.
    pub(super) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.api_port)
    }

    /// Starts the API server and waits until it is ready.
    pub(super) async fn start_api(&mut self) -> anyhow::Result<()> {
        let mut command = Command::new(programs::kube("kube-apiserver")?);
        command
            .current_dir(&self.folder)
            .arg(format!("--etcd-servers={}", self.etcd_url))
            .arg(format!("--secure-port={}", self.api_port))
            .arg(format!("--token-auth-file={}", access::tokens(&self.folder).display()))
            .args([
                "--bind-address=127.0.0.1",
                "--tls-cert-file=apiserver.crt",
                "--tls-private-key-file=apiserver.key",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file=sa.pub",
                "--service-account-signing-key-file=sa.key",
                "--service-cluster-ip-range=10.96.0.0/16",
                "--authorization-mode=RBAC",
                // Crash and come back at once: connections are not drained.
                "--shutdown-delay-duration=0s",
            ]);
        let url = self.url();
        let process = self.api.insert(Process::start("kube-apiserver", &mut command, &self.folder)?);
        until_healthy(process, &format!("{url}/readyz")).await
    }

    /// Kills the API server.
    pub(super) fn stop_api(&mut self) -> anyhow::Result<()> {
        self.api.take().context("the API server does not run")?.kill()
    }

    /// Starts the controllers and waits until they are healthy.
    pub(super) async fn start_controllers(&mut self) -> anyhow::Result<()> {
        let port = ports::free()?;
        let config = access::kubeconfig(&self.folder, Identity::ControllerManager);
        let mut command = Command::new(programs::kube("kube-controller-manager")?);
        command.current_dir(&self.folder);
        for flag in ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"] {
            command.arg(format!("--{flag}={}", config.display()));
        }
        command.arg(format!("--secure-port={port}")).args([
            "--bind-address=127.0.0.1",
            "--leader-elect=false",
            // Without it the controllers' own roles are missing and nothing is collected.
            "--use-service-account-credentials=true",
            "--service-account-private-key-file=sa.key",
            "--controllers=garbage-collector-controller,namespace-controller,serviceaccount-controller",
        ]);
        let process = Process::start("kube-controller-manager", &mut command, &self.folder)?;
        let process = self.controllers.insert(process);
        until_healthy(process, &format!("https://127.0.0.1:{port}/healthz")).await
    }
}

/// Waits until a server says that it is well. Its certificate is not looked at: the controllers sign their own.
async fn until_healthy(process: &mut Process, url: &str) -> anyhow::Result<()> {
    let http = reqwest::Client::builder().tls_danger_accept_invalid_certs(true).build()?;
    process
        .until(PATIENCE, async || {
            http.get(url).send().await?.error_for_status()?;
            Ok(())
        })
        .await
}
