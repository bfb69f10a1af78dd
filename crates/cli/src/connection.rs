//! Which API a command speaks to: the local one of a running `sagemcp up`, or a cluster's.

use std::{
    future::Future,
    path::{Path, PathBuf},
    time::Duration,
};

use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig, KubeconfigError},
};

use crate::{context, error::Error};

/// The longest that one request may take. Watches are not requests in this sense.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest that a process on this machine may take to accept a connection.
const LOCAL_TIMEOUT: Duration = Duration::from_secs(2);

/// Which API to speak to.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// The namespace; default: that of the context
    #[arg(short, long, value_name = "NAME", env = "SAGEMCP_NAMESPACE")]
    pub namespace: Option<String>,
    /// The data directory of a running `sagemcp up`; default: .sagemcp here or in a directory above
    #[arg(long, value_name = "DIR", env = "SAGEMCP_DATA")]
    pub data: Option<PathBuf>,
    /// Speak to a cluster: the kubeconfig to use; default: $KUBECONFIG, then ~/.kube/config
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Speak to a cluster: the context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
}

/// An API, and the namespace to use in it.
#[derive(Clone)]
pub(crate) struct Connection {
    /// The client.
    pub(crate) client: Client,
    /// The namespace of objects that name none.
    pub(crate) namespace: String,
    /// Where the API is, for messages: scheme, host and port, since a path may hold a secret.
    pub(crate) server: String,
    /// Whether it is the API of a `sagemcp up`.
    pub(crate) is_local: bool,
}

/// Why there is no API to speak to.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The process that wrote a context is gone.
    #[error(
        "nothing answers at {server}, which {data_dir} names: start `sagemcp up` there again, or choose a cluster with \
         --context or --kubeconfig"
    )]
    Stale {
        /// The local API.
        server: String,
        /// The data directory.
        data_dir: PathBuf,
    },
    /// The data directory that was named has no context.
    #[error("no `sagemcp up` runs with --data {0}: start it, or name the directory of one that runs")]
    NotRunning(PathBuf),
    /// There is neither a context nor a kubeconfig.
    #[error(
        "no `sagemcp up` runs in this directory, and there is no usable kubeconfig ({0}): start `sagemcp up MANIFESTS`, \
         or name a cluster with --kubeconfig or --context"
    )]
    Nothing(#[source] Box<KubeconfigError>),
    /// A kubeconfig that does not work.
    #[error("kubeconfig: {0}")]
    Kubeconfig(#[source] Box<KubeconfigError>),
    /// A client cannot be made of the settings.
    #[error("cannot set up a client for {server}: {reason}")]
    Client {
        /// The API.
        server: String,
        /// What is wrong.
        reason: String,
    },
}

impl ConnectionArgs {
    /// Opens the connection.
    ///
    /// # Errors
    /// [`Error::Connect`] says which setting does not work.
    pub(crate) async fn open(&self) -> Result<Connection, Error> {
        let (config, is_local) = self.config().await?;
        let namespace = self.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let server = server(&config);
        let client = Client::try_from(config)
            .map_err(|error| ConnectError::Client { server: server.clone(), reason: error.to_string() })?;
        Ok(Connection { client, namespace, server, is_local })
    }

    /// The settings, and whether they are those of a `sagemcp up`.
    async fn config(&self) -> Result<(Config, bool), ConnectError> {
        let kubeconfig = |error| ConnectError::Kubeconfig(Box::new(error));
        let options = KubeConfigOptions { context: self.context.clone(), ..KubeConfigOptions::default() };
        if let Some(path) = &self.kubeconfig {
            return Ok((read(path, &options).await.map_err(kubeconfig)?, false));
        }
        if self.context.is_some() {
            return Ok((Config::from_kubeconfig(&options).await.map_err(kubeconfig)?, false));
        }
        let found = match &self.data {
            Some(data_dir) if context::path(data_dir).is_file() => Some(data_dir.clone()),
            Some(data_dir) => return Err(ConnectError::NotRunning(data_dir.clone())),
            None => std::env::current_dir().ok().and_then(|dir| context::find(&dir)),
        };
        let Some(data_dir) = found else {
            let config = Config::from_kubeconfig(&options).await;
            return Ok((config.map_err(|error| ConnectError::Nothing(Box::new(error)))?, false));
        };
        let config = read(&context::path(&data_dir), &options).await.map_err(kubeconfig)?;
        // A command must never go to a cluster instead because the local instance is down.
        let address = config.cluster_url.authority().map(ToString::to_string).unwrap_or_default();
        match tokio::time::timeout(LOCAL_TIMEOUT, tokio::net::TcpStream::connect(address)).await {
            Ok(Ok(_)) => Ok((config, true)),
            _ => Err(ConnectError::Stale { server: server(&config), data_dir }),
        }
    }
}

async fn read(path: &Path, options: &KubeConfigOptions) -> Result<Config, KubeconfigError> {
    Config::from_custom_kubeconfig(Kubeconfig::read_from(path)?, options).await
}

fn server(config: &Config) -> String {
    let url = &config.cluster_url;
    format!("{}://{}", url.scheme_str().unwrap_or("https"), url.authority().map_or("", |it| it.as_str()))
}

impl Connection {
    /// Waits for a request, but not for ever.
    ///
    /// # Errors
    /// [`Error::Refused`] with the API's own words, or [`Error::NoAnswer`].
    pub(crate) async fn bounded<T>(&self, call: impl Future<Output = kube::Result<T>>) -> Result<T, Error> {
        match tokio::time::timeout(REQUEST_TIMEOUT, call).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.explain(&error)),
            Err(_) => Err(self.no_answer(format!("nothing came within {} s", REQUEST_TIMEOUT.as_secs()))),
        }
    }

    /// Like [`Connection::bounded`], with `None` for what does not exist.
    ///
    /// # Errors
    /// As [`Connection::bounded`].
    pub(crate) async fn optional<T>(
        &self,
        call: impl Future<Output = kube::Result<T>>,
    ) -> Result<Option<T>, Error> {
        self.bounded(async {
            match call.await {
                Ok(value) => Ok(Some(value)),
                Err(kube::Error::Api(status)) if status.is_not_found() => Ok(None),
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// An error of the client in words for people.
    pub(crate) fn explain(&self, error: &kube::Error) -> Error {
        match error {
            kube::Error::Api(status) if status.code == 401 => {
                self.no_answer("401: the credential is not accepted".to_owned())
            }
            kube::Error::Api(status) => Error::Refused(status.message.clone()),
            other => {
                let mut cause: &dyn std::error::Error = other;
                while let Some(next) = cause.source() {
                    cause = next;
                }
                self.no_answer(cause.to_string())
            }
        }
    }

    fn no_answer(&self, reason: String) -> Error {
        Error::NoAnswer { server: self.server.clone(), reason }
    }
}
