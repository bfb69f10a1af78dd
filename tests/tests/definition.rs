//! The example ConnectorDefinition, applied as a person would and called through the gateway.

use std::{fs, time::Duration};

use anyhow::Context as _;
use e2e::Standalone;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Reply, Vendor, programs};

const PATIENCE: Duration = Duration::from_secs(60);

/// A tenant with a connector of the type that the example defines, at a vendor of our own.
fn manifests(vendor: &Vendor) -> String {
    format!(
        "apiVersion: sagemcp.io/v1alpha1
kind: Tenant
metadata: {{name: acme}}
spec: {{}}
---
apiVersion: sagemcp.io/v1alpha1
kind: ApiKey
metadata: {{name: agent}}
spec: {{tenantRef: {{name: acme}}, scope: tenant_user}}
---
apiVersion: sagemcp.io/v1alpha1
kind: Connector
metadata: {{name: packages}}
spec:
  tenantRef: {{name: acme}}
  native: {{type: crates, baseUrl: \"{}\"}}
",
        vendor.url()
    )
}

#[tokio::test]
async fn an_applied_definition_is_served_and_a_changed_one_too() -> anyhow::Result<()> {
    let vendor = Vendor::start().await?;
    let found = json!({"meta": {"total": 1}, "crates": [
        {"name": "serde", "description": "d", "max_stable_version": "1.0.0", "max_version": "1.0.0", "downloads": 9}]});
    vendor.reply(Method::GET, "/crates", Reply::json(200, &found));

    let folder = testkit::process::folder("definition")?;
    let example = programs::repository().join("examples/connector-definition/crates-io.yaml");
    let definition = folder.path().join("definition.yaml");
    fs::copy(&example, &definition)?;
    fs::write(folder.path().join("acme.yaml"), manifests(&vendor))?;
    let up = Standalone::start(folder.path()).await?;

    let called = up
        .sagemcp(&[
            "mcp",
            "call",
            "acme",
            "packages",
            "crates_search",
            "--arg",
            "q=serde",
            "--output",
            "json",
        ])
        .await?;
    let called: Value = serde_json::from_str(&called)?;
    assert_eq!(called["structuredContent"]["crates"][0]["name"], "serde", "{called}");
    let asked = vendor.asked();
    let query = &asked.first().context("the vendor was asked")?.query;
    assert!(query.contains("q=serde"), "{query}");

    let text = fs::read_to_string(&definition)?;
    fs::write(&definition, text.replace("name: search\n", "name: find\n"))?;
    testkit::eventually(PATIENCE, async || {
        let tools = up.sagemcp(&["mcp", "tools", "acme", "packages", "--output", "json"]).await?;
        anyhow::ensure!(tools.contains("crates_find") && !tools.contains("crates_search"), "{tools}");
        Ok(())
    })
    .await
}
