//! A cluster, a database and operators between them.

use std::{path::Path, process::Command, sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use domain::ids::{Origin, Revision};
use store::{
    Store,
    model::{Discovery, DiscoveryOutcome, Heartbeat, Snapshot, Unportable},
};
use testkit::{Cluster, Identity, Postgres, Process, eventually, ports};

/// How long to wait for something that must happen, on a machine with much else to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// The operator's own namespace.
pub(crate) const SYSTEM: &str = "sagemcp";
/// The installation, which is the operator's default.
const ORIGIN: &str = "default";

/// A cluster and a database.
pub(crate) struct Site {
    pub(crate) cluster: Cluster,
    database: String,
    pub(crate) store: Arc<dyn Store>,
}

impl Site {
    /// A cluster of its own with a database on a server.
    pub(crate) async fn start(postgres: &Postgres) -> anyhow::Result<Self> {
        let cluster = Cluster::start().await?;
        let rbac = testkit::programs::repository().join("tests/manifests/operator-rbac.yaml");
        cluster.kubectl(Identity::Admin, &["apply", "--filename", &rbac.display().to_string()]).await?;
        let database = postgres.create_database().await?;
        let store = store::open(&database, store::Options::default()).await?;
        Ok(Self { cluster, database, store })
    }

    /// Starts an operator; it need not have come to anything yet.
    pub(crate) fn operator(&self, name: &str) -> anyhow::Result<Operator> {
        let port = ports::free()?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_operator"));
        command
            .args([
                "run",
                "--allow-process-runtime",
                "--lease-duration",
                "3s",
                "--public-url",
                "https://mcp.example.com",
            ])
            .env("KUBECONFIG", self.cluster.kubeconfig(Identity::Operator))
            .env("DATABASE_URL", &self.database)
            .env("SAGEMCP_DATABASE_ROLE", "sagemcp_operator")
            .env("SECRET_KEY", "correct horse battery staple")
            .env("POD_NAMESPACE", SYSTEM)
            .env("POD_NAME", name)
            .env("SAGEMCP_HEALTH_LISTEN", format!("127.0.0.1:{port}"))
            .env("SAGEMCP_LOG", "info");
        let process = Process::start(name, &mut command, self.cluster.folder())?;
        Ok(Operator { process, port })
    }

    /// Applies manifests as an identity.
    pub(crate) async fn apply(&self, who: Identity, namespace: &str, manifests: &str) -> anyhow::Result<()> {
        // What begins with a brace would be taken for JSON.
        self.cluster.apply(who, namespace, &format!("---\n{manifests}")).await.map(drop)
    }

    /// A namespace in which a team may do everything with our objects and Secrets.
    pub(crate) async fn namespace_of(&self, team: Identity) -> anyhow::Result<String> {
        let name = self.cluster.namespace().await?;
        let role = serde_json::json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": { "name": "team" },
            "rules": [
                { "apiGroups": ["sagemcp.io"], "resources": ["tenants", "connectors", "apikeys"], "verbs": ["*"] },
                { "apiGroups": [""], "resources": ["secrets", "events"], "verbs": ["*"] },
            ],
        });
        let binding = serde_json::json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": { "name": "team" },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "team" },
            "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": team.user() }],
        });
        self.apply(Identity::Admin, &name, &format!("{role}\n---\n{binding}")).await?;
        Ok(name)
    }

    /// Waits until `kubectl wait` says that objects have a condition.
    pub(crate) async fn wait(&self, namespace: &str, condition: &str, object: &str) -> anyhow::Result<()> {
        let args = ["wait", "--namespace", namespace, "--timeout=90s", condition, object];
        // It gives up at once where the object has no status yet.
        eventually(PATIENCE, async || self.cluster.kubectl(Identity::Admin, &args).await.map(drop)).await
    }

    /// Waits until a condition of an object has a reason; returns its message.
    pub(crate) async fn reason(
        &self,
        namespace: &str,
        object: &str,
        condition: &str,
        reason: &str,
    ) -> anyhow::Result<String> {
        let path = format!("jsonpath={{.status.conditions[?(@.type==\"{condition}\")]['reason','message']}}");
        let args = ["get", "--namespace", namespace, object, "--output", &path];
        eventually(PATIENCE, async || {
            let found = self.cluster.kubectl(Identity::Admin, &args).await?;
            let message = found.strip_prefix(&format!("{reason} ")).map(str::to_owned);
            message.with_context(|| format!("{object} says {found}"))
        })
        .await
    }

    /// The installation's rows.
    pub(crate) async fn snapshot(&self) -> anyhow::Result<Snapshot> {
        Ok(self.store.snapshot(&Origin::new(ORIGIN)).await?)
    }

    /// Waits until the rows are as they should be.
    pub(crate) async fn rows(&self, what: impl Fn(&Snapshot) -> bool) -> anyhow::Result<Snapshot> {
        eventually(PATIENCE, async || {
            let found = self.snapshot().await?;
            let counts = (found.tenants.len(), found.connectors.len(), found.keys.len());
            ensure!(what(&found), "the rows are {counts:?} at {}", found.revision);
            Ok(found)
        })
        .await
    }

    /// Says, as a gateway does, that a replica serves everything up to a revision and has listed every server's tools.
    pub(crate) async fn serve(&self, revision: Revision) -> anyhow::Result<()> {
        for connector in self.snapshot().await?.connectors {
            let discovery = Discovery {
                connector_id: connector.connector_id,
                revision: connector.revision,
                outcome: DiscoveryOutcome::Tools { count: 1, unportable: Unportable::default() },
                at_ms: k8s_openapi::jiff::Timestamp::now().as_millisecond(),
            };
            self.store.record_discovery(&discovery).await?;
        }
        let beat = Heartbeat {
            replica: "gateway-0".to_owned(),
            origin: Origin::new(ORIGIN),
            revision,
            ready: true,
            at_ms: k8s_openapi::jiff::Timestamp::now().as_millisecond(),
        };
        Ok(self.store.heartbeat(&beat).await?)
    }
}

