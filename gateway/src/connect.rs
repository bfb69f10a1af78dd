//! Which kind of server stands behind a connector.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use connectors::egress::{EgressPolicy, GuardedClient, Timeouts};
use domain::config::Backend;
use secrets::ConnectorSecrets;

use crate::{
    native::{Engines, Native},
    pool::{Connect, Connected},
    snapshot::Connector,
    upstream::{
        UpstreamError,
        remote::{self, RemoteOptions, RemoteServer, RemoteSpec},
        stdio::{Places, StdioOptions, StdioServer, StdioSpec},
    },
};

/// Makes servers of every kind.
pub struct Kinds {
    engines: Arc<Engines>,
    client: GuardedClient,
    /// For remote servers, whose streams last longer than a vendor's reply.
    remote_client: GuardedClient,
    /// `None` where processes are not allowed.
    processes: Option<StdioOptions>,
    places: Arc<Places>,
}

impl Kinds {
    /// Servers that reach the network where a policy lets them. Processes only where they are allowed.
    ///
    /// # Errors
    /// The TLS back end cannot start.
    pub fn new(egress: EgressPolicy, processes: Option<StdioOptions>) -> Result<Self, reqwest::Error> {
        Ok(Self {
            engines: Arc::default(),
            client: GuardedClient::new(egress.clone(), Timeouts::default())?,
            remote_client: remote::client(egress)?,
            processes,
            places: Arc::default(),
        })
    }

    async fn native(&self, connector: &Connector, service: &str) -> Result<Connected, UpstreamError> {
        let engine = match self.engines.known(service, connector.version.definition) {
            Some(engine) => engine,
            None => self.engines.compile(connector, service).await?,
        };
        let native = Native::new(engine.clone(), self.client.clone(), connector)?;
        Ok(Connected { engine: Some(engine), ..Connected::of(Arc::new(native)) })
    }

    fn hosted(&self, connector: &Connector, program: Program<'_>) -> Result<Connected, UpstreamError> {
        let Some(options) = &self.processes else {
            return Err(unavailable(
                "ProcessRuntimeDisabled",
                "hosted servers as processes are off: run the gateway with --allow-process-runtime"
                    .to_owned(),
            ));
        };
        let secrets = opened(connector)?;
        let share = self.places.share(connector.tenant.clone(), connector.tenant_hosted_servers);
        let spec = StdioSpec {
            tenant: connector.tenant_slug.to_string(),
            connector: connector.name.clone(),
            command: program.command.to_owned(),
            args: program.args.to_vec(),
            env: program.env.clone(),
            secret_env: secrets.env.clone(),
            credential: secrets.credential.clone(),
            user_level: connector.takes_user_credentials(),
        };
        let server = StdioServer::within(share, spec, options.clone());
        let lists = server.list_versions();
        Ok(Connected { lists: Some(lists), ..Connected::of(Arc::new(server)) })
    }
}

impl Kinds {
    fn remote(&self, connector: &Connector, url: &str) -> Result<Connected, UpstreamError> {
        let secrets = opened(connector)?;
        let url = url
            .parse()
            .map_err(|error| unavailable("Misconfigured", format!("spec.remote.url is no URL: {error}")))?;
        let spec = RemoteSpec {
            tenant: connector.tenant_slug.to_string(),
            connector: connector.name.clone(),
            url,
            headers: secrets.headers.clone().into_iter().collect(),
            credential: secrets.credential.clone(),
            user_level: connector.takes_user_credentials(),
        };
        let server = RemoteServer::new(spec, RemoteOptions::default(), self.remote_client.clone())
            .map_err(|error| unavailable("Misconfigured", error.to_string()))?;
        let lists = server.list_versions();
        Ok(Connected { lists: Some(lists), ..Connected::of(Arc::new(server)) })
    }
}

/// A hosted server's program, as its connector states it.
#[derive(Clone, Copy)]
struct Program<'a> {
    command: &'a str,
    args: &'a [String],
    env: &'a BTreeMap<String, String>,
}

#[async_trait]
impl Connect for Kinds {
    async fn connect(&self, connector: &Connector) -> Result<Connected, UpstreamError> {
        match &connector.config.backend {
            Backend::Native { service, .. } => self.native(connector, service).await,
            Backend::Hosted { command, args, env } => self.hosted(connector, Program { command, args, env }),
            Backend::Remote { url } => self.remote(connector, url),
        }
    }
}

fn unavailable(reason: &'static str, message: String) -> UpstreamError {
    UpstreamError::Unavailable { reason, message }
}

fn opened(connector: &Connector) -> Result<&ConnectorSecrets, UpstreamError> {
    let wrong = |error| unavailable("Misconfigured", format!("the connector's secrets do not open: {error}"));
    connector.secrets.as_ref().map_err(wrong)
}
