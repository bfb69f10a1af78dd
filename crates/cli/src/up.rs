//! `sagemcp up`: the operator over a local Kubernetes API, and the gateway, in one process.

mod banner;
mod clients;
mod curl;
mod data;
mod error;
mod logs;
mod parts;
mod state;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use connectors::egress::EgressRule;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use url::Url;

pub(crate) use error::UpError;

use crate::{context, error::Error, terminal::Terminal, wait::span};
use data::DataDir;
use parts::{Parts, Site};
use state::State;

/// Arguments of `up`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "\
Everything that the directory MANIFESTS describes is served, and served anew when a file changes; a file that makes no \
sense changes nothing and is reported. What clients apply, minted keys and the database live in the data directory, which \
only its owner can read; the same directory brings everything back. Ctrl-C lets calls in flight end first, a second one \
stops at once.

Hosted servers run as processes of this user, as their manifests say: serve only manifests that you trust.

Examples:
  sagemcp up examples/quickstart
  sagemcp up examples/quickstart --data /tmp/try --listen 127.0.0.1:9000")]
pub struct Args {
    /// The directory of manifests; without one, only what is applied with `sagemcp apply` is served
    #[arg(value_name = "MANIFESTS")]
    pub manifests: Option<PathBuf>,
    /// The directory for keys, status and the database; made with mode 0700
    #[arg(long, value_name = "DIR", default_value = context::DATA_DIR, env = "SAGEMCP_DATA")]
    pub data: PathBuf,
    /// Where MCP is served; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", env = "SAGEMCP_LISTEN")]
    pub listen: SocketAddr,
    /// The URL under which clients reach it, if not http://ADDRESS
    #[arg(long, value_name = "URL", env = "SAGEMCP_PUBLIC_URL")]
    pub public_url: Option<Url>,
    /// Where the local Kubernetes API is served, on loopback; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub api_listen: SocketAddr,
    /// Where /healthz, /readyz and /metrics are served; default: nowhere
    #[arg(long, value_name = "ADDRESS", env = "SAGEMCP_HEALTH_LISTEN")]
    pub health_listen: Option<SocketAddr>,
    /// The namespace of objects that name none; platform_admin keys are accepted only here
    #[arg(short, long, value_name = "NAME", default_value = "default", env = "SAGEMCP_NAMESPACE")]
    pub namespace: String,
    /// Private addresses that connectors may reach, as HOST or CIDR, with or without :PORT
    #[arg(long, value_name = "RULE", value_delimiter = ',', env = "SAGEMCP_EGRESS_ALLOW")]
    pub egress_allow: Vec<EgressRule>,
    /// How long to wait at most before saying what is not ready
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = span)]
    pub ready_timeout: Duration,
    /// What is logged: error, warn, info, debug, trace, or target=level pairs
    #[arg(long, value_name = "FILTER", default_value = logs::DEFAULT_FILTER, env = "SAGEMCP_LOG")]
    pub log_level: String,
    /// How it is logged: pretty or json
    #[arg(long, value_name = "FORMAT", default_value_t, env = "SAGEMCP_LOG_FORMAT")]
    pub log_format: telemetry::log::Format,
}

/// Serves until Ctrl-C or SIGTERM.
pub(crate) async fn run(args: &Args, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    check(args)?;
    telemetry::log::start(args.log_format, &args.log_level).map_err(UpError::Log)?;
    // Hosted servers run as the same user and must not read keys out of our memory.
    gateway::cli::harden_process();
    let stop = CancellationToken::new();
    // Before anything is started, so that no signal is lost.
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (mut interrupt, mut terminate) =
        (interrupt.map_err(UpError::Signal)?, terminate.map_err(UpError::Signal)?);

    let data = DataDir::open(&args.data)?;
    let (mut parts, site) = Parts::start(args, &data, stop.clone()).await?;
    let outcome = tokio::select! {
        outcome = parts.died() => outcome,
        outcome = report(args, &site, terminal) => outcome,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    };
    tracing::info!("stopping: calls in flight may end; once more stops at once");
    stop.cancel();
    tokio::select! {
        () = parts.end() => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    outcome
}

fn check(args: &Args) -> Result<(), Error> {
    if let Some(manifests) = args.manifests.as_ref().filter(|path| !path.is_dir()) {
        let path = manifests.display();
        return Err(Error::Usage(format!(
            "MANIFESTS {path}: not a directory; name the one that holds the files"
        )));
    }
    if !args.api_listen.ip().is_loopback() {
        let address = args.api_listen;
        return Err(Error::Usage(format!(
            "--api-listen {address}: the local API is for this machine only; use 127.0.0.1"
        )));
    }
    telemetry::log::check_filter(&args.log_level)
        .map_err(|error| Error::Usage(format!("--log-level: {error}")))
}

/// Prints the banner once everything is ready, or when waiting for it takes too long; then logs what changes.
async fn report(args: &Args, site: &Site, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    let mut state = State::watch(site);
    // What is not ready by then stands in the banner.
    let _ = tokio::time::timeout(args.ready_timeout, state.until_settled(site.running.clone())).await;
    let text = banner::text(&state.view(site).await?);
    write!(terminal.out, "{text}")?;
    terminal.out.flush()?;
    state.log_changes().await;
    Ok(())
}