/// An operator.
pub(crate) struct Operator {
    pub(crate) process: Process,
    port: u16,
}

impl Operator {
    /// What it answers at a path of its health endpoints: the status and the text.
    pub(crate) async fn ask(&self, path: &str) -> anyhow::Result<(u16, String)> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let mut command = tokio::process::Command::new("curl");
        command.args(["--silent", "--max-time", "5", "--write-out", "\n%{http_code}", &url]);
        let answer = String::from_utf8(testkit::process::run(&mut command).await?)?;
        let (text, status) = answer.rsplit_once('\n').context("curl prints the status")?;
        Ok((status.parse()?, text.to_owned()))
    }

    /// Waits until it reconciles.
    pub(crate) async fn leads(&self) -> anyhow::Result<()> {
        eventually(PATIENCE, async || {
            let (_, metrics) = self.ask("/metrics").await?;
            ensure!(
                metrics.contains("sagemcp_operator_leading 1"),
                "it does not lead:\n{}",
                self.process.log()
            );
            ensure!(self.ask("/readyz").await?.0 == 200, "it is not ready");
            Ok(())
        })
        .await
    }

    /// Waits until it stands by.
    pub(crate) async fn stands_by(&self) -> anyhow::Result<()> {
        eventually(PATIENCE, async || {
            ensure!(self.process.log().contains("standing by"), "{}", self.process.log());
            ensure!(self.ask("/readyz").await?.0 == 200, "it is not ready");
            Ok(())
        })
        .await
    }
}

/// A namespace, tenant, connector and key as a team applies them.
pub(crate) fn manifests(tenant: &str) -> String {
    format!(
        "{{apiVersion: sagemcp.io/v1alpha1, kind: Tenant, metadata: {{name: {tenant}}}, spec: {{}}}}\n---\n\
         {{apiVersion: sagemcp.io/v1alpha1, kind: Connector, metadata: {{name: far}}, spec: {{tenantRef: {{name: {tenant}}}, \
         remote: {{url: 'https://x.example/mcp'}}}}}}\n---\n\
         {{apiVersion: sagemcp.io/v1alpha1, kind: ApiKey, metadata: {{name: agent}}, spec: {{tenantRef: {{name: {tenant}}}, \
         scope: tenant_user}}}}\n"
    )
}

/// Nothing that the operator wrote to its log may be a key.
pub(crate) fn shows_no_key(folder: &Path, name: &str) {
    let log = std::fs::read_to_string(folder.join(format!("{name}.log"))).unwrap_or_default();
    for scope in ["smcp_pa_", "smcp_ta_", "smcp_tu_"] {
        assert!(!log.contains(scope), "{log}");
    }
}
