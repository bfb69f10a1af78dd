//! The whole platform on a real Kubernetes API and Postgres: what `kubectl apply` brings in, published clients call at
//! every replica, and what must not be is refused with the remedy.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use e2e::{Installation, installation};
use serde_json::json;
use testkit::{
    Cluster, Identity, Postgres,
    clients::{self, Call, Endpoint, Mode},
    eventually,
    process::Failed,
};
use tokio::sync::OnceCell;

const PATIENCE: Duration = Duration::from_secs(60);
/// The group, version and start of a manifest.
const HEAD: &str = "apiVersion: sagemcp.io/v1alpha1\nkind:";

/// The one installation of this file's tests, with two gateways.
async fn installed() -> anyhow::Result<(&'static Cluster, &'static Installation)> {
    static INSTALLATION: OnceCell<Installation> = OnceCell::const_new();
    let cluster = Cluster::shared().await?;
    let installation = INSTALLATION
        .get_or_try_init(async || Installation::start(cluster, Postgres::shared().await?, 2).await)
        .await?;
    Ok((cluster, installation))
}

/// Waits until a condition has a status and returns its message.
async fn condition(
    cluster: &Cluster,
    namespace: &str,
    what: &str,
    condition: &str,
) -> anyhow::Result<String> {
    let wait = format!("--for=condition={condition}");
    cluster
        .kubectl(Identity::Admin, &["wait", &wait, "--timeout=60s", what, "--namespace", namespace])
        .await?;
    let object = installation::get(cluster, namespace, what).await?;
    let (type_, _) = condition.split_once('=').unwrap_or((condition, ""));
    let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let found = conditions.iter().find(|found| found["type"] == type_);
    Ok(found.and_then(|found| found["message"].as_str()).unwrap_or_default().to_owned())
}

/// Makes a team of a namespace: it may work with our objects and with Secrets there, and nowhere else.
async fn settle(cluster: &Cluster, namespace: &str, team: Identity) -> anyhow::Result<()> {
    let scope = format!("--namespace={namespace}");
    let resources = "--resource=tenants.sagemcp.io,connectors.sagemcp.io,apikeys.sagemcp.io,secrets";
    cluster.kubectl(Identity::Admin, &["create", "role", "team", "--verb=*", resources, &scope]).await?;
    let user = format!("--user={}", team.user());
    cluster
        .kubectl(Identity::Admin, &["create", "rolebinding", "team", "--role=team", &user, &scope])
        .await?;
    Ok(())
}

#[tokio::test]
async fn what_kubectl_applies_published_clients_call_at_every_replica() -> anyhow::Result<()> {
    let (cluster, installation) = installed().await?;
    let namespace = cluster.namespace().await?;
    installation::apply_and_wait(cluster, &namespace, &e2e::quickstart()).await?;

    let (url, key) = installation::hosted_endpoint(cluster, &namespace).await?;
    let arguments = json!({ "message": "hello" });
    let call = Call { tool: "echo", arguments: &arguments };
    for gateway in &installation.gateways {
        let url = gateway.at(&url)?;
        let endpoint = Endpoint { url: &url, key: &key };
        for mode in Mode::ALL {
            let seen = clients::python(endpoint, mode, call).await?;
            assert_eq!(seen["result"]["content"][0]["text"], "Echo: hello", "{mode:?} at {url}: {seen}");
        }
        let seen = clients::typescript(endpoint, Mode::Auto, call).await?;
        assert_eq!(seen["result"]["content"][0]["text"], "Echo: hello", "{url}: {seen}");
    }

    // The key is in one Secret and nowhere else.
    assert!(!installation.logs().contains(&key), "the minted key is in a log");
    let objects = ["get", "tenants,connectors,apikeys,events", "--all-namespaces", "--output=yaml"];
    assert!(
        !cluster.kubectl(Identity::Admin, &objects).await?.contains(&key),
        "the minted key is in an object"
    );
    Ok(())
}

