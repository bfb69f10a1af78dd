//! The operator is killed in the middle of a batch of changes.

use anyhow::ensure;
use e2e::installation;
use serde_json::{Value, json};
use testkit::eventually;

use crate::{
    callers::Callers,
    client::{Client, Era},
    site::{PATIENCE, apply, object, site},
};

/// Connectors and keys of the batch, as many of each.
const MANY: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_killed_in_the_middle_of_a_batch_loses_nothing() -> anyhow::Result<()> {
    let mut site = site().await?;
    let team = site.team().await?;
    let ours = &team.namespace;
    let clients = site.clients(&team, "tools")?;
    let mut callers = vec![Callers::start(&clients[0]).await?, Callers::start(&clients[1]).await?];

    let mut batch: Vec<Value> = Vec::new();
    for number in 0..MANY {
        let tenant = json!({ "name": ours });
        let key = json!({ "tenantRef": tenant, "scope": "tenant_user", "connectors": ["tools"] });
        batch.push(object("ApiKey", &format!("key-{number}"), key));
        let connector = json!({ "tenantRef": tenant, "native": { "type": "github" } });
        batch.push(object("Connector", &format!("github-{number}"), connector));
    }
    let cluster = site.cluster;
    let killed = async {
        eventually(PATIENCE, async || {
            let key = installation::get(cluster, ours, "apikey/key-1").await?;
            ensure!(key["status"]["secretName"].is_string(), "the batch has not begun");
            Ok(())
        })
        .await?;
        site.installation.operators[0].process.kill()
    };
    let (applied, killed) = tokio::join!(apply(cluster, ours, &batch), killed);
    applied.and(killed)?;
    // Changes that nobody is there to see.
    let lost = installation::minted_key(site.cluster, ours, "key-1").await?;
    site.kubectl(ours, &["delete", "apikey/key-1", "connector/github-1"]).await?;
    site.change(ours, "connector/github-2", json!({ "enabled": false })).await?;
    for callers in &mut callers {
        callers.succeed().await?;
    }

    site.installation.restart_operator(0).await?;
    let objects = site.ready(ours).await?;
    ensure!(objects.len() == 3 + 2 * MANY - 2, "there are {} objects", objects.len());
    for number in (0..MANY).filter(|number| *number != 1) {
        let key = installation::minted_key(site.cluster, ours, &format!("key-{number}")).await?;
        for client in &clients {
            let status = with(client, &key, "tools").status(Era::Modern).await?;
            ensure!(status == 200, "key-{number} is answered {status} at {}", client.url);
        }
    }
    for client in &clients {
        for (key, connector, expected) in [
            (&lost, "tools", 401),
            (&team.key, "github-0", 200),
            (&team.key, "github-1", 404),
            (&team.key, "github-2", 404),
        ] {
            eventually(PATIENCE, async || {
                let status = with(client, key, connector).status(Era::Modern).await?;
                ensure!(status == expected, "{connector} answers {status} and not {expected}");
                Ok(())
            })
            .await?;
        }
    }
    for callers in callers {
        callers.end(true).await?;
    }
    Ok(())
}

/// The same client with another key and connector.
fn with(client: &Client, key: &str, connector: &str) -> Client {
    let url = client.url.replace("/connectors/tools/", &format!("/connectors/{connector}/"));
    Client { url, key: key.to_owned(), ..client.clone() }
}
