//! The platform as it runs in production, less the pods: operators and gateways as processes, on a real Kubernetes API
//! and Postgres.

use std::{process::Command, time::Duration};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tempfile::TempDir;
use testkit::{Cluster, Identity, Postgres, Process, ports, programs};

/// How long a program may take to be ready, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(60);
/// The operator's own namespace.
pub const NAMESPACE: &str = "sagemcp";
/// What the programs give the database as their password. It asks for none; tests look for this where no secret may be.
pub const DATABASE_PASSWORD: &str = "planted-database-password";

/// A running installation. There can be one on a cluster at a time: operators watch all namespaces.
#[derive(Debug)]
pub struct Installation {
    /// Operators: one leads, the others stand by.
    pub operators: Vec<Server>,
    /// Gateway replicas.
    pub gateways: Vec<Server>,
    /// What all of them are told.
    shared: Shared,
    folder: TempDir,
}

/// One running program of ours.
#[derive(Debug)]
pub struct Server {
    /// The process.
    pub process: Process,
    /// What it is called in its log's name, in the Lease and in heartbeats.
    name: String,
    /// Where it serves health and metrics.
    pub health_url: String,
    /// A gateway: where it serves MCP.
    pub url: String,
}

impl Server {
    /// An endpoint that the installation publishes, at this replica.
    ///
    /// # Errors
    /// If the endpoint is no URL.
    pub fn at(&self, endpoint: &str) -> anyhow::Result<String> {
        let path = endpoint.splitn(4, '/').nth(3).context("an endpoint is a URL with a path")?;
        Ok(format!("{}/{path}", self.url))
    }
}

#[derive(Debug)]
struct Shared {
    database_url: String,
    kubeconfig: std::path::PathBuf,
    public_url: String,
    log: String,
}

impl Installation {
    /// Prepares a database with `operator migrate` and starts one operator and as many gateways as asked.
    ///
    /// # Errors
    /// If a program is not built or does not become ready; with the end of its log.
    pub async fn start(cluster: &Cluster, postgres: &Postgres, gateways: usize) -> anyhow::Result<Self> {
        Self::start_logging(cluster, postgres, gateways, "info").await
    }

    /// The same with another log level, or filter, of all programs.
    ///
    /// # Errors
    /// As [`Installation::start`].
    pub async fn start_logging(
        cluster: &Cluster,
        postgres: &Postgres,
        gateways: usize,
        log: &str,
    ) -> anyhow::Result<Self> {
        let folder = testkit::process::folder("installation")?;
        let rights = programs::repository().join("tests/manifests/operator-rbac.yaml").display().to_string();
        cluster.kubectl(Identity::Admin, &["apply", "--filename", &rights]).await?;
        let ports = (0..gateways).map(|_| ports::free()).collect::<anyhow::Result<Vec<u16>>>()?;
        let public = ports.first().context("an installation has a gateway")?;
        let login = format!("postgres:{DATABASE_PASSWORD}@");
        let shared = Shared {
            database_url: postgres.create_empty_database().await?.replacen("postgres@", &login, 1),
            kubeconfig: cluster.kubeconfig(Identity::Operator),
            public_url: format!("http://127.0.0.1:{public}"),
            log: log.to_owned(),
        };
        let mut installation = Self { operators: Vec::new(), gateways: Vec::new(), shared, folder };
        installation.make_key_ring().await?;
        let mut migrate = tokio::process::Command::new(programs::ours("operator")?);
        migrate.arg("migrate").env("DATABASE_URL", &installation.shared.database_url);
        testkit::process::run(&mut migrate).await?;
        installation.start_operator().await?;
        for port in ports {
            installation.start_gateway(port).await?;
        }
        Ok(installation)
    }

    /// Starts one more operator and waits until it is ready, as leader or standby.
    ///
    /// # Errors
    /// If it does not become ready.
    pub async fn start_operator(&mut self) -> anyhow::Result<()> {
        let server = self.operator(&format!("operator-{}", self.operators.len() + 1)).await?;
        self.operators.push(server);
        Ok(())
    }

    /// Starts an operator again that has ended, under its name.
    ///
    /// # Errors
    /// If it does not become ready.
    pub async fn restart_operator(&mut self, index: usize) -> anyhow::Result<()> {
        let server = self.operator(&self.operators[index].name).await?;
        self.operators[index] = server;
        Ok(())
    }

    /// Starts one more gateway on a port and waits until it is ready.
    ///
    /// # Errors
    /// If it does not become ready.
    pub async fn start_gateway(&mut self, port: u16) -> anyhow::Result<()> {
        let name = format!("gateway-{}", self.gateways.len() + 1);
        let server = self.gateway(&name, format!("http://127.0.0.1:{port}")).await?;
        self.gateways.push(server);
        Ok(())
    }

    /// Starts a gateway again that has ended, under its name and on its port.
    ///
    /// # Errors
    /// If it does not become ready.
    pub async fn restart_gateway(&mut self, index: usize) -> anyhow::Result<()> {
        let before = &self.gateways[index];
        let server = self.gateway(&before.name, before.url.clone()).await?;
        self.gateways[index] = server;
        Ok(())
    }

    async fn operator(&self, name: &str) -> anyhow::Result<Server> {
        let mut command = Command::new(programs::ours("operator")?);
        command.arg("run").env("KUBECONFIG", &self.shared.kubeconfig).env("POD_NAMESPACE", NAMESPACE);
        command.env("SAGEMCP_DATABASE_ROLE", "sagemcp_operator").env("POD_NAME", name);
        self.launch(name, command, String::new()).await
    }

