//! How long `sagemcp up` takes from its start to the first answer of a native connector.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    latencies::{Latencies, Summary},
    load::{Caller, PAUSE},
    manifests,
    platform::{NAMESPACE, Platform},
    report::Table,
    requests::Case,
};

/// Starts of each kind.
const RUNS: usize = 10;
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was found.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Figures {
    /// Nothing is there but the manifests: every object is new, and so are the key ring and the database.
    pub(crate) empty: Summary,
    /// The data directory of an earlier run.
    pub(crate) warm: Summary,
}

/// Starts the release build again and again.
///
/// # Errors
/// If it is not built, or does not answer.
pub(crate) async fn measure() -> anyhow::Result<Figures> {
    let folder = testkit::process::folder("bench")?;
    let key = secrets::api_key::mint(domain::principal::Scope::TenantUser).text;
    let manifests = folder.path().join("manifests");
    fs::create_dir(&manifests)?;
    fs::write(manifests.join("all.yaml"), manifests::file(&objects(&key)))?;
    let mut empty = Latencies::default();
    for run in 0..RUNS {
        let data = folder.path().join(format!("data-{run}"));
        empty.add(first_answer(&manifests, &data, &key).await.context("with an empty data directory")?);
    }
    let data = folder.path().join("data-0");
    let mut warm = Latencies::default();
    for _ in 0..RUNS {
        warm.add(first_answer(&manifests, &data, &key).await.context("with a warm data directory")?);
    }
    Ok(Figures { empty: empty.summary(), warm: warm.summary() })
}

/// A tenant with the catalog's largest connector, and a key that is known before it starts.
fn objects(key: &SecretString) -> [Value; 5] {
    let vendor = ([127, 0, 0, 1], 9).into();
    let given = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "bench", "namespace": NAMESPACE, "labels": {"sagemcp.io/use": "credentials"}},
        "stringData": {"apiKey": key.expose_secret()},
    });
    [
        manifests::tenant(NAMESPACE, "acme"),
        manifests::credential(NAMESPACE),
        manifests::connector(NAMESPACE, "acme", "tool", "github", vendor),
        manifests::key(NAMESPACE, "bench", Some("acme")),
        given,
    ]
}

/// Starts it, waits for the first tool list, and ends it in good order.
async fn first_answer(manifests: &Path, data: &Path, key: &SecretString) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let mut platform = Platform::start(manifests, data)?;
    let call = Case::ListModern.to_gateway(platform.mcp, key)?;
    let answered = loop {
        // Until it listens nobody answers, and until it knows the key it refuses.
        if let Ok(mut caller) = Caller::connect(&call).await
            && let Ok((StatusCode::OK, _)) = caller.ask().await
        {
            break started.elapsed();
        }
        let Platform { process, .. } = &mut platform;
        ensure!(started.elapsed() < PATIENCE && process.runs(), "no answer; its log:\n{}", process.log());
        sleep(PAUSE).await;
    };
    platform.end().await?;
    Ok(answered)
}

/// Prints what was found.
pub(crate) fn print(figures: &Figures) {
    let mut table = Table::new(&["data directory", "starts", "p50 ms", "max ms"]);
    for (name, summary) in [("empty", figures.empty), ("warm", figures.warm)] {
        let millis = |us: f64| format!("{:.1}", us / 1e3);
        let Summary { count, p50_us, max_us, .. } = summary;
        table.row([name.to_owned(), count.to_string(), millis(p50_us), millis(max_us)]);
    }
    table.print("`sagemcp up`, from its start to the first tool list (aim: ≤ 100 ms)");
}
