//! Two operators: one works, the other takes over, and never both.

use anyhow::ensure;
use testkit::{Identity, Postgres, process::Signal};

use crate::site::{PATIENCE, Site, manifests, shows_no_key};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_takes_over_from_a_leader_that_died_or_froze() -> anyhow::Result<()> {
    let site = Site::start(Postgres::shared().await?).await?;
    let mut first = site.operator("first")?;
    first.leads().await?;
    let second = site.operator("second")?;
    second.stands_by().await?;
    let ours = site.namespace_of(Identity::TeamA).await?;
    site.apply(Identity::TeamA, &ours, &manifests("acme")).await?;
    site.rows(|rows| rows.keys.len() == 1).await?;

    first.process.kill()?;
    second.leads().await?;
    suspend(&site, &ours, true).await?;

    // A leader that froze wakes up to find that it leads no longer, and must not undo what the new one wrote.
    let third = site.operator("third")?;
    third.stands_by().await?;
    second.process.signal(Signal::STOP)?;
    third.leads().await?;
    suspend(&site, &ours, false).await?;
    second.process.signal(Signal::CONT)?;
    let mut second = second;
    let status = second.process.wait(PATIENCE).await?;
    ensure!(!status.success(), "it ended as if nothing were wrong");
    let log = second.process.log();
    ensure!(log.contains("lost the lease") || log.contains("deposed"), "{log}");
    let rows = site.snapshot().await?;
    ensure!(!rows.tenants[0].config.suspended && rows.keys.len() == 1);

    // In good order the lease is given back, so that nobody waits for it to run out.
    let mut third = third;
    ensure!(third.process.terminate(PATIENCE).await?.success(), "{}", third.process.log());
    let holder = ["get", "-n", "sagemcp", "lease/sagemcp-operator", "-o", "jsonpath={.spec.holderIdentity}"];
    ensure!(site.cluster.kubectl(Identity::Admin, &holder).await?.is_empty(), "the lease is still held");
    for name in ["first", "second", "third"] {
        shows_no_key(site.cluster.folder(), name);
    }
    Ok(())
}

async fn suspend(site: &Site, namespace: &str, suspended: bool) -> anyhow::Result<()> {
    let patch = format!("{{\"spec\":{{\"suspended\":{suspended}}}}}");
    let args = ["patch", "-n", namespace, "tenant/acme", "--type=merge", "-p", &patch];
    site.cluster.kubectl(Identity::TeamA, &args).await?;
    site.rows(|rows| rows.tenants.iter().any(|tenant| tenant.config.suspended == suspended)).await?;
    Ok(())
}
