//! `sagemcp up`: the whole platform in one process, over a folder of manifests.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD as STANDARD};
use serde_json::Value;
use tempfile::TempDir;
use testkit::{Process, eventually, ports, programs};

/// How long everything may take to be Ready, on a machine with much else to do. The quick start's hosted server may have
/// to come from the npm registry first.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running `sagemcp up` with a data directory of its own.
#[derive(Debug)]
pub struct Standalone {
    /// The process.
    pub process: Process,
    folder: TempDir,
}

impl Standalone {
    /// Starts it over a folder of manifests and waits until every object is Ready.
    ///
    /// # Errors
    /// If the program is not built, ends, or an object does not become Ready; with the end of its log.
    pub async fn start(manifests: &Path) -> anyhow::Result<Self> {
        Self::start_logging(manifests, "warn,cli=info,operator=info,gateway=info,localapi=info").await
    }

    /// The same with another log level or filter.
    ///
    /// # Errors
    /// As [`Standalone::start`].
    pub async fn start_logging(manifests: &Path, log: &str) -> anyhow::Result<Self> {
        testkit::install_crypto();
        let folder = testkit::process::folder("standalone")?;
        let mut command = Command::new(programs::ours("sagemcp")?);
        command
            .arg("up")
            .arg(manifests)
            .arg("--data")
            .arg(folder.path().join("data"))
            .env("TMPDIR", folder.path())
            .env("SAGEMCP_LOG", log)
            // Where the tests' vendors listen.
            .env("SAGEMCP_EGRESS_ALLOW", "127.0.0.1")
            .env("SAGEMCP_LISTEN", format!("127.0.0.1:{}", ports::free()?))
            .env("SAGEMCP_HEALTH_LISTEN", format!("127.0.0.1:{}", ports::free()?));
        let process = Process::start("sagemcp-up", &mut command, folder.path())?;
        let mut standalone = Self { process, folder };
        standalone.until_ready().await?;
        Ok(standalone)
    }

    /// The data directory.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    async fn until_ready(&mut self) -> anyhow::Result<()> {
        let data = self.data();
        self.process
            .until(PATIENCE, async || {
                let objects = list(&data, "tenants,connectors,apikeys").await?;
                ensure!(!objects.is_empty(), "there are no objects");
                for object in &objects {
                    let name = &object["metadata"]["name"];
                    ensure!(is_ready(object), "{name} is not Ready: {}", object["status"]["conditions"]);
                }
                Ok(())
            })
            .await
    }

    /// The objects of a kind, as `sagemcp get` prints them.
    ///
    /// # Errors
    /// What `sagemcp` says.
    pub async fn list(&self, kinds: &str) -> anyhow::Result<Vec<Value>> {
        list(&self.data(), kinds).await
    }

    /// The endpoint of the connector that is hosted, and the minted key.
    ///
    /// # Errors
    /// If there is no such connector or key.
    pub async fn hosted_endpoint(&self) -> anyhow::Result<(String, String)> {
        let connectors = self.list("connectors").await?;
        let hosted = connectors.iter().find(|connector| connector["spec"]["hosted"].is_object());
        let endpoint = hosted.and_then(|connector| connector["status"]["endpoint"].as_str());
        let keys = self.list("apikeys").await?;
        let key = keys.iter().find_map(|key| key["metadata"]["name"].as_str());
        let key = self.key(key.context("there is no ApiKey")?).await?;
        Ok((endpoint.context("no hosted connector has an endpoint")?.to_owned(), key))
    }

    /// The key that was minted for an ApiKey.
    ///
    /// # Errors
    /// If there is no such ApiKey, or its Secret has no key.
    pub async fn key(&self, api_key: &str) -> anyhow::Result<String> {
        let keys = self.list("apikeys").await?;
        let key = keys.iter().find(|key| key["metadata"]["name"] == *api_key);
        let secret = key.and_then(|key| key["status"]["secretName"].as_str());
        let secret = secret.with_context(|| format!("the ApiKey {api_key} names no Secret"))?;
        let secrets = self.list("secrets").await?;
        let secret = secrets.iter().find(|object| object["metadata"]["name"] == *secret);
        let key =
            secret.and_then(|secret| secret["data"]["apiKey"].as_str()).context("the Secret has no key")?;
        Ok(String::from_utf8(STANDARD.decode(key)?)?)
    }

    /// Runs a command of `sagemcp` against this installation and returns what it printed.
    ///
    /// # Errors
    /// What it wrote to standard error.
    pub async fn sagemcp(&self, args: &[&str]) -> anyhow::Result<String> {
        sagemcp(&self.data(), args).await
    }

    /// Waits until the objects of a kind are as wanted.
    ///
    /// # Errors
    /// The last error of `check`.
    pub async fn until(
        &self,
        kinds: &str,
        check: impl Fn(&[Value]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        eventually(PATIENCE, async || check(&self.list(kinds).await?)).await
    }
}

async fn sagemcp(data: &Path, args: &[&str]) -> anyhow::Result<String> {
    let mut command = tokio::process::Command::new(programs::ours("sagemcp")?);
    command.args(args).arg("--data").arg(data);
    Ok(String::from_utf8(testkit::process::run(&mut command).await?)?)
}

async fn list(data: &Path, kinds: &str) -> anyhow::Result<Vec<Value>> {
    let printed: Value = serde_json::from_str(&sagemcp(data, &["get", kinds, "--output", "json"]).await?)?;
    printed["items"].as_array().cloned().context("sagemcp get printed no list")
}

/// Whether Ready speaks of the object as it is now, and is True.
fn is_ready(object: &Value) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| {
        condition["type"] == "Ready"
            && condition["status"] == "True"
            && condition["observedGeneration"] == object["metadata"]["generation"]
    })
}
