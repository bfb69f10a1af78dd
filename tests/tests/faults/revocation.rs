//! What is taken away stops at every replica.

use std::time::Duration;

use anyhow::ensure;
use serde_json::{Value, json};
use testkit::eventually;

use crate::{
    client::{Client, Era},
    site::site,
};

/// Longest wait for a replica to follow. It takes a small part of a second, which the benchmark measures; here it may share
/// its processors with everything else.
const AT_ONCE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_away_stops_at_every_replica_and_what_is_given_back_works() -> anyhow::Result<()> {
    let site = site().await?;
    let team = site.team().await?;
    let ours = &team.namespace;
    let clients = site.clients(&team, "tools")?;
    answered(&clients, 200).await?;

    let tenant = format!("tenant/{ours}");
    let taken: [(&str, Value, u16, Value); 2] = [
        ("connector/tools", json!({ "enabled": false }), 404, json!({ "enabled": true })),
        (&tenant, json!({ "suspended": true }), 403, json!({ "suspended": false })),
    ];
    for (what, take, status, give_back) in taken {
        site.change(ours, what, take).await?;
        answered(&clients, status).await?;
        site.change(ours, what, give_back).await?;
        answered(&clients, 200).await?;
    }
    site.kubectl(ours, &["delete", "apikey/key", "--wait=false"]).await?;
    answered(&clients, 401).await
}

/// Waits until every replica answers both eras with a status.
async fn answered(clients: &[Client], expected: u16) -> anyhow::Result<()> {
    for client in clients {
        eventually(AT_ONCE, async || {
            for era in [Era::Legacy, Era::Modern] {
                let status = client.status(era).await?;
                ensure!(status == expected, "{} answers {era:?} with {status}, not {expected}", client.url);
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}
