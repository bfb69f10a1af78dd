//! The installation that these tests break, and the teams that work with it.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use e2e::{
    Installation,
    installation::{self, Server},
};
use serde_json::{Value, json};
use testkit::{Cluster, Identity, Postgres, eventually, programs};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::client::Client;

/// How long to wait for something that must happen, on a machine with much else to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// What a test asks `kubectl` for.
const KINDS: &str = "tenants,connectors,apikeys";

/// A cluster, a database, an operator and two gateways, which log all that they ever would.
pub(crate) struct Site {
    pub(crate) cluster: &'static Cluster,
    pub(crate) postgres: Postgres,
    pub(crate) installation: Installation,
}

/// The one installation, for this test alone until the guard goes.
pub(crate) async fn site() -> anyhow::Result<MutexGuard<'static, Site>> {
    static SITE: OnceCell<Mutex<Site>> = OnceCell::const_new();
    let start = async || {
        let (cluster, postgres) = (Cluster::shared().await?, Postgres::launch().await?);
        let installation = Installation::start_logging(cluster, &postgres, 2, "debug").await?;
        anyhow::Ok(Mutex::new(Site { cluster, postgres, installation }))
    };
    Ok(SITE.get_or_try_init(start).await?.lock().await)
}

/// A tenant with a namespace of its own, a hosted server `tools` and an ApiKey `key`.
pub(crate) struct Team {
    pub(crate) namespace: String,
    pub(crate) key: String,
}

impl Site {
    /// Makes a team and waits until every replica serves it. Its tenant is called like its namespace.
    pub(crate) async fn team(&self) -> anyhow::Result<Team> {
        let namespace = self.cluster.namespace().await?;
        self.apply(&namespace, &team(&namespace)).await?;
        self.ready(&namespace).await?;
        let key = installation::minted_key(self.cluster, &namespace, "key").await?;
        Ok(Team { namespace, key })
    }

    /// A client of a team's connector at each gateway, with the team's key.
    pub(crate) fn clients(&self, team: &Team, connector: &str) -> anyhow::Result<Vec<Client>> {
        let path = format!("/api/v1/{}/connectors/{connector}/mcp", team.namespace);
        let gateways = self.installation.gateways.iter();
        gateways.map(|gateway| Client::new(format!("{}{path}", gateway.url), &team.key)).collect()
    }

    /// Applies objects.
    pub(crate) async fn apply(&self, namespace: &str, objects: &[Value]) -> anyhow::Result<()> {
        apply(self.cluster, namespace, objects).await
    }

    /// Runs `kubectl` in a namespace.
    pub(crate) async fn kubectl(&self, namespace: &str, args: &[&str]) -> anyhow::Result<String> {
        self.cluster.kubectl(Identity::Admin, &[args, &["--namespace", namespace]].concat()).await
    }

    /// Changes an object's spec.
    pub(crate) async fn change(&self, namespace: &str, what: &str, spec: Value) -> anyhow::Result<()> {
        let patch = json!({ "spec": spec }).to_string();
        self.kubectl(namespace, &["patch", what, "--type=merge", "--patch", &patch]).await.map(drop)
    }

    /// Waits until all objects of a namespace, as they now are, are Ready: every replica serves them.
    pub(crate) async fn ready(&self, namespace: &str) -> anyhow::Result<Vec<Value>> {
        eventually(PATIENCE, async || {
            let list = installation::get(self.cluster, namespace, KINDS).await?;
            let objects = list["items"].as_array().cloned().unwrap_or_default();
            ensure!(!objects.is_empty(), "{namespace} has no objects");
            for object in &objects {
                let name = (&object["kind"], &object["metadata"]["name"]);
                ensure!(is_ready(object), "{name:?} is not Ready: {}", object["status"]["conditions"]);
            }
            Ok(objects)
        })
        .await
    }
}

/// Applies objects.
pub(crate) async fn apply(cluster: &Cluster, namespace: &str, objects: &[Value]) -> anyhow::Result<()> {
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
    cluster.apply(Identity::Admin, namespace, &list.to_string()).await.map(drop)
}

/// The objects of a team.
pub(crate) fn team(tenant: &str) -> Vec<Value> {
    // More than a test can ask for.
    let limit = json!({ "requestsPerMinute": 100_000 });
    vec![
        object("Tenant", tenant, json!({ "rateLimit": limit })),
        careless("tools", tenant, json!({})),
        object("ApiKey", "key", json!({ "tenantRef": { "name": tenant }, "scope": "tenant_user" })),
    ]
}

/// A connector that hosts the server which is careless with secrets.
pub(crate) fn careless(name: &str, tenant: &str, more: Value) -> Value {
    let script = programs::repository().join("tests/servers/careless.py");
    let mut spec =
        json!({ "tenantRef": { "name": tenant }, "hosted": { "command": "python3", "args": [script] } });
    merge(&mut spec, more);
    object("Connector", name, spec)
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (name, value) in more {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}

/// An object of ours.
pub(crate) fn object(kind: &str, name: &str, spec: Value) -> Value {
    let mut object =
        json!({ "apiVersion": "sagemcp.io/v1alpha1", "kind": kind, "metadata": { "name": name } });
    object["spec"] = spec;
    object
}

fn is_ready(object: &Value) -> bool {
    object["status"]["conditions"].as_array().into_iter().flatten().any(|condition| {
        condition["type"] == "Ready"
            && condition["status"] == "True"
            && condition["observedGeneration"] == object["metadata"]["generation"]
    })
}

/// The value of a metric without labels.
pub(crate) async fn metric(server: &Server, name: &str) -> anyhow::Result<u64> {
    let text = metrics(server).await?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.and_then(|value| value.parse().ok()).with_context(|| format!("no {name} in {text}"))
}

/// All metrics.
pub(crate) async fn metrics(server: &Server) -> anyhow::Result<String> {
    Ok(reqwest::get(format!("{}/metrics", server.health_url)).await?.error_for_status()?.text().await?)
}
