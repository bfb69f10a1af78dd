//! `initialize` and `server/discover`: what this endpoint is and can do.

use std::sync::Arc;

use futures::future::join_all;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::{
    LEGACY_VERSIONS, MODERN_VERSION,
    error::RpcError,
    job::{Failure, Job, Outcome},
    result::TTL_MS,
};
use crate::{
    access::{Access, Target},
    snapshot::Connector,
    upstream::Description,
};

/// How long a handshake waits for a server that has not said yet what it can do.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);
/// What a server is taken to offer that could not be asked in time. A method it lacks answers "method not found".
const PRESUMED: [&str; 4] = ["tools", "resources", "prompts", "completions"];
/// The extension that needs state in the gateway, and is not offered yet.
const TASKS: &str = "io.modelcontextprotocol/tasks";

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct InitializeParams {
    protocol_version: Option<String>,
    capabilities: Value,
}

impl Job {
    /// Legacy: settles the version and says what is offered. The session id travels as a header, see `exchange`.
    pub(super) async fn initialize(&self) -> Result<Outcome, Failure> {
        let asked = self.initialize_params()?;
        let version = asked
            .protocol_version
            .as_deref()
            .and_then(|asked| LEGACY_VERSIONS.into_iter().find(|known| *known == asked))
            .unwrap_or(LEGACY_VERSIONS[0]);
        let offer = self.offer().await;
        let mut result = json!({
            "protocolVersion": version,
            "capabilities": offer.capabilities,
            "serverInfo": offer.server_info,
        });
        if let Some(instructions) = offer.instructions {
            result["instructions"] = Value::String(instructions);
        }
        Ok(Outcome::Ready(result.to_string()))
    }

    /// The version and session id that answer an `initialize`.
    pub(super) fn open_session(&self) -> Option<String> {
        let asked = self.initialize_params().ok()?;
        let version = asked.protocol_version.as_deref().unwrap_or(LEGACY_VERSIONS[0]);
        let capabilities = if asked.capabilities.is_object() { asked.capabilities } else { json!({}) };
        self.app.sessions.open(&self.access, version, capabilities, self.app.clock.now_ms())
    }

    fn initialize_params(&self) -> Result<InitializeParams, RpcError> {
        let Some(params) = &self.request.params else {
            return Err(RpcError::invalid_params("initialize needs params.protocolVersion"));
        };
        let params: InitializeParams = serde_json::from_str(params.get())
            .map_err(|error| RpcError::invalid_params(format!("params: {error}")))?;
        if params.protocol_version.is_none() {
            return Err(RpcError::invalid_params("initialize needs params.protocolVersion"));
        }
        Ok(params)
    }

    /// Modern: the same, for clients that ask.
    pub(super) async fn discover(&self) -> Result<Outcome, Failure> {
        let mut offer = self.offer().await;
        // Log messages come with a request that asks for them; nothing is set once.
        offer.capabilities.remove("logging");
        let mut result = json!({
            "supportedVersions": [MODERN_VERSION],
            "capabilities": offer.capabilities,
            "resultType": "complete",
            "ttlMs": TTL_MS,
            "cacheScope": "private",
            "_meta": {"io.modelcontextprotocol/serverInfo": offer.server_info},
        });
        if let Some(instructions) = offer.instructions {
            result["instructions"] = Value::String(instructions);
        }
        Ok(Outcome::Ready(result.to_string()))
    }

    async fn offer(&self) -> Offer {
        match &self.access.target {
            Target::One(connector) => {
                let description = self.description(connector).await;
                let mut offer = Offer::of(&description, true);
                offer.server_info = with_name(&description.server_info, &self.access);
                offer
            }
            Target::All => {
                let connectors: Vec<_> =
                    self.access.tenant.enabled().filter(|connector| self.access.may_use(connector)).collect();
                let descriptions =
                    join_all(connectors.iter().map(|connector| self.description(connector))).await;
                let mut all = Offer::default();
                all.capabilities.insert("tools".to_owned(), json!({}));
                for description in &descriptions {
                    all.capabilities.extend(Offer::of(description, false).capabilities);
                }
                all.server_info =
                    json!({"name": server_name(&self.access), "version": env!("CARGO_PKG_VERSION")});
                all
            }
        }
    }

    /// What a connector's server says of itself, or what it is taken to offer while it cannot be asked.
    async fn description(&self, connector: &Arc<Connector>) -> Arc<Description> {
        let asked = timeout(PATIENCE, async {
            let instance = self.instance(connector).await?;
            match instance.known_description() {
                Some(known) => Ok(known),
                None => instance.describe(&self.quiet_call(connector)).await,
            }
        });
        match asked.await {
            Ok(Ok(description)) => description,
            Ok(Err(error)) => {
                tracing::debug!(connector = connector.name, %error, "cannot ask the server what it offers");
                Arc::new(presumed())
            }
            Err(_) => Arc::new(presumed()),
        }
    }
}

fn presumed() -> Description {
    let capabilities = PRESUMED.into_iter().map(|name| (name.to_owned(), json!({}))).collect();
    Description { capabilities, server_info: Value::Null, instructions: None }
}

#[derive(Default)]
struct Offer {
    capabilities: Map<String, Value>,
    server_info: Value,
    instructions: Option<String>,
}

impl Offer {
    /// What of a server's capabilities reaches a client: no notices outside of a request, and extensions only where one
    /// server stands behind the endpoint.
    fn of(description: &Description, alone: bool) -> Self {
        let mut capabilities = Map::new();
        for (name, value) in &description.capabilities {
            let kept = match name.as_str() {
                "tools" | "prompts" | "resources" => Some(without(value, &["listChanged", "subscribe"])),
                "completions" => Some(value.clone()),
                "logging" | "experimental" if alone => Some(value.clone()),
                "extensions" if alone => Some(without(value, &[TASKS])),
                _ => None,
            };
            if let Some(value) = kept {
                capabilities.insert(name.clone(), value);
            }
        }
        let instructions = description.instructions.clone();
        Self { capabilities, server_info: Value::Null, instructions }
    }
}

fn without(value: &Value, names: &[&str]) -> Value {
    let mut value = value.clone();
    if let Some(members) = value.as_object_mut() {
        members.retain(|name, _| !names.contains(&name.as_str()));
    }
    value
}

/// The server's own words about itself, or ours where it has none.
fn with_name(server_info: &Value, access: &Access) -> Value {
    let named = server_info.get("name").is_some_and(Value::is_string)
        && server_info.get("version").is_some_and(Value::is_string);
    if named {
        return server_info.clone();
    }
    json!({"name": server_name(access), "version": env!("CARGO_PKG_VERSION")})
}

/// The name of an endpoint for people.
pub(crate) fn server_name(access: &Access) -> String {
    match &access.target {
        Target::One(connector) => connector.config.display_name.clone(),
        Target::All => format!("SageMCP: {}", access.tenant.config.display_name),
    }
}
