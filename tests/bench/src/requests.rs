//! Throughput, latency and processor time of tool lists and calls: the gateway beside a bare handler and a bare reverse
//! proxy, in turns.

mod cases;
mod table;

use std::{fs, net::SocketAddr, time::Duration};

use anyhow::Context as _;
use serde::Serialize;
use serde_json::value::RawValue;
use testkit::Process;

pub(crate) use table::print;

use crate::{
    installation::{Gateway, Installation},
    latencies::{Latencies, median, microseconds},
    load::Call,
    servers::{Bare, free_address},
    usage,
};
pub(crate) use cases::Case;

/// Turns that every server gets; the figures are their medians.
const ROUNDS: usize = 3;
/// How long a turn is.
const ROUND: Duration = Duration::from_millis(800);
/// Requests of each caller before the first turn: connections, caches and pages are warm then.
const WARM_UP: usize = 100;
/// Callers at once: enough to keep a server busy, and one alone, whose latency is the server's own.
const CONNECTIONS: [usize; 2] = [16, 1];

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Server {
    Gateway,
    ReverseProxy,
    BareHandler,
}

/// One server under one load.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) case: &'static str,
    pub(crate) connections: usize,
    pub(crate) server: Server,
    pub(crate) requests_per_s: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// Processor time of the server's process for each request, its client and the vendor not counted.
    pub(crate) cpu_us: f64,
}

/// A server that is measured.
struct Subject<'a> {
    server: Server,
    process: &'a Process,
    call: Call,
    rounds: Vec<(f64, f64, f64)>,
    cpu: Duration,
    requests: usize,
}

/// Measures every case at every load.
///
/// # Errors
/// If a server does not start, or answers anything but what it should.
pub(crate) async fn measure() -> anyhow::Result<Vec<Figure>> {
    let vendor = free_address()?;
    let mut installation = Installation::new(vendor).await?;
    let tenant = installation.tenant("acme").await?;
    installation.connector(&tenant, "tool").await?;
    let key = installation.platform_key().await?;
    let folder = installation.folder.path();
    let _vendor = Bare::Vendor { listen: vendor }.start(folder).await?;
    let gateway = Gateway::start(folder).await?;

    let results = folder.join("results");
    fs::create_dir(&results)?;
    for case in Case::ALL {
        let reply = case.to_gateway(gateway.mcp, &key)?.once().await.context(case.name())?;
        fs::write(results.join(format!("{}.json", case.id())), result_of(&reply, case)?)?;
    }
    let (listen, upstream) = (free_address()?, vendor);
    let proxy = Bare::Proxy { listen, upstream }.start(folder).await?;
    let proxy = (listen, &proxy);
    let listen = free_address()?;
    let handler = Bare::Handler { listen, results }.start(folder).await?;

    let mut figures = Vec::new();
    for case in Case::ALL {
        let to_gateway = case.to_gateway(gateway.mcp, &key)?;
        let to_handler = to_gateway.at(listen, format!("/{}", case.id()));
        for connections in CONNECTIONS {
            let mut subjects = vec![Subject::new(Server::Gateway, &gateway.process, to_gateway.clone())];
            if let Some(path) = case.vendor_path() {
                let to_proxy = to_gateway.at(proxy.0, path.to_owned());
                subjects.push(Subject::new(Server::ReverseProxy, proxy.1, to_proxy));
            }
            subjects.push(Subject::new(Server::BareHandler, &handler, to_handler.clone()));
            in_turns(&mut subjects, connections).await.with_context(|| case.name())?;
            figures.extend(subjects.into_iter().map(|subject| subject.figure(case, connections)));
        }
    }
    Ok(figures)
}

async fn in_turns(subjects: &mut [Subject<'_>], connections: usize) -> anyhow::Result<()> {
    for subject in subjects.iter() {
        subject.call.repeat(connections, ROUND, WARM_UP).await?;
    }
    for _ in 0..ROUNDS {
        for subject in subjects.iter_mut() {
            subject.take_turn(connections).await?;
        }
    }
    Ok(())
}

impl<'a> Subject<'a> {
    fn new(server: Server, process: &'a Process, call: Call) -> Self {
        Self { server, process, call, rounds: Vec::new(), cpu: Duration::ZERO, requests: 0 }
    }

    async fn take_turn(&mut self, connections: usize) -> anyhow::Result<()> {
        let before = usage::cpu(self.process.id())?;
        let round = self.call.repeat(connections, ROUND, usize::MAX).await?;
        self.cpu += usage::cpu(self.process.id())?.saturating_sub(before);
        self.requests += round.latencies.len();
        let rate = per_second(&round.latencies, round.took);
        let summary = round.latencies.summary();
        self.rounds.push((rate, summary.p50_us, summary.p99_us));
        Ok(())
    }

    fn figure(self, case: Case, connections: usize) -> Figure {
        let of = |part: fn(&(f64, f64, f64)) -> f64| median(self.rounds.iter().map(part).collect());
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let cpu_us = microseconds(self.cpu) / self.requests.max(1) as f64;
        Figure {
            case: case.name(),
            connections,
            server: self.server,
            requests_per_s: of(|round| round.0),
            p50_us: of(|round| round.1),
            p99_us: of(|round| round.2),
            cpu_us,
        }
    }
}

impl Call {
    /// The same words to somebody else.
    pub(crate) fn at(&self, address: SocketAddr, path: String) -> Self {
        Self { address, path, ..self.clone() }
    }
}

fn per_second(latencies: &Latencies, took: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let count = latencies.len() as f64;
    count / took.as_secs_f64().max(f64::EPSILON)
}

/// The result in a JSON-RPC reply, which must not be one of a tool that failed.
fn result_of(reply: &[u8], case: Case) -> anyhow::Result<String> {
    #[derive(serde::Deserialize)]
    struct Reply {
        result: Box<RawValue>,
    }
    let text = String::from_utf8_lossy(reply);
    let reply: Reply = serde_json::from_slice(reply).with_context(|| format!("{}: {text}", case.name()))?;
    anyhow::ensure!(!text.contains(r#""isError":true"#), "{}: {text}", case.name());
    Ok(reply.result.get().to_owned())
}