#[tokio::test]
async fn a_team_cannot_make_a_key_to_the_whole_platform() -> anyhow::Result<()> {
    let (cluster, _) = installed().await?;
    let namespace = cluster.namespace().await?;
    settle(cluster, &namespace, Identity::TeamA).await?;
    let manifest = format!("{HEAD} ApiKey\nmetadata: {{name: root}}\nspec: {{scope: platform_admin}}\n");
    cluster.apply(Identity::TeamA, &namespace, &manifest).await?;
    let message = condition(cluster, &namespace, "apikey/root", "Accepted=False").await?;
    assert!(message.contains(installation::NAMESPACE), "{message}");
    let secret =
        cluster.kubectl(Identity::TeamA, &["get", "secret", "root", "--namespace", &namespace]).await;
    let refusal = secret.unwrap_err().downcast::<Failed>()?;
    assert!(refusal.stderr.contains("NotFound"), "{refusal}");
    // And it cannot go where such keys are made.
    let elsewhere = cluster.apply(Identity::TeamA, installation::NAMESPACE, &manifest).await;
    assert!(elsewhere.unwrap_err().downcast::<Failed>()?.stderr.contains("Forbidden"));
    Ok(())
}

#[tokio::test]
async fn a_secret_is_read_only_once_it_is_labelled() -> anyhow::Result<()> {
    let (cluster, installation) = installed().await?;
    let namespace = cluster.namespace().await?;
    settle(cluster, &namespace, Identity::TeamA).await?;
    let manifests = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: token}}\nstringData: {{token: planted-credential}}\n---\n\
         {HEAD} Tenant\nmetadata: {{name: labels}}\nspec: {{}}\n---\n\
         {HEAD} Connector\nmetadata: {{name: github}}\n\
         spec: {{tenantRef: {{name: labels}}, native: {{type: github}}, credentials: {{secretRef: {{name: token}}}}}}\n"
    );
    cluster.apply(Identity::TeamA, &namespace, &manifests).await?;
    let message = condition(cluster, &namespace, "connector/github", "ReferencesResolved=False").await?;
    // The condition prints the command that mends it, and the command works as printed.
    let (_, command) = message.split_once(": kubectl ").with_context(|| message.clone())?;
    cluster.kubectl(Identity::TeamA, &command.split_whitespace().collect::<Vec<_>>()).await?;
    condition(cluster, &namespace, "connector/github", "Ready").await?;
    assert!(!installation.logs().contains("planted-credential"), "a credential is in a log");
    Ok(())
}

#[tokio::test]
async fn a_slug_belongs_to_who_came_first() -> anyhow::Result<()> {
    let (cluster, _) = installed().await?;
    let (first, second) = (cluster.namespace().await?, cluster.namespace().await?);
    let manifest = format!("{HEAD} Tenant\nmetadata: {{name: mine}}\nspec: {{slug: wanted}}\n");
    cluster.apply(Identity::Admin, &first, &manifest).await?;
    condition(cluster, &first, "tenant/mine", "Ready").await?;
    cluster.apply(Identity::Admin, &second, &manifest).await?;
    let message = condition(cluster, &second, "tenant/mine", "Accepted=False").await?;
    assert!(message.contains("\"wanted\" is taken") && message.contains("spec.slug"), "{message}");
    cluster.kubectl(Identity::Admin, &["delete", "tenant", "mine", "--namespace", &first]).await?;
    Ok(())
}

#[tokio::test]
async fn a_deleted_tenant_s_keys_are_refused_at_every_replica() -> anyhow::Result<()> {
    let (cluster, installation) = installed().await?;
    let namespace = cluster.namespace().await?;
    let manifests = format!(
        "{HEAD} Tenant\nmetadata: {{name: brief}}\nspec: {{}}\n---\n\
         {HEAD} ApiKey\nmetadata: {{name: key}}\nspec: {{tenantRef: {{name: brief}}, scope: tenant_user}}\n"
    );
    cluster.apply(Identity::Admin, &namespace, &manifests).await?;
    condition(cluster, &namespace, "apikey/key", "Ready").await?;
    let key = installation::minted_key(cluster, &namespace, "key").await?;
    let http = reqwest::Client::new();
    let status = async |gateway: &installation::Server| {
        let url = format!("{}/api/v1/brief/mcp", gateway.url);
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
        let request =
            http.post(url).bearer_auth(&key).header("accept", "application/json, text/event-stream");
        anyhow::Ok(
            request.header("mcp-protocol-version", "2025-06-18").json(&body).send().await?.status().as_u16(),
        )
    };
    for gateway in &installation.gateways {
        assert_ne!(status(gateway).await?, 401);
    }
    cluster.kubectl(Identity::Admin, &["delete", "tenant", "brief", "--namespace", &namespace]).await?;
    for gateway in &installation.gateways {
        eventually(PATIENCE, async || {
            let status = status(gateway).await?;
            ensure!(status == 401, "{} still answers {status}", gateway.url);
            Ok(())
        })
        .await?;
    }
    Ok(())
}
