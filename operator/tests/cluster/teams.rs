//! What teams do, with their own rights: one site for all of it.

use anyhow::{Context as _, ensure};
use testkit::{Identity, Postgres, eventually, process::Failed};

use crate::site::{PATIENCE, SYSTEM, Site, manifests, shows_no_key};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn teams_get_what_is_theirs_and_nothing_else() -> anyhow::Result<()> {
    let site = Site::start(Postgres::shared().await?).await?;
    let mut operator = site.operator("operator-0")?;
    operator.leads().await?;
    let ours = site.namespace_of(Identity::TeamA).await?;
    let theirs = site.namespace_of(Identity::TeamB).await?;

    from_manifest_to_ready(&site, &ours).await?;
    a_slug_is_taken_across_namespaces(&site, &ours, &theirs).await?;
    the_platform_cannot_be_taken_over(&site, &ours).await?;
    the_printed_label_command_works(&site, &ours).await?;
    a_minted_secret_goes_and_comes(&site, &ours).await?;
    a_namespace_takes_everything_along(&site, &ours).await?;

    let status = operator.process.terminate(PATIENCE).await?;
    ensure!(status.success(), "{status}: {}", operator.process.log());
    shows_no_key(site.cluster.folder(), "operator-0");
    Ok(())
}

async fn from_manifest_to_ready(site: &Site, ours: &str) -> anyhow::Result<()> {
    site.apply(Identity::TeamA, ours, &manifests("acme")).await?;
    for object in ["tenant/acme", "connector/far", "apikey/agent"] {
        site.wait(ours, "--for=condition=Programmed", object).await?;
    }
    let snapshot = site.rows(|rows| rows.keys.len() == 1).await?;
    ensure!(
        site.cluster.kubectl(Identity::TeamA, &["get", "-n", ours, "tenants"]).await?.contains("NoGateway")
    );
    site.serve(snapshot.revision).await?;
    for object in ["tenant/acme", "connector/far", "apikey/agent"] {
        site.wait(ours, "--for=condition=Ready", object).await?;
    }
    let described = site.cluster.kubectl(Identity::TeamA, &["describe", "-n", ours, "apikey/agent"]).await?;
    ensure!(described.contains("sagemcp-operator"), "its Events are shown: {described}");
    let shown = site
        .cluster
        .kubectl(Identity::TeamA, &["get", "-n", ours, "secret/agent", "-o", "jsonpath={.data}"])
        .await?;
    for entry in ["apiKey", "keyId", "endpoint"] {
        ensure!(shown.contains(entry), "{entry} is missing");
    }
    Ok(())
}

async fn a_slug_is_taken_across_namespaces(site: &Site, ours: &str, theirs: &str) -> anyhow::Result<()> {
    site.apply(Identity::TeamB, theirs, &manifests("acme")).await?;
    let message = site.reason(theirs, "tenant/acme", "Accepted", "SlugTaken").await?;
    ensure!(message.contains("taken by another Tenant") && !message.contains(ours), "{message}");
    site.reason(theirs, "connector/far", "ReferencesResolved", "TenantNotReady").await?;
    site.cluster
        .kubectl(Identity::TeamB, &["delete", "-n", theirs, "tenant/acme", "connector/far", "apikey/agent"])
        .await?;
    Ok(())
}

async fn the_platform_cannot_be_taken_over(site: &Site, ours: &str) -> anyhow::Result<()> {
    let key = "{apiVersion: sagemcp.io/v1alpha1, kind: ApiKey, metadata: {name: root}, spec: {scope: platform_admin}}";
    let refused = site.apply(Identity::TeamA, SYSTEM, key).await.unwrap_err();
    ensure!(
        refused.downcast_ref::<Failed>().is_some_and(|it| it.stderr.contains("forbidden")),
        "{refused:#}"
    );
    site.apply(Identity::TeamA, ours, key).await?;
    site.reason(ours, "apikey/root", "Accepted", "ForbiddenNamespace").await?;
    let secrets =
        site.cluster.kubectl(Identity::Admin, &["get", "-n", ours, "secrets", "-o", "name"]).await?;
    ensure!(!secrets.contains("root"), "{secrets}");
    site.apply(Identity::Admin, SYSTEM, key).await?;
    site.rows(|rows| rows.keys.iter().any(|key| key.tenant_id.is_none())).await?;
    Ok(())
}

async fn the_printed_label_command_works(site: &Site, ours: &str) -> anyhow::Result<()> {
    let objects = "{apiVersion: v1, kind: Secret, metadata: {name: token}, stringData: {token: planted-value}}\n---\n\
                   {apiVersion: sagemcp.io/v1alpha1, kind: Connector, metadata: {name: github}, spec: {tenantRef: {name: acme}, \
                   native: {type: github}, credentials: {secretRef: {name: token}}}}\n";
    site.apply(Identity::TeamA, ours, objects).await?;
    let message = site.reason(ours, "connector/github", "ReferencesResolved", "SecretNotLabelled").await?;
    let command = message.split_once("kubectl ").context("the message has a command")?.1;
    site.cluster.kubectl(Identity::TeamA, &command.split_whitespace().collect::<Vec<_>>()).await?;
    site.wait(ours, "--for=condition=Programmed", "connector/github").await?;
    let shown = site
        .cluster
        .kubectl(Identity::Admin, &["get", "-n", ours, "connectors,events", "-o", "yaml"])
        .await?;
    ensure!(!shown.contains("planted-value"));
    Ok(())
}

async fn a_minted_secret_goes_and_comes(site: &Site, ours: &str) -> anyhow::Result<()> {
    let of_agent = |rows: &store::model::Snapshot| {
        let key = rows.keys.iter().find(|key| key.key.name == "agent");
        key.map(|key| key.material.key_id.clone())
    };
    let old = of_agent(&site.snapshot().await?).context("the key is there")?;
    site.cluster.kubectl(Identity::TeamA, &["delete", "-n", ours, "secret/agent"]).await?;
    site.rows(|rows| of_agent(rows).is_some_and(|new| new != old)).await?;
    site.cluster.kubectl(Identity::TeamA, &["delete", "-n", ours, "apikey/agent"]).await?;
    site.rows(|rows| of_agent(rows).is_none()).await?;
    eventually(PATIENCE, async || {
        let secrets =
            site.cluster.kubectl(Identity::Admin, &["get", "-n", ours, "secrets", "-o", "name"]).await?;
        ensure!(!secrets.contains("agent"), "the Secret outlives its ApiKey: {secrets}");
        Ok(())
    })
    .await
}

async fn a_namespace_takes_everything_along(site: &Site, ours: &str) -> anyhow::Result<()> {
    site.cluster.kubectl(Identity::Admin, &["delete", "namespace", ours, "--timeout=90s"]).await?;
    site.rows(|rows| rows.tenants.is_empty() && rows.connectors.is_empty()).await?;
    Ok(())
}
