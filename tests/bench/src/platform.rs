//! The whole platform in one process, as `sagemcp up` runs it: the operator over a local Kubernetes API, the gateway, and
//! a SQLite store between them.
//!
//! The two run on threads of their own names, so that the kernel counts the processor time of each apart.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use clap::Args;
use connectors::egress::EgressPolicy;
use domain::ids::Origin;
use gateway::GatewayOptions;
use kube::{Client, Config};
use localapi::{Access, LocalApi};
use operator::{Endpoints, OperatorOptions};
use secrecy::ExposeSecret as _;
use secrets::KeyRing;
use store::Store;
use testkit::Process;
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
};
use tokio_util::sync::CancellationToken;

use crate::{
    servers::{free_address, until_listening},
    usage,
};

/// The operator's own namespace, and the default one.
pub(crate) const NAMESPACE: &str = "sagemcp";
/// The installation.
pub(crate) const ORIGIN: &str = "bench";
const OPERATOR: &str = "operator";
const GATEWAY: &str = "gateway";
/// How sqlx names its threads, one for each connection, as far as the kernel keeps it.
const SQLITE: &str = "sqlx-sqlite-";

/// Where everything is.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Where the Kubernetes API listens.
    api: SocketAddr,
    /// Where MCP is served.
    mcp: SocketAddr,
    /// A folder with a folder `manifests`; everything else is made.
    folder: PathBuf,
}

/// A running platform, which ends with this value.
pub(crate) struct Platform {
    pub(crate) process: Process,
    pub(crate) client: Client,
    pub(crate) mcp: SocketAddr,
}

/// Processor time by part.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub(crate) struct Cpu {
    pub(crate) operator_s: f64,
    pub(crate) gateway_s: f64,
    pub(crate) sqlite_s: f64,
    pub(crate) total_s: f64,
}

impl Platform {
    /// Starts one over `<folder>/manifests` and waits until its API listens, which is when it has read them.
    ///
    /// # Errors
    /// If it does not start.
    pub(crate) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let (api, mcp) = (free_address()?, free_address()?);
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", "platform", &api.to_string(), &mcp.to_string()]).arg(folder);
        let mut process = Process::start("platform", &mut command, folder)?;
        until_listening(&mut process, api).await?;
        let client = Client::try_from(Config::new(format!("http://{api}").parse()?))?;
        Ok(Self { process, client, mcp })
    }

    /// What its parts have used so far.
    ///
    /// # Errors
    /// If it is gone.
    pub(crate) fn cpu(&self) -> anyhow::Result<Cpu> {
        let process = self.process.id();
        let of = |name| usage::cpu_of_threads(process, name).map(|time| time.as_secs_f64());
        Ok(Cpu {
            operator_s: of(OPERATOR)?,
            gateway_s: of(GATEWAY)?,
            sqlite_s: of(SQLITE)?,
            total_s: usage::cpu(process)?.as_secs_f64(),
        })
    }
}

impl Place {
    /// Runs until the process ends.
    ///
    /// # Errors
    /// If a part cannot start, or ends.
    pub(crate) fn serve(&self) -> anyhow::Result<()> {
        let (operators, gateways) = (threads(OPERATOR)?, threads(GATEWAY)?);
        Runtime::new()?.block_on(self.run(&operators, &gateways))
    }

    async fn run(&self, operators: &Runtime, gateways: &Runtime) -> anyhow::Result<()> {
        let ring = KeyRing::generate();
        fs::write(self.folder.join("keyring"), ring.to_text().expose_secret())?;
        let store = store::open(&store_url(&self.folder), store::Options::default()).await?;
        let api = LocalApi::open(localapi::Options {
            manifests: Some(self.folder.join("manifests")),
            state_dir: self.folder.join("state"),
            namespace: NAMESPACE.to_owned(),
        })
        .await?;
        for problem in api.problems().borrow().iter() {
            eprintln!("{problem:?}");
        }
        let listener = TcpListener::bind(self.api).await?;
        let serving = localapi::serve(listener, api.service(), Access::open());
        let operator = operators.spawn(self.operator(api.client(), Arc::clone(&store), ring.clone()));
        let gateway = gateways.spawn(self.gateway(store, ring));
        tokio::select! {
            ended = serving => ended.map(|never| match never {}).context("the API"),
            ended = operator => ended?.context("the operator"),
            ended = gateway => ended?.context("the gateway"),
        }
    }

    fn operator(
        &self,
        client: Client,
        store: Arc<dyn Store>,
        ring: KeyRing,
    ) -> impl Future<Output = Result<(), operator::Error>> + use<> {
        let mut options = OperatorOptions::new(Origin::new(ORIGIN), "bench", NAMESPACE);
        options.endpoints = Endpoints::new(format!("http://{}", self.mcp).parse().ok(), None);
        options.egress = egress();
        operator::run_controllers(client, store, ring, options, CancellationToken::new())
    }

    fn gateway(
        &self,
        store: Arc<dyn Store>,
        ring: KeyRing,
    ) -> impl Future<Output = Result<(), gateway::RunError>> + use<> {
        let mut options = GatewayOptions::loopback(Origin::new(ORIGIN), "gateway-0");
        options.listen = self.mcp;
        options.egress = egress();
        gateway::run(options, store, ring, CancellationToken::new(), |_| {})
    }
}

/// As many threads as the machine has processors.
fn threads(name: &str) -> std::io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().thread_name(name).build()
}

/// Loopback, where the vendor is.
fn egress() -> EgressPolicy {
    EgressPolicy::new(vec!["127.0.0.0/8".parse().expect("a literal rule")])
}

/// The store of an installation in a folder.
pub(crate) fn store_url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("store.db").display())
}

/// How long the first configuration of a large installation may take.
pub(crate) const START: Duration = Duration::from_secs(60);
