//! `operator run`: standby, then leader, until told to end.

use std::sync::Arc;

use kube::{Client, Config};
use prometheus_client::registry::Registry;
use secrets::KeyRing;
use telemetry::health::Health;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use super::{args::RunArgs, health::Progress, runtime};
use crate::{error::Error, leader, options::OperatorOptions, run_controllers};

pub(super) fn run(args: &RunArgs) -> Result<(), Error> {
    harden_process();
    let wrong = |setting, reason: String| Error::Config { setting, reason };
    telemetry::log::start(args.log_format, &args.log_level)
        .map_err(|error| wrong("--log-level", error.to_string()))?;
    let ring = args.ring()?;
    // Checked before the cluster is looked for, like everything that needs none.
    args.bootstrap_admin()?;
    // An error says that a provider is already there, and all of ours install this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    runtime()?.block_on(async {
        let config = Config::infer().await.map_err(|error| wrong("KUBECONFIG", error.to_string()))?;
        let (options, lease) = args.resolve(&config)?;
        let listener = TcpListener::bind(args.health_listen)
            .await
            .map_err(|error| wrong("--health-listen", format!("{}: {error}", args.health_listen)))?;
        let client = Client::try_from(config).map_err(Error::kube("make a client"))?;
        lead(args, client, ring, options, lease, listener).await
    })
}

async fn lead(
    args: &RunArgs,
    client: Client,
    ring: KeyRing,
    options: OperatorOptions,
    lease: leader::LeaderOptions,
    listener: TcpListener,
) -> Result<(), Error> {
    let stop = stop_on_signal()?;
    let progress = Progress::new(Arc::clone(&options.running));
    let mut registry = Registry::default();
    options.metrics.register(&mut registry);
    let router = Health::new(progress.check(), Some(Arc::new(registry))).router();
    let health = axum::serve(listener, router).into_future();
    let work = async {
        let store = store::open(args.database_url(), args.store_options()).await?;
        let mut lease = tokio::select! {
            lease = leader::acquire(client.clone(), lease) => lease,
            () = stop.cancelled() => return Ok(()),
        };
        progress.leads();
        let ended = tokio::select! {
            ended = run_controllers(client, store, ring, options, stop.clone()) => ended,
            // Whatever is under way is dropped at once: another process may be at work already.
            lost = leader::hold(&mut lease) => return Err(lost),
        };
        if let Err(error) = lease.release().await {
            tracing::warn!(error = error.chain(), "the lease runs out by itself");
        }
        ended
    };
    tokio::select! {
        ended = work => ended,
        ended = health => Err(Error::Bug(format!("the health endpoints ended: {ended:?}"))),
    }
}

/// A token that SIGTERM and SIGINT cancel.
fn stop_on_signal() -> Result<CancellationToken, Error> {
    let failed = |error: std::io::Error| Error::Bug(format!("signals: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    // Lives as long as the process, whose end it begins.
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to end");
        told.cancel();
    });
    Ok(stop)
}

/// Keeps other processes of the same user from reading this one's memory, in which the key ring is.
fn harden_process() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
    {
        eprintln!("cannot make the process undumpable: {error}");
    }
}
