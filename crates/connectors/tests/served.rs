//! Every tool of the catalog, called through a running gateway by the official Python client, at vendors that answer as
//! their descriptions say.
//!
//! The documents are those of the catalog with their hosts led to loopback servers, applied as ConnectorDefinitions.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]
#![allow(dead_code, reason = "the contract test uses the rest of these modules")]

#[path = "contract/arguments.rs"]
mod arguments;
#[path = "contract/build.rs"]
mod build;
#[path = "contract/check.rs"]
mod check;
#[path = "contract/credential.rs"]
mod credential;
#[path = "contract/document.rs"]
mod document;
#[path = "contract/fault.rs"]
mod fault;
#[path = "contract/fixture.rs"]
mod fixture;
#[path = "contract/graphql.rs"]
mod graphql;
#[path = "contract/oracle.rs"]
mod oracle;
#[path = "contract/reply.rs"]
mod reply;
#[path = "contract/table.rs"]
mod table;
#[path = "contract/text.rs"]
mod text;
#[path = "contract/vendor.rs"]
mod vendor;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::ensure;
use domain::document::{AuthScheme, ConnectorDocument};
use e2e::Standalone;
use serde_json::{Value, json};
use testkit::programs;

use self::arguments::Arguments;
use self::fixture::Fixture;
use self::vendor::{Oracles, Vendor};

/// A connector before its vendor, and a call of each of its tools.
struct Served {
    service: String,
    document: ConnectorDocument,
    settings: Value,
    calls: Vec<Value>,
    vendor: Vendor,
    fixture: Fixture,
}

impl Served {
    async fn new(service: String, oracles: Vec<oracle::Oracle>) -> anyhow::Result<Self> {
        let original = document::read(&service).map_err(anyhow::Error::msg)?;
        let fixture = Fixture::load(&service).map_err(anyhow::Error::msg)?;
        let oracles = Oracles { own: oracles, reference: Vec::new() };
        let vendor = Vendor::start(&original, Arc::new(oracles), fixture.clone()).await;
        let document = document::led_to(&original, vendor.url(), vendor.elsewhere());
        let compiled = connectors::compile(&document).map_err(|all| anyhow::anyhow!("{service}: {all:?}"))?;
        let calls = compiled.tools().iter().map(|tool| {
            let arguments = Arguments::new(&document, tool, &fixture).required();
            json!({"tool": tool.name, "arguments": arguments, "readOnly": tool.annotations.read_only_hint})
        });
        let (calls, settings): (Vec<_>, _) = (calls.collect(), json!(fixture.settings));
        Ok(Self { service, document, settings, calls, vendor, fixture })
    }

    fn name(&self) -> String {
        self.service.replace('_', "-")
    }

    /// The definition and the Connector that uses it.
    fn objects(&self) -> anyhow::Result<[Value; 2]> {
        let key = if self.document.auth.scheme == AuthScheme::Basic { "pair" } else { "token" };
        let mut native = json!({"type": self.service});
        if self.document.config.is_some() {
            native["config"] = self.settings.clone();
        }
        let definition = object("ConnectorDefinition", &self.service, &serde_json::to_value(&self.document)?);
        let connector = json!({
            "tenantRef": {"name": "acme"},
            "native": native,
            "credentials": {"secretRef": {"name": "vendor", "key": key}},
        });
        Ok([definition, object("Connector", &self.name(), &connector)])
    }
}

fn object(kind: &str, name: &str, spec: &Value) -> Value {
    let name = name.replace('_', "-");
    json!({"apiVersion": "sagemcp.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

fn write(folder: &Path, served: &[Served]) -> anyhow::Result<()> {
    let mut objects = vec![
        object("Tenant", "acme", &json!({"rateLimit": {"requestsPerMinute": 100_000}})),
        object("ApiKey", "agent", &json!({"tenantRef": {"name": "acme"}, "scope": "tenant_user"})),
        object(
            "ApiKey",
            "reader",
            &json!({"tenantRef": {"name": "acme"}, "scope": "tenant_user", "readOnly": true}),
        ),
        json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "vendor", "labels": {"sagemcp.io/use": "credentials"}},
            "stringData": {"token": credential::of(AuthScheme::Bearer), "pair": credential::of(AuthScheme::Basic)},
        }),
    ];
    for one in served {
        objects.extend(one.objects()?);
    }
    for (number, object) in objects.iter().enumerate() {
        fs::write(folder.join(format!("{number}.json")), serde_json::to_vec(object)?)?;
    }
    Ok(())
}

/// Calls everything with one key, and gives what came of it by the tools' names: null where all is well.
async fn call_everything(
    up: &Standalone,
    served: &[Served],
    key: &str,
    read_only: bool,
    folder: &Path,
) -> anyhow::Result<BTreeMap<String, Value>> {
    let connectors = up.list("connectors").await?;
    let plan: Vec<Value> = served
        .iter()
        .map(|one| {
            let object = connectors.iter().find(|object| object["metadata"]["name"] == *one.name());
            let url = object.map(|object| &object["status"]["endpoint"]);
            json!({"url": url, "calls": one.calls})
        })
        .collect();
    let file = folder.join("plan.json");
    fs::write(&file, serde_json::to_vec(&plan)?)?;
    let mut command = tokio::process::Command::new(programs::python()?);
    command
        .arg(programs::repository().join("tests/clients/call_everything.py"))
        .arg(&file)
        .args(read_only.then_some("--read-only"))
        .env("SAGEMCP_KEY", key);
    let printed = testkit::process::run(&mut command).await?;
    Ok(serde_json::from_slice(&printed)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tool_is_served_and_a_read_only_key_reaches_only_those_that_read() -> anyhow::Result<()> {
    let services = document::services();
    let built = build::oracles(&services);
    let mut served = Vec::new();
    for service in services {
        let names = table::entry_of(&service).oracles;
        let oracles = names.iter().filter_map(|name| built.get(*name).cloned()).collect();
        served.push(Served::new(service, oracles).await?);
    }
    let manifests = testkit::process::folder("served")?;
    let scratch = testkit::process::folder("served-plan")?;
    write(manifests.path(), &served)?;
    let up = Standalone::start(manifests.path()).await?;

    let tools: usize = served.iter().map(|one| one.calls.len()).sum();
    let called = call_everything(&up, &served, &up.key("agent").await?, false, scratch.path()).await?;
    let failed: Vec<_> = called.iter().filter(|(_, reason)| !reason.is_null()).collect();
    ensure!(failed.is_empty(), "{} of {tools} failed: {failed:#?}", failed.len());
    ensure!(called.len() == tools, "{} of {tools} tools were listed", called.len());

    for one in &served {
        let doubts = &one.fixture.doubts;
        let wrong = one.vendor.take().wrong;
        let wrong: Vec<_> = wrong
            .iter()
            .filter(|(oracle, text)| !doubts.iter().any(|it| it.oracle == *oracle && text.contains(&it.says)))
            .collect();
        ensure!(wrong.is_empty(), "the vendor of {} noticed {wrong:#?}", one.service);
    }

    let called = call_everything(&up, &served, &up.key("reader").await?, true, scratch.path()).await?;
    let wrong: Vec<_> = called.iter().filter(|(_, reason)| !reason.is_null()).collect();
    ensure!(wrong.is_empty(), "with a read-only key: {wrong:#?}");
    ensure!(called.len() == tools, "{} of {tools} tools were tried with the read-only key", called.len());
    for one in &served {
        let sent = one.vendor.take().sent;
        ensure!(sent.is_empty(), "a read-only key reached the vendor of {}: {sent:#?}", one.service);
    }
    Ok(())
}
