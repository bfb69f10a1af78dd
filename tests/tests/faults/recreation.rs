//! A tenant is deleted with all that belongs to it, and made again.

use std::collections::BTreeMap;

use anyhow::ensure;
use e2e::installation;
use serde_json::{Value, json};
use testkit::eventually;

use crate::{
    client::Era,
    site::{PATIENCE, Team, site, team},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_made_again_is_the_same_with_other_keys() -> anyhow::Result<()> {
    let site = site().await?;
    let before = site.team().await?;
    let ours = &before.namespace;
    let ids = ids(&site.ready(ours).await?);

    // All at once and made again at once, as a tool does that replaces what it deployed.
    let everything = ["delete", "tenants,connectors,apikeys", "--all", "--wait=true"];
    site.kubectl(ours, &everything).await?;
    site.apply(ours, &team(ours)).await?;
    let objects = site.ready(ours).await?;
    ensure!(self::ids(&objects) == ids, "{ids:?} became {:?}", self::ids(&objects));

    // The Secret of the deleted ApiKey goes in its time; the new one's key is never the old one's.
    let key = eventually(PATIENCE, async || {
        site.ready(ours).await?;
        let key = installation::minted_key(site.cluster, ours, "key").await?;
        ensure!(key != before.key, "the old key is still in the Secret");
        Ok(key)
    })
    .await?;
    let after = Team { namespace: ours.clone(), key };
    for (team, expected) in [(&before, 401), (&after, 200)] {
        for client in site.clients(team, "tools")? {
            eventually(PATIENCE, async || {
                let status = client.status(Era::Modern).await?;
                ensure!(status == expected, "{} answers {status}, not {expected}", client.url);
                Ok(())
            })
            .await?;
        }
    }
    for client in site.clients(&after, "tools")? {
        let answer = client.call(Era::Modern, None, "echo", json!({ "message": "again" })).await?;
        ensure!(answer.text() == "Echo: again", "{answer:?}");
    }
    Ok(())
}

/// The store's identifiers, which logs, sealed values and sessions are bound to.
fn ids(objects: &[Value]) -> BTreeMap<String, Value> {
    let id = |object: &Value| match object["kind"].as_str() {
        Some("Tenant") => Some(object["status"]["tenantId"].clone()),
        Some("Connector") => Some(object["status"]["connectorId"].clone()),
        _ => None,
    };
    objects.iter().filter_map(|object| Some((object["kind"].to_string(), id(object)?))).collect()
}
