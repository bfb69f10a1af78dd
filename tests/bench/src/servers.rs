//! The bare servers: a vendor that everybody calls, and two baselines with no platform around them. Each is a process of
//! its own, so that its processor time is its own too.

mod handler;
mod proxy;
mod vendor;

use std::{net::SocketAddr, path::PathBuf, process::Command, time::Duration};

use anyhow::Context as _;
use axum::Router;
use clap::Subcommand;
use testkit::process::Process;
use tokio::net::{TcpListener, TcpStream};

/// Longest wait for a server's start.
pub(crate) const START: Duration = Duration::from_secs(60);

/// A server to be, and where it is to listen.
#[derive(Debug, Subcommand)]
pub(crate) enum Bare {
    /// A vendor's API: fixed replies of two sizes.
    Vendor {
        /// Where it listens.
        listen: SocketAddr,
    },
    /// A JSON handler: reads a JSON-RPC request and answers with the result of the file that the path names.
    Handler {
        /// Where it listens.
        listen: SocketAddr,
        /// The folder of the files.
        results: PathBuf,
    },
    /// A reverse proxy.
    Proxy {
        /// Where it listens.
        listen: SocketAddr,
        /// Whom it stands before.
        upstream: SocketAddr,
    },
}

impl Bare {
    /// Serves until the process ends.
    ///
    /// # Errors
    /// If the port is taken, or a result cannot be read.
    pub(crate) async fn serve(self) -> anyhow::Result<()> {
        match self {
            Self::Vendor { listen } => serve(listen, vendor::router()).await,
            Self::Handler { listen, results } => serve(listen, handler::router(&results)?).await,
            Self::Proxy { listen, upstream } => serve(listen, proxy::router(upstream)).await,
        }
    }

    fn arguments(&self) -> Vec<String> {
        let words = match self {
            Self::Vendor { listen } => vec!["vendor".to_owned(), listen.to_string()],
            Self::Handler { listen, results } => {
                vec!["handler".to_owned(), listen.to_string(), results.display().to_string()]
            }
            Self::Proxy { listen, upstream } => {
                vec!["proxy".to_owned(), listen.to_string(), upstream.to_string()]
            }
        };
        ["serve".to_owned()].into_iter().chain(words).collect()
    }

    fn listen(&self) -> SocketAddr {
        match self {
            Self::Vendor { listen } | Self::Handler { listen, .. } | Self::Proxy { listen, .. } => *listen,
        }
    }

    /// Starts it as a process and waits until it listens.
    ///
    /// # Errors
    /// If it does not.
    pub(crate) async fn start(self, folder: &std::path::Path) -> anyhow::Result<Process> {
        let arguments = self.arguments();
        let mut command = Command::new(std::env::current_exe()?);
        command.args(&arguments);
        let mut process = Process::start(&arguments[1], &mut command, folder)?;
        until_listening(&mut process, self.listen()).await?;
        Ok(process)
    }
}

async fn serve(listen: SocketAddr, router: Router) -> anyhow::Result<()> {
    let listener = TcpListener::bind(listen).await.with_context(|| format!("listen on {listen}"))?;
    // As the gateway does; otherwise small replies would wait for acknowledgements.
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}

/// Waits until a program listens.
///
/// # Errors
/// If it ends, or does not in time.
pub(crate) async fn until_listening(process: &mut Process, address: SocketAddr) -> anyhow::Result<()> {
    process.until(START, async || TcpStream::connect(address).await.context("connect")).await?;
    Ok(())
}

/// A loopback address that nobody listens on.
///
/// # Errors
/// If there is none.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(([127, 0, 0, 1], testkit::ports::free()?).into())
}
