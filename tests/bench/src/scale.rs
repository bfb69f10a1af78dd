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
    changes::minted,
    installation::Gateway,
    platform::{Cpu, Platform},
    report::{Table, number},
    requests::Case,
    usage,
};
use files::{CONNECTORS, slug};

/// Tenants of the large installation.
const TENANTS: usize = 1_000;
/// Longest wait for all to be ready.
const PATIENCE: Duration = Duration::from_secs(120);
/// First calls at once.
const CALLERS: usize = 16;

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) tenants: usize,
    pub(crate) connectors: usize,
    /// From the start of the process, over manifests, with nothing written yet.
    pub(crate) all_ready_s: f64,
    pub(crate) cpu: Cpu,
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
    let (all_ready, cpu, key) = bring_up(folder.path(), TENANTS).await?;
    let gateway = memory(folder.path(), TENANTS, &key).await?;
    let folder = testkit::process::folder("bench")?;
    let (_, _, key) = bring_up(folder.path(), 1).await?;
    let gateway_of_one_tenant = memory(folder.path(), 1, &key).await?;
    Ok(Figures {
        tenants: TENANTS,
        connectors: TENANTS * CONNECTORS.len(),
        all_ready_s: all_ready.as_secs_f64(),
        cpu,
        gateway,
        gateway_of_one_tenant,
    })
}

/// Runs the platform over the manifests of some tenants until every object is ready.
async fn bring_up(folder: &Path, tenants: usize) -> anyhow::Result<(Duration, Cpu, SecretString)> {
    files::write(&folder.join("manifests"), tenants)?;
    let started = Instant::now();
    let platform = Platform::start(folder).await?;
    let all = async {
        tokio::try_join!(
            until_ready::<Tenant>(&platform.client, tenants, |tenant| {
                tenant.status.as_ref().map_or(&[], |status| &status.conditions)
            }),
            until_ready::<Connector>(&platform.client, tenants * CONNECTORS.len(), |connector| {
                connector.status.as_ref().map_or(&[], |status| &status.conditions)
            }),
        )
    };
    timeout(PATIENCE, all).await.context("not all objects became ready in time")??;
    let took = started.elapsed();
    Ok((took, platform.cpu()?, minted(&platform, "everywhere").await?))
}

/// Waits until so many objects of a kind say that they are ready.
async fn until_ready<K>(
    client: &Client,
    count: usize,
    conditions: impl Fn(&K) -> &[Condition],
) -> anyhow::Result<()>
where
    K: kube::Resource<DynamicType = ()> + Clone + std::fmt::Debug + Send + 'static,
    K: serde::de::DeserializeOwned,
{
    let objects = Api::<K>::all(client.clone());
    let mut events = std::pin::pin!(watcher(objects, watcher::Config::default()));
    let mut ready = HashSet::new();
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
    let gateway = Gateway::start(folder).await?;
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
    let Figures { gateway: many, gateway_of_one_tenant: one, cpu, .. } = figures;
    let mut table = Table::new(&["figure", "value", "aim"]);
    let mut row = |figure: &str, value: String, aim: &str| {
        table.row([figure.to_owned(), value, aim.to_owned()]);
    };
    row("start over manifests → all Ready", format!("{:.1} s", figures.all_ready_s), "");
    row("processor time until then: operator and API", format!("{:.1} s", cpu.operator_s), "");
    row("  gateway", format!("{:.1} s", cpu.gateway_s), "");
    row("  SQLite", format!("{:.1} s", cpu.sqlite_s), "");
    row("  whole process", format!("{:.1} s", cpu.total_s), "");
    row("release gateway: start → serving", format!("{} ms", number(many.start_ms)), "");
    let above = |of: fn(&super::scale::Memory) -> f64| {
        format!("{:.1} MiB ({:.1} − {:.1})", of(many) - of(one), of(many), of(one))
    };
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
