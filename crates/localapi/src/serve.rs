//! The API over HTTP on loopback, so that `kubectl` and other processes can use a running one.
//!
//! There is no TLS, and `kubectl` sends no credentials without it. The secret is therefore a part of the server's URL:
//! it stands in a kubeconfig file that only its owner can read, and requests without it see nothing. Requests that a
//! browser makes for a web page are refused by their `Host` and `Origin`.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use http::{HeaderMap, Request, Response, StatusCode, Uri, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};
use tower::ServiceExt;

use crate::{ResponseBody, error::ApiError, service::failure};

/// How many connections are open at once; further ones wait.
const CONNECTIONS: usize = 256;
/// How long a client may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait after the system refused a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Who may use the API over HTTP.
#[derive(Clone, Debug)]
pub struct Access {
    secret: Option<SecretString>,
}

impl Access {
    /// Everybody who can open a connection. Loopback is open to all users of the machine.
    #[must_use]
    pub fn open() -> Self {
        Self { secret: None }
    }

    /// Those who know the secret, which is the first segment of every path. It consists of letters and digits.
    #[must_use]
    pub fn secret(secret: SecretString) -> Self {
        Self { secret: Some(secret) }
    }

    /// A new random secret of 128 bits.
    #[must_use]
    pub fn random() -> Self {
        Self::secret(format!("{:032x}", rand::random::<u128>()).into())
    }

    /// A kubeconfig for `kubectl` and other clients. It holds the secret: write it with mode 0600.
    #[must_use]
    pub fn kubeconfig(&self, address: SocketAddr, namespace: &str) -> SecretString {
        let path = self.secret.as_ref().map(|it| format!("/{}", it.expose_secret())).unwrap_or_default();
        let config = serde_json::json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "sagemcp", "cluster": {"server": format!("http://{address}{path}")}}],
            "users": [{"name": "sagemcp", "user": {}}],
            "contexts": [{
                "name": "sagemcp",
                "context": {"cluster": "sagemcp", "user": "sagemcp", "namespace": namespace},
            }],
            "current-context": "sagemcp",
        });
        // JSON is YAML.
        format!("{config:#}\n").into()
    }

    /// The path as the API knows it, if the request may pass.
    fn admit(&self, uri: &Uri, headers: &HeaderMap) -> Option<Uri> {
        if headers.contains_key(header::ORIGIN) || !is_loopback(headers) {
            return None;
        }
        let Some(secret) = &self.secret else { return Some(uri.clone()) };
        let all = uri.path_and_query()?.as_str().strip_prefix('/')?;
        let (given, rest) = all.split_at(all.find(['/', '?']).unwrap_or(all.len()));
        let is_known: bool = given.as_bytes().ct_eq(secret.expose_secret().as_bytes()).into();
        if !is_known {
            return None;
        }
        if rest.starts_with('/') { rest.parse().ok() } else { format!("/{rest}").parse().ok() }
    }
}

/// A page that has its name resolve to loopback still sends its own name.
fn is_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|it| it.to_str().ok()) else { return false };
    let Ok(host) = format!("http://{host}/").parse::<url::Url>() else { return false };
    match host.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Serves until dropped; connections end with it.
///
/// # Errors
/// The listener is no listener any more.
pub async fn serve<S>(listener: TcpListener, service: S, access: Access) -> io::Result<Infallible>
where
    S: tower::Service<Request<Incoming>, Response = Response<ResponseBody>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    let access = Arc::new(access);
    let mut connections = JoinSet::new();
    loop {
        let permit = Arc::clone(&free).acquire_owned().await.map_err(io::Error::other)?;
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Err(error),
            Err(error) => {
                // Too many open files, or a client that left: the next one may fare better.
                tracing::warn!(%error, "connection not accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        let (service, access) = (service.clone(), Arc::clone(&access));
        connections.spawn(async move {
            let answer = service_fn(move |request| answer(service.clone(), Arc::clone(&access), request));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .serve_connection(TokioIo::new(stream), answer);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
            drop(permit);
        });
    }
}

async fn answer<S>(
    service: S,
    access: Arc<Access>,
    mut request: Request<Incoming>,
) -> Result<Response<ResponseBody>, Infallible>
where
    S: tower::Service<Request<Incoming>, Response = Response<ResponseBody>, Error = Infallible>,
{
    match access.admit(request.uri(), request.headers()) {
        Some(uri) => {
            *request.uri_mut() = uri;
            service.oneshot(request).await
        }
        None => {
            let message = "not for you: use the server URL of the kubeconfig";
            Ok(failure(&ApiError::new(StatusCode::FORBIDDEN, "Forbidden", message)))
        }
    }
}
