//! The command line of `gateway`. Bad configuration ends with status 64 and names the flag.

mod args;

use std::{process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use secrets::KeyRing;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

pub use args::ServeArgs;

use crate::options::{GatewayOptions, InvalidOption};

/// `EX_USAGE` of sysexits.h.
const EX_USAGE: u8 = 64;

/// Serves MCP servers to many tenants.
#[derive(Debug, Parser)]
#[command(name = "gateway", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM or SIGINT, then finish what is in flight.
    Serve(Box<ServeArgs>),
    /// Check the settings that `serve` would use, without serving.
    CheckConfig(Box<ServeArgs>),
}

/// Reads the command line and runs what it says.
pub fn main() -> ExitCode {
    harden_process();
    match Cli::try_parse() {
        Ok(cli) => match cli.command {
            Command::Serve(args) => serve(&args),
            Command::CheckConfig(args) => check(&args),
        },
        Err(error) => {
            let _ = error.print();
            if error.use_stderr() { ExitCode::from(EX_USAGE) } else { ExitCode::SUCCESS }
        }
    }
}

/// Keeps other processes of the same user, hosted servers among them, from reading this one's memory.
pub fn harden_process() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
    {
        eprintln!("cannot make the process undumpable: {error}");
    }
}

fn check(args: &ServeArgs) -> ExitCode {
    match args.resolve() {
        Ok(_) => {
            println!("the configuration is valid");
            ExitCode::SUCCESS
        }
        Err(error) => usage(&error),
    }
}

fn usage(error: &InvalidOption) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(EX_USAGE)
}

fn serve(args: &ServeArgs) -> ExitCode {
    let (options, ring) = match args.resolve() {
        Ok(resolved) => resolved,
        Err(error) => return usage(&error),
    };
    if let Err(error) = telemetry::log::start(args.log_format, &args.log_level) {
        return usage(&InvalidOption { flag: "--log-level", reason: error.to_string() });
    }
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider was installed before");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "cannot start the runtime");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(args, options, ring)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &ServeArgs, options: GatewayOptions, ring: KeyRing) -> anyhow::Result<()> {
    let store = store::open(args.database_url(), args.store_options()).await?;
    let stop = CancellationToken::new();
    let signals = stop.clone();
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let watcher = tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        tracing::info!("draining");
        signals.cancel();
    });
    let ready = |bound: crate::Bound| tracing::info!(mcp = %bound.mcp, health = ?bound.health, "serving");
    let outcome = crate::run(options, Arc::clone(&store), ring, stop, ready).await;
    watcher.abort();
    Ok(outcome?)
}