    async fn gateway(&self, name: &str, url: String) -> anyhow::Result<Server> {
        let mut command = Command::new(programs::ours("gateway")?);
        command.arg("serve").env("SAGEMCP_LISTEN", url.trim_start_matches("http://"));
        command.env("SAGEMCP_DATABASE_ROLE", "sagemcp_gateway").env("SAGEMCP_REPLICA", name);
        self.launch(name, command, url).await
    }

    /// What every program of the installation is told, then the wait for its `/readyz`.
    async fn launch(&self, name: &str, mut command: Command, url: String) -> anyhow::Result<Server> {
        let health = format!("127.0.0.1:{}", ports::free()?);
        command
            .env("DATABASE_URL", &self.shared.database_url)
            .env("SAGEMCP_KEYRING_FILE", self.folder.path().join("keyring"))
            .env("SAGEMCP_PUBLIC_URL", &self.shared.public_url)
            .env("SAGEMCP_HEALTH_LISTEN", &health)
            .env("SAGEMCP_LOG", &self.shared.log)
            .env("SAGEMCP_ALLOW_PROCESS_RUNTIME", "true")
            // A killed gateway leaves the working directories of its hosted servers behind; they go with ours.
            .env("TMPDIR", self.folder.path())
            // Tests stand vendors up on loopback.
            .env("SAGEMCP_EGRESS_ALLOW", "127.0.0.0/8");
        let mut process = Process::start(name, &mut command, self.folder.path())?;
        let health_url = format!("http://{health}");
        let ready = format!("{health_url}/readyz");
        process.until(PATIENCE, async || Ok(reqwest::get(&ready).await?.error_for_status()?)).await?;
        Ok(Server { process, name: name.to_owned(), health_url, url })
    }

    /// The ring of root keys that seals at rest, as an administrator makes it.
    async fn make_key_ring(&self) -> anyhow::Result<()> {
        let mut openssl = tokio::process::Command::new("openssl");
        let random = testkit::process::run(openssl.args(["rand", "-base64", "32"])).await?;
        let key = String::from_utf8(random)?.trim().replace('+', "-").replace('/', "_");
        let path = self.folder.path().join("keyring");
        std::fs::write(&path, format!("k1 seal {key}\n"))?;
        let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(path, owner_only)?;
        Ok(())
    }

    /// Asks every program to end and waits until all have, gateways first.
    ///
    /// # Errors
    /// If one does not end.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        for server in self.gateways.iter_mut().chain(&mut self.operators) {
            let status = server.process.terminate(PATIENCE).await?;
            ensure!(status.success(), "{} ended with {status}", server.health_url);
        }
        Ok(())
    }

    /// The folder of the logs, the key ring (`keyring`) and the hosted servers' working directories.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The database, with the superuser as login.
    #[must_use]
    pub fn database_url(&self) -> &str {
        &self.shared.database_url
    }

    /// Everything that the programs have logged so far.
    #[must_use]
    pub fn logs(&self) -> String {
        self.operators.iter().chain(&self.gateways).map(|server| server.process.log()).collect()
    }
}

/// Applies a folder of manifests with `kubectl` and waits until every object is Ready.
///
/// # Errors
/// What `kubectl` says.
pub async fn apply_and_wait(
    cluster: &Cluster,
    namespace: &str,
    folder: &std::path::Path,
) -> anyhow::Result<()> {
    let folder = folder.display().to_string();
    cluster.kubectl(Identity::Admin, &["apply", "--namespace", namespace, "--filename", &folder]).await?;
    let wait = ["wait", "--for=condition=Ready", "--timeout=180s", "--all", "tenants,connectors,apikeys"];
    cluster.kubectl(Identity::Admin, &[&wait[..], &["--namespace", namespace]].concat()).await?;
    Ok(())
}

/// An object of the cluster.
///
/// # Errors
/// What `kubectl` says.
pub async fn get(cluster: &Cluster, namespace: &str, what: &str) -> anyhow::Result<Value> {
    let printed =
        cluster.kubectl(Identity::Admin, &["get", what, "--namespace", namespace, "--output=json"]).await?;
    Ok(serde_json::from_str(&printed)?)
}

/// The key that the operator minted for an ApiKey.
///
/// # Errors
/// If there is none.
pub async fn minted_key(cluster: &Cluster, namespace: &str, api_key: &str) -> anyhow::Result<String> {
    let object = get(cluster, namespace, &format!("apikey/{api_key}")).await?;
    let secret = object["status"]["secretName"].as_str().context("the ApiKey names no Secret")?;
    let path = "--output=go-template={{.data.apiKey | base64decode}}";
    let key =
        cluster.kubectl(Identity::Admin, &["get", "secret", secret, "--namespace", namespace, path]).await?;
    ensure!(key.starts_with("smcp_"), "the Secret {secret} holds no key");
    Ok(key)
}

/// The endpoint of the connector that is hosted, as its status says it, and the key that the operator minted.
///
/// # Errors
/// If there is no such connector or no key.
pub async fn hosted_endpoint(cluster: &Cluster, namespace: &str) -> anyhow::Result<(String, String)> {
    let connectors = get(cluster, namespace, "connectors").await?;
    let hosted = connectors["items"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|object| object["spec"]["hosted"].is_object());
    let endpoint = hosted.and_then(|object| object["status"]["endpoint"].as_str());
    let keys = get(cluster, namespace, "apikeys").await?;
    let name = keys["items"][0]["metadata"]["name"].as_str().context("there is no ApiKey")?;
    let key = minted_key(cluster, namespace, name).await?;
    Ok((endpoint.context("no hosted connector has an endpoint")?.to_owned(), key))
}
