//! Servers that go away, and a CRD deleted by mistake.

use anyhow::ensure;
use testkit::{Identity, Postgres, eventually};

use crate::site::{Operator, PATIENCE, Site, manifests};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_outlives_its_servers() -> anyhow::Result<()> {
    let postgres = Postgres::launch().await?;
    let site = Site::start(&postgres).await?;
    let mut operator = site.operator("operator-0")?;
    operator.leads().await?;
    let ours = site.namespace_of(Identity::TeamA).await?;
    site.apply(Identity::TeamA, &ours, &manifests("acme")).await?;
    site.wait(&ours, "--for=condition=Programmed", "connector/far").await?;

    postgres.kill().await?;
    let patch =
        ["patch", "-n", &ours, "tenant/acme", "--type=merge", "-p", "{\"spec\":{\"displayName\":\"Later\"}}"];
    site.cluster.kubectl(Identity::TeamA, &patch).await?;
    site.reason(&ours, "tenant/acme", "Programmed", "StoreUnavailable").await?;
    let shown =
        site.cluster.kubectl(Identity::TeamA, &["get", "-n", &ours, "connector/far", "-o", "yaml"]).await?;
    ensure!(!shown.contains("StoreUnavailable"), "what is in order stays so: {shown}");
    postgres.start().await?;
    site.rows(|rows| rows.tenants.iter().any(|tenant| tenant.config.display_name == "Later")).await?;
    site.wait(&ours, "--for=condition=Programmed", "tenant/acme").await?;

    // The Lease is good for longer than the server is away, or the operator would end, which is right too.
    site.cluster.stop_api().await?;
    site.cluster.start_api().await?;
    if !operator.process.runs() {
        ensure!(operator.process.log().contains("lost the lease"), "{}", operator.process.log());
        operator = site.operator("operator-1")?;
        operator.leads().await?;
    }
    let patch =
        ["patch", "-n", &ours, "tenant/acme", "--type=merge", "-p", "{\"spec\":{\"displayName\":\"Last\"}}"];
    site.cluster.kubectl(Identity::TeamA, &patch).await?;
    site.rows(|rows| rows.tenants.iter().any(|tenant| tenant.config.display_name == "Last")).await?;
    drop(operator);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crd_deleted_by_mistake_takes_nothing_out_of_service() -> anyhow::Result<()> {
    let site = Site::start(Postgres::shared().await?).await?;
    let operator = site.operator("operator-0")?;
    operator.leads().await?;
    let ours = site.namespace_of(Identity::TeamA).await?;
    site.apply(Identity::TeamA, &ours, &manifests("acme")).await?;
    let many: Vec<String> = (0..12).map(connector).collect();
    site.apply(Identity::TeamA, &ours, &many.join("\n---\n")).await?;
    site.rows(|rows| rows.connectors.len() == 13 && rows.keys.len() == 1).await?;

    let crds = ["delete", "crd", "connectors.sagemcp.io", "tenants.sagemcp.io", "--timeout=60s"];
    site.cluster.kubectl(Identity::Admin, &crds).await?;
    let rows = site.snapshot().await?;
    ensure!((rows.tenants.len(), rows.connectors.len()) == (1, 13), "rows went with the CRD");

    // The CRDs are back, their objects are not.
    for kind in ["tenants", "connectors"] {
        let file =
            testkit::programs::repository().join(format!("crds/yaml/{kind}.yaml")).display().to_string();
        site.cluster.kubectl(Identity::Admin, &["create", "--filename", &file]).await?;
    }
    eventually(PATIENCE, async || {
        let (_, metrics) = operator.ask("/metrics").await?;
        for kind in ["Connector", "Tenant"] {
            let stopped = format!("sagemcp_operator_sweeps_stopped_total{{kind=\"{kind}\"}}");
            ensure!(metrics.contains(&stopped), "{}", operator.process.log());
        }
        Ok(())
    })
    .await?;
    ensure!(site.snapshot().await?.connectors.len() == 13);
    let events = site.cluster.kubectl(Identity::Admin, &["get", "events", "-A"]).await?;
    ensure!(events.contains("SweepStopped"), "{events}");

    // The objects are back too, and everything is as before.
    site.apply(Identity::TeamA, &ours, &manifests("acme")).await?;
    site.apply(Identity::TeamA, &ours, &many.join("\n---\n")).await?;
    site.wait(&ours, "--for=condition=Programmed", "connector/c11").await?;
    let after = site.snapshot().await?;
    ensure!(after.tenants[0].tenant_id == rows.tenants[0].tenant_id);
    ensure!(after.connectors.len() == 13);
    an_unreadable_object_hides_no_other(&site, &operator, &ours).await
}

/// An object that another version's schema let in and that this version cannot read.
async fn an_unreadable_object_hides_no_other(
    site: &Site,
    operator: &Operator,
    ours: &str,
) -> anyhow::Result<()> {
    let anything = "{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":true}";
    let patch = format!(
        "[{{\"op\":\"replace\",\"path\":\"/spec/versions/0/schema/openAPIV3Schema\",\"value\":{anything}}}]"
    );
    let loosen = ["patch", "crd", "connectors.sagemcp.io", "--type=json", "-p", &patch];
    site.cluster.kubectl(Identity::Admin, &loosen).await?;
    let unreadable = "{apiVersion: sagemcp.io/v1alpha1, kind: Connector, metadata: {name: strange}, \
                      spec: {tenantRef: {name: acme}, enabled: planted-value}}";
    // The API takes a moment to forget the old schema.
    eventually(PATIENCE, async || site.apply(Identity::TeamA, ours, unreadable).await).await?;
    site.apply(Identity::TeamA, ours, &connector(99)).await?;
    site.wait(ours, "--for=condition=Programmed", "connector/c99").await?;
    let (_, metrics) = operator.ask("/metrics").await?;
    ensure!(metrics.contains("sagemcp_operator_invalid_objects_total{kind=\"Connector\"}"), "{metrics}");
    ensure!(!operator.process.log().contains("planted-value"), "{}", operator.process.log());
    Ok(())
}

fn connector(n: u32) -> String {
    format!(
        "{{apiVersion: sagemcp.io/v1alpha1, kind: Connector, metadata: {{name: c{n}}}, spec: {{tenantRef: {{name: acme}}, \
         remote: {{url: 'https://x.example/mcp'}}}}}}"
    )
}
