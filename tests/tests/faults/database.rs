//! The database goes away and comes back.

use anyhow::ensure;
use e2e::installation;
use serde_json::json;
use testkit::eventually;

use crate::{
    callers::Callers,
    client::Era,
    site::{PATIENCE, metric, object, site},
};

const AGE: &str = "sagemcp_gateway_snapshot_age_seconds";
/// How long it is gone, in seconds.
const GONE: u64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_database_everything_is_served_on_and_changes_follow_later() -> anyhow::Result<()> {
    let mut site = site().await?;
    let team = site.team().await?;
    let ours = &team.namespace;
    let spec = json!({ "tenantRef": { "name": ours }, "scope": "tenant_user" });
    site.apply(ours, &[object("ApiKey", "brief", spec)]).await?;
    site.ready(ours).await?;
    let brief = installation::minted_key(site.cluster, ours, "brief").await?;
    let clients = site.clients(&team, "tools")?;
    let mut callers = vec![Callers::start(&clients[0]).await?, Callers::start(&clients[1]).await?];

    site.postgres.kill().await?;
    // Meanwhile a connector changes and a key goes.
    site.change(ours, "connector/tools", json!({ "tools": { "deny": ["crash"] } })).await?;
    site.kubectl(ours, &["delete", "apikey", "brief"]).await?;
    for gateway in &site.installation.gateways {
        eventually(PATIENCE, async || {
            let age = metric(gateway, AGE).await?;
            ensure!(age >= GONE, "the configuration is said to be {age} s old");
            Ok(())
        })
        .await?;
        // It serves, and says so.
        reqwest::get(format!("{}/readyz", gateway.health_url)).await?.error_for_status()?;
    }
    for callers in &mut callers {
        callers.succeed().await?;
    }
    ensure!(site.installation.operators[0].process.runs(), "{}", site.installation.logs());
    let tools = installation::get(site.cluster, ours, "connector/tools").await?;
    let programmed = tools["status"]["conditions"].as_array().into_iter().flatten();
    let mut programmed = programmed.filter(|condition| condition["type"] == "Programmed");
    let programmed = programmed.next().map(|condition| condition["reason"].to_string());
    ensure!(programmed.as_deref() == Some("\"StoreUnavailable\""), "{tools}");

    site.postgres.start().await?;
    site.ready(ours).await?;
    for (gateway, client) in site.installation.gateways.iter().zip(&clients) {
        let answer = client.call(Era::Modern, None, "crash", json!({})).await?;
        ensure!(
            answer.body["error"]["message"].as_str().is_some_and(|text| text.contains("crash")),
            "{answer:?}"
        );
        let mut gone = client.clone();
        gone.key.clone_from(&brief);
        eventually(PATIENCE, async || {
            let (status, age) = (gone.status(Era::Modern).await?, metric(gateway, AGE).await?);
            ensure!(status == 401 && age < GONE, "{status} at an age of {age} s");
            Ok(())
        })
        .await?;
    }
    for callers in callers {
        callers.end(true).await?;
    }
    Ok(())
}
