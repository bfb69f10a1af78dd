//! A thousand tenants with five connectors each: how long until all are ready, what that costs the operator, and how much
//! memory the gateway needs more than for one tenant.

mod files;

use std::{
    collections::HashSet,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use crds::v1alpha1::{Connector, Tenant};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{Api, Client, ResourceExt as _, runtime::watcher};
use secrecy::SecretString;
use serde::Serialize;
use tokio::time::timeout;

use crate::{
    installation::Gateway,
    platform::{Platform, minted},
    report::{Table, number},
    requests::Case,
    usage,
};
use files::{CONNECTORS, slug};

/// Tenants of the large installation.
const TENANTS: usize = 1_000;
/// Longest wait for all to be ready.
const PATIENCE: Duration = Duration::from_secs(120);
/// The data directory.
const DATA: &str = "data";
/// How the driver names its threads, one for each connection, as far as the kernel keeps it.
const SQLITE: &str = "sqlx-sqlite-";
/// First calls at once.
const CALLERS: usize = 16;

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) tenants: usize,
    pub(crate) connectors: usize,
    /// From the start of the process, over manifests, with nothing written yet.
    pub(crate) all_ready_s: f64,
    /// Processor time of the process until then: operator, local API, gateway and database.
    pub(crate) cpu_s: f64,
    /// The part of it that SQLite's threads took.
    pub(crate) sqlite_cpu_s: f64,
    pub(crate) gateway: Memory,
    pub(crate) gateway_of_one_tenant: Memory,
}

/// The resident memory of a release gateway.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Memory {
    /// From its start until it serves.
    pub(crate) start_ms: f64,
    /// When it serves.
    pub(crate) ready_mib: f64,
    /// After one call to every connector, so that all are in the pool.
    pub(crate) called_mib: f64,
}

/// Measures both installations.
///
/// # Errors
/// If one does not become ready, or a connector does not answer.
pub(crate) async fn measure() -> anyhow::Result<Figures> {
    let folder = testkit::process::folder("bench")?;
    let many = bring_up(folder.path(), TENANTS).await?;
    let gateway = memory(folder.path(), TENANTS, &many.key).await?;
    let folder = testkit::process::folder("bench")?;
    let one = bring_up(folder.path(), 1).await?;
    let gateway_of_one_tenant = memory(folder.path(), 1, &one.key).await?;
    Ok(Figures {
        tenants: TENANTS,
        connectors: TENANTS * CONNECTORS.len(),
        all_ready_s: many.took.as_secs_f64(),
        cpu_s: many.cpu.as_secs_f64(),
        sqlite_cpu_s: many.sqlite_cpu.as_secs_f64(),
        gateway,
        gateway_of_one_tenant,
    })
}

/// An installation that was ready once.
struct Ready {
    took: Duration,
    cpu: Duration,
    sqlite_cpu: Duration,
    key: SecretString,
}

/// Runs the platform over the manifests of some tenants until every object is ready.
async fn bring_up(folder: &Path, tenants: usize) -> anyhow::Result<Ready> {
    let manifests = folder.join("manifests");
    files::write(&manifests, tenants)?;
    let started = Instant::now();
    let mut platform = Platform::start(&manifests, &folder.join(DATA))?;
    let client = platform.client().await?;
    let connectors = tenants * CONNECTORS.len();
    let (mut ready_tenants, mut ready_connectors) = (HashSet::new(), HashSet::new());
    let all = async {
        tokio::try_join!(
            until_ready::<Tenant>(&client, tenants, &mut ready_tenants, |tenant| {
                tenant.status.as_ref().map_or(&[], |status| &status.conditions)
            }),
            until_ready::<Connector>(&client, connectors, &mut ready_connectors, |connector| {
                connector.status.as_ref().map_or(&[], |status| &status.conditions)
            }),
        )
    };
    let outcome = timeout(PATIENCE, all).await;
    let ready = ready_tenants.len() + ready_connectors.len();
    outcome.with_context(|| format!("{ready} of {} objects are ready", tenants + connectors))??;
    let took = started.elapsed();
    let process = platform.process.id();
    let (cpu, sqlite_cpu) = (usage::cpu(process)?, usage::cpu_of_threads(process, SQLITE)?);
    let key = minted(&client, "everywhere").await?;
    platform.end().await?;
    Ok(Ready { took, cpu, sqlite_cpu, key })
}

