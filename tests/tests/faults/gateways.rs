//! A gateway is killed under load.

use anyhow::ensure;
use serde_json::json;

use crate::{
    callers::Callers,
    client::Era,
    site::{Team, site},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_gateway_is_replaced_by_the_other_and_gives_no_wrong_answer() -> anyhow::Result<()> {
    let mut site = site().await?;
    let team = site.team().await?;
    let clients = site.clients(&team, "tools")?;
    let session = clients[0].open().await?;
    let mut here = Callers::start(&clients[0]).await?;
    let mut there = Callers::start(&clients[1]).await?;

    site.installation.gateways[0].process.kill()?;
    here.lose_it().await?;
    there.succeed().await?;
    // The id is sealed, not kept: any replica can go on with a session.
    let arguments = json!({ "message": "still here" });
    let answer = clients[1].call(Era::Legacy, Some(&session), "echo", arguments.clone()).await?;
    ensure!(answer.text() == "Echo: still here", "{answer:?}");
    // And only its owner, there as well.
    let other = site.team().await?;
    let thief = site.clients(&Team { namespace: team.namespace.clone(), key: other.key }, "tools")?.remove(1);
    let answer = thief.call(Era::Legacy, Some(&session), "echo", arguments.clone()).await?;
    ensure!(answer.status == 403, "{answer:?}");

    let left = working_directories(site.installation.folder())?;
    site.installation.restart_gateway(0).await?;
    here.succeed().await?;
    there.succeed().await?;
    let answer = clients[0].call(Era::Legacy, Some(&session), "echo", arguments).await?;
    ensure!(answer.text() == "Echo: still here", "{answer:?}");
    here.end(false).await?;
    there.end(true).await?;

    // What the killed gateway's hosted server worked in went, what the other's works in stayed.
    let now = working_directories(site.installation.folder())?;
    let kept = left.iter().filter(|name| now.contains(name)).count();
    ensure!(kept > 0 && kept < left.len(), "of {left:?} there is still {now:?}");
    Ok(())
}

fn working_directories(folder: &std::path::Path) -> anyhow::Result<Vec<std::ffi::OsString>> {
    let names = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name()));
    let names = names.collect::<anyhow::Result<Vec<_>>>()?;
    Ok(names.into_iter().filter(|name| name.to_string_lossy().starts_with("sagemcp-server-")).collect())
}
