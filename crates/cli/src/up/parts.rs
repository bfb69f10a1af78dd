//! What runs in the one process, how it is started in order, and how it is taken down.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use connectors::egress::EgressPolicy;
use domain::ids::Origin;
use gateway::{Bound, GatewayOptions};
use localapi::{Access, LocalApi, Problem, manifests::Watching};
use operator::{Endpoints, OperatorOptions};
use store::Store;
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Args, DataDir, UpError};
use crate::{context, error::Error};

/// The installation, part of every row's key: it must never change.
const ORIGIN: &str = "local";
/// How long calls in flight may take at the end.
const DRAIN: Duration = Duration::from_secs(10);

/// How a part ended.
type Ended = Result<(), UpError>;

/// Everything that runs.
pub(super) struct Parts {
    api: LocalApi,
    data: DataDir,
    tasks: JoinSet<(&'static str, Ended)>,
    _watching: Option<Watching>,
}

/// Where things are, and how far they have come.
pub(super) struct Site {
    /// A client of the local API.
    pub(super) client: kube::Client,
    /// Where the local API is served.
    pub(super) api_address: SocketAddr,
    /// The kubeconfig for it.
    pub(super) kubeconfig: PathBuf,
    /// Where clients reach the gateway.
    pub(super) public_url: Url,
    /// Turns true when the operator has looked at everything once.
    pub(super) running: watch::Receiver<bool>,
    /// Manifests that are not in effect.
    pub(super) problems: watch::Receiver<Vec<Problem>>,
}

impl Parts {
    /// Starts everything. What fails takes the rest down with it.
    pub(super) async fn start(
        args: &Args,
        data: &DataDir,
        stop: CancellationToken,
    ) -> Result<(Self, Site), Error> {
        let options = localapi::Options {
            manifests: args.manifests.clone(),
            state_dir: data.state(),
            namespace: args.namespace.clone(),
        };
        // First, for it takes the lock of the data directory.
        let api = LocalApi::open(options).await.map_err(UpError::from)?;
        let ring = data.key_ring()?;
        let store =
            store::open(&data.database_url(), store::Options::default()).await.map_err(UpError::from)?;
        let egress = EgressPolicy::new(args.egress_allow.clone());
        let mut tasks = JoinSet::new();

        // The gateway serves what the database says already, while the operator still looks at the manifests.
        let bound = start_gateway(args, &mut tasks, &store, &ring, &egress, &stop).await?;
        let public_url = args.public_url.clone().unwrap_or_else(|| url_of(bound.mcp));
        let (running, is_running) = watch::channel(false);
        let mut options = OperatorOptions::new(Origin::new(ORIGIN), "sagemcp up", args.namespace.clone());
        options.endpoints = Endpoints::new(Some(public_url.clone()), None);
        options.egress = egress;
        options.allow_process_runtime = true;
        options.running = Arc::new(running);
        let operator = operator::run_controllers(api.client(), store, ring, options, stop.clone());
        tasks.spawn(async move { ("operator", operator.await.map_err(UpError::from)) });

        let api_address = serve_api(args, data, &api, &mut tasks, stop).await?;
        let watching = args.manifests.as_ref().map(|_| api.watch_manifests()).transpose();
        let site = Site {
            client: api.client(),
            api_address,
            kubeconfig: context::path(data.path()),
            public_url,
            running: is_running,
            problems: api.problems(),
        };
        let watching = watching.map_err(UpError::from)?;
        Ok((Self { api, data: data.clone(), tasks, _watching: watching }, site))
    }

    /// Waits until a part ends by itself, which none should.
    pub(super) async fn died(&mut self) -> Result<(), Error> {
        match self.tasks.join_next().await {
            Some(Ok((_, Err(error)))) => Err(error.into()),
            Some(Ok((name, Ok(())))) => Err(UpError::Died(name).into()),
            Some(Err(_)) | None => Err(UpError::Died("process").into()),
        }
    }

    /// Waits until everything has ended, once it was told to stop, and saves.
    pub(super) async fn end(&mut self) {
        if let Err(error) = context::remove(self.data.path()) {
            tracing::warn!(%error, "other commands may look for this process in vain");
        }
        while let Some(ended) = self.tasks.join_next().await {
            match ended {
                Ok((name, Err(error))) => tracing::error!(part = name, %error, "ended with an error"),
                Ok((_, Ok(()))) => {}
                Err(error) => tracing::error!(%error, "a part panicked"),
            }
        }
        if let Err(error) = self.api.flush().await {
            tracing::error!(%error, "the local API could not save everything");
        }
    }
}

async fn start_gateway(
    args: &Args,
    tasks: &mut JoinSet<(&'static str, Ended)>,
    store: &Arc<dyn Store>,
    ring: &secrets::KeyRing,
    egress: &EgressPolicy,
    stop: &CancellationToken,
) -> Result<Bound, Error> {
    let mut options = GatewayOptions::loopback(Origin::new(ORIGIN), "sagemcp-up");
    options.listen = args.listen;
    options.health_listen = args.health_listen;
    options.public_url.clone_from(&args.public_url);
    options.egress = egress.clone();
    options.allow_process_runtime = true;
    options.drain = DRAIN;
    let (ready, is_ready) = oneshot::channel();
    let on_ready = move |bound| {
        // Nobody waits any more if starting failed elsewhere.
        let _ = ready.send(bound);
    };
    let gateway = gateway::run(options, Arc::clone(store), ring.clone(), stop.clone(), on_ready);
    tasks.spawn(async move { ("gateway", gateway.await.map_err(UpError::from)) });
    match is_ready.await {
        Ok(bound) => Ok(bound),
        // It ended before it was ready.
        Err(_) => match tasks.join_next().await {
            Some(Ok((_, Err(error)))) => Err(error.into()),
            _ => Err(UpError::Died("gateway").into()),
        },
    }
}

/// Serves the local API and leaves word of it in the data directory.
async fn serve_api(
    args: &Args,
    data: &DataDir,
    api: &LocalApi,
    tasks: &mut JoinSet<(&'static str, Ended)>,
    stop: CancellationToken,
) -> Result<SocketAddr, Error> {
    let failed = |source| UpError::Listen { address: args.api_listen, source };
    let listener = TcpListener::bind(args.api_listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let access = Access::random();
    context::write(data.path(), &access.kubeconfig(address, &args.namespace))?;
    let service = api.service();
    let listen = args.api_listen;
    tasks.spawn(async move {
        let serving = localapi::serve(listener, service, access);
        let ended = tokio::select! {
            () = stop.cancelled() => Ok(()),
            Err(source) = serving => Err(UpError::Listen { address: listen, source }),
        };
        ("local API", ended)
    });
    Ok(address)
}

/// A URL by which this machine reaches a listener.
fn url_of(address: SocketAddr) -> Url {
    let address = match address.ip().is_unspecified() {
        // A listener on all addresses is reached by any of them, and this one always exists.
        true => SocketAddr::from(([127, 0, 0, 1], address.port())),
        false => address,
    };
    Url::parse(&format!("http://{address}")).expect("a socket address is an authority")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_all_addresses_is_reached_on_loopback() {
        assert_eq!(url_of("0.0.0.0:8080".parse().unwrap()).as_str(), "http://127.0.0.1:8080/");
        assert_eq!(url_of("[::1]:80".parse().unwrap()).as_str(), "http://[::1]/");
        assert_eq!(url_of("10.0.0.1:8080".parse().unwrap()).as_str(), "http://10.0.0.1:8080/");
    }
}