/// Waits until so many objects of a kind say that they are ready.
async fn until_ready<K>(
    client: &Client,
    count: usize,
    ready: &mut HashSet<(Option<String>, String)>,
    conditions: impl Fn(&K) -> &[Condition],
) -> anyhow::Result<()>
where
    K: kube::Resource<DynamicType = ()> + Clone + std::fmt::Debug + Send + 'static,
    K: serde::de::DeserializeOwned,
{
    let objects = Api::<K>::all(client.clone());
    let mut events = std::pin::pin!(watcher(objects, watcher::Config::default()));
    while ready.len() < count {
        let event = events.try_next().await?.context("the watch ended")?;
        if let watcher::Event::Apply(object) | watcher::Event::InitApply(object) = event
            && conditions(&object).iter().any(|it| it.type_ == "Ready" && it.status == "True")
        {
            ready.insert((object.namespace(), object.name_any()));
        }
    }
    Ok(())
}

/// Starts a release gateway over what the platform wrote, and calls every connector once.
async fn memory(folder: &Path, tenants: usize, key: &SecretString) -> anyhow::Result<Memory> {
    let started = Instant::now();
    let gateway = Gateway::start(&folder.join(DATA)).await?;
    let start_ms = started.elapsed().as_secs_f64() * 1e3;
    let process = gateway.process.id();
    let ready_mib = usage::resident_mib(process)?;
    let list = Case::ListModern.to_gateway(gateway.mcp, key)?;
    let paths = (0..tenants).flat_map(|tenant| {
        let path = move |(name, _): &(&str, &str)| format!("/api/v1/{}/connectors/{name}/mcp", slug(tenant));
        CONNECTORS.iter().map(path)
    });
    let called = stream::iter(paths)
        .map(|path| {
            let call = list.at(gateway.mcp, path.clone());
            async move { call.once().await.context(path) }
        })
        .buffer_unordered(CALLERS)
        .try_fold(0, async |called, reply| {
            ensure!(reply.starts_with(b"{\"jsonrpc\""), "no reply");
            Ok(called + 1)
        })
        .await?;
    ensure!(called == tenants * CONNECTORS.len(), "{called} connectors answered");
    Ok(Memory { start_ms, ready_mib, called_mib: usage::resident_mib(process)? })
}

/// Prints what was found.
pub(crate) fn print(figures: &Figures) {
    let Figures { gateway: many, gateway_of_one_tenant: one, .. } = figures;
    let mut table = Table::new(&["figure", "value", "aim"]);
    let mut row = |figure: &str, value: String, aim: &str| {
        table.row([figure.to_owned(), value, aim.to_owned()]);
    };
    row("`sagemcp up`: start → all Ready", format!("{:.1} s", figures.all_ready_s), "");
    row("  processor time until then", format!("{:.1} s", figures.cpu_s), "");
    row("  of which SQLite", format!("{:.1} s", figures.sqlite_cpu_s), "");
    row("release gateway: start → serving", format!("{} ms", number(many.start_ms)), "");
    let above =
        |of: fn(&Memory) -> f64| format!("{:.1} MiB ({:.1} − {:.1})", of(many) - of(one), of(many), of(one));
    row("  memory above one tenant's", above(|memory| memory.ready_mib), "40 MB");
    row("  the same, every connector called", above(|memory| memory.called_mib), "");
    table.print(&format!(
        "{} tenants with {} connectors",
        number_of(figures.tenants),
        number_of(figures.connectors)
    ));
}

fn number_of(count: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    number(count as f64)
}
