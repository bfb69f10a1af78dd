//! How long a change takes from the write of an object to the first call that shows it, with the whole platform in one
//! process.

use std::{
    fs,
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use crds::v1alpha1::{ApiKey, Connector};
use http::StatusCode;
use kube::{
    Api, Client,
    api::{DeleteParams, Patch, PatchParams},
};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    latencies::{Latencies, Summary, microseconds},
    load::{Call, Caller},
    manifests::{self, SERVICE},
    platform::{NAMESPACE, Platform, apply, minted},
    report::Table,
    requests::Case,
    servers::free_address,
};

/// Changes of a connector.
const CHANGES: usize = 200;
/// Keys deleted, and connectors disabled.
const REVOCATIONS: usize = 50;
/// What a key that is not valid is answered, the second after many other such keys.
const REFUSED: [StatusCode; 2] = [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS];
/// Longest wait for a change: one that takes longer is lost.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest wait for the first state, every key minted.
const START: Duration = Duration::from_secs(60);

/// What was found.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Figures {
    /// A connector was changed, and the tool list says so.
    pub(crate) applied: Summary,
    /// An `ApiKey` was deleted, and the key is refused.
    pub(crate) key_deleted: Summary,
    /// A connector was disabled, and is not there any more.
    pub(crate) connector_disabled: Summary,
}

/// Measures changes one after the other.
///
/// # Errors
/// If the platform does not start, or a change is not served.
pub(crate) async fn measure() -> anyhow::Result<Figures> {
    let folder = testkit::process::folder("bench")?;
    let vendor = free_address()?;
    let mut objects = vec![
        manifests::definition(),
        manifests::tenant(NAMESPACE, "acme"),
        manifests::credential(NAMESPACE),
        manifests::connector(NAMESPACE, "acme", "tool", SERVICE, vendor),
        manifests::key(NAMESPACE, "lasting", Some("acme")),
    ];
    objects.extend((0..REVOCATIONS).map(|number| manifests::key(NAMESPACE, &passing(number), Some("acme"))));
    let manifests = folder.path().join("manifests");
    fs::create_dir(&manifests)?;
    let mut platform = Platform::start(&manifests, &folder.path().join("data"))?;
    let site = Site { client: platform.client().await?, mcp: platform.mcp };
    for object in &objects {
        apply(&site.client, object).await?;
    }
    let key = minted(&site.client, "lasting").await?;
    let mut caller = Caller::connect(&call(&site, &key)?).await?;
    caller.until(START, |status, _| status == StatusCode::OK).await?;
    let figures = Figures {
        applied: changes(&site, &mut caller).await.context("change a connector")?,
        connector_disabled: disablings(&site, &mut caller).await.context("disable a connector")?,
        key_deleted: deletions(&site).await.context("delete a key")?,
    };
    platform.end().await?;
    Ok(figures)
}

/// Where the platform is reached.
struct Site {
    client: Client,
    mcp: SocketAddr,
}

/// Gives a tool one description after the other.
async fn changes(site: &Site, caller: &mut Caller) -> anyhow::Result<Summary> {
    let mut latencies = Latencies::default();
    for number in 1..=CHANGES {
        let words = format!("Change {number} of {CHANGES}.");
        let tools = json!({"overrides": [{"name": "bench_get_item", "description": words}]});
        let written = patch(site, &json!({"tools": tools})).await?;
        let seen = caller.until(PATIENCE, |_, body| contains(body, &words)).await?;
        latencies.add(seen - written);
    }
    Ok(latencies.summary())
}

/// Disables and enables the connector by turns; only the first counts.
async fn disablings(site: &Site, caller: &mut Caller) -> anyhow::Result<Summary> {
    let mut latencies = Latencies::default();
    for _ in 0..REVOCATIONS {
        let written = patch(site, &json!({"enabled": false})).await?;
        let seen = caller.until(PATIENCE, |status, _| status == StatusCode::NOT_FOUND).await?;
        latencies.add(seen - written);
        patch(site, &json!({"enabled": true})).await?;
        caller.until(PATIENCE, |status, _| status == StatusCode::OK).await?;
    }
    Ok(latencies.summary())
}

/// Deletes one key after the other, each while it is in use.
async fn deletions(site: &Site) -> anyhow::Result<Summary> {
    let keys: Api<ApiKey> = Api::namespaced(site.client.clone(), NAMESPACE);
    let mut latencies = Latencies::default();
    for number in 0..REVOCATIONS {
        let name = passing(number);
        let key = minted(&site.client, &name).await?;
        let mut caller = Caller::connect(&call(site, &key)?).await?;
        caller.until(PATIENCE, |status, _| status == StatusCode::OK).await?;
        let written = Instant::now();
        keys.delete(&name, &DeleteParams::default()).await?;
        let seen = caller.until(PATIENCE, |status, _| REFUSED.contains(&status)).await?;
        latencies.add(seen - written);
    }
    Ok(latencies.summary())
}

fn passing(number: usize) -> String {
    format!("passing-{number}")
}

fn call(site: &Site, key: &SecretString) -> anyhow::Result<Call> {
    Case::ListModern.to_gateway(site.mcp, key)
}

fn contains(body: &[u8], words: &str) -> bool {
    body.windows(words.len()).any(|window| window == words.as_bytes())
}

/// Changes the connector's spec; returns when the write began.
async fn patch(site: &Site, spec: &Value) -> anyhow::Result<Instant> {
    let connectors: Api<Connector> = Api::namespaced(site.client.clone(), NAMESPACE);
    let began = Instant::now();
    connectors.patch("tool", &PatchParams::default(), &Patch::Merge(json!({"spec": spec}))).await?;
    Ok(began)
}

/// Prints what was found.
pub(crate) fn print(figures: &Figures) {
    let mut table = Table::new(&["change", "count", "p50 ms", "p99 ms", "max ms"]);
    for (change, summary) in [
        ("connector changed → tool list shows it", figures.applied),
        ("connector disabled → refused", figures.connector_disabled),
        ("ApiKey deleted → refused", figures.key_deleted),
    ] {
        let millis = |us: f64| format!("{:.1}", us / 1e3);
        let Summary { count, p50_us, p99_us, max_us } = summary;
        table.row([change.to_owned(), count.to_string(), millis(p50_us), millis(p99_us), millis(max_us)]);
    }
    let pause = microseconds(crate::load::PAUSE) / 1e3;
    table.print(&format!(
        "Changes, from the API write to the first call that shows them (aim: p99 ≤ 100 ms; ± {pause:.0} ms)"
    ));
}
