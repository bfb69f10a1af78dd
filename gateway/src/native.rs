//! Native connectors: our own engine as an [`Upstream`].

mod engine;

use std::sync::Arc;

use async_trait::async_trait;
use connectors::{CallTarget, ResourceError, egress::GuardedClient};
use domain::config::Backend;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json, value::RawValue};

pub use engine::{Engine, Engines};

use crate::{
    mcp::error::{INTERNAL_ERROR, INVALID_PARAMS, LEGACY_RESOURCE_NOT_FOUND, RpcError},
    snapshot::Connector,
    upstream::{Call, Description, Upstream, UpstreamError},
};

/// A connector of our own engine, for one connector object.
pub struct Native {
    engine: Arc<Engine>,
    client: GuardedClient,
    /// For callers that bring no credential.
    target: CallTarget,
    takes_user_credentials: bool,
}

impl Native {
    /// Fits an engine to a connector object.
    ///
    /// # Errors
    /// `Misconfigured`, if a setting or the base URL is wrong, or the secrets do not open.
    pub fn new(
        engine: Arc<Engine>,
        client: GuardedClient,
        connector: &Connector,
    ) -> Result<Self, UpstreamError> {
        let Backend::Native { base_url, settings, .. } = &connector.config.backend else {
            return Err(misconfigured("the connector is not native".to_owned()));
        };
        let secrets = connector
            .secrets
            .as_ref()
            .map_err(|error| misconfigured(format!("its secrets do not open: {error}")))?;
        let base_url = base_url
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|error| misconfigured(format!("spec.native.baseUrl is no URL: {error}")))?;
        let settings = engine.connector().check_settings(settings).map_err(misconfigured)?;
        let target = CallTarget {
            base_url,
            credential: secrets.credential.clone(),
            secret_headers: secrets.headers.clone(),
            settings,
        };
        Ok(Self { engine, client, target, takes_user_credentials: connector.takes_user_credentials() })
    }

    async fn call_tool(
        &self,
        target: &CallTarget,
        params: &RawValue,
    ) -> Result<Box<RawValue>, UpstreamError> {
        let params: ToolParams = read(params)?;
        let called =
            self.engine.connector().call(&self.client, target, &params.name, &params.arguments).await;
        match called {
            Ok(result) => Ok(write(&result)),
            Err(unknown) => Err(rpc(&RpcError::unknown_tool(&unknown.name))),
        }
    }

    async fn read_resource(
        &self,
        target: &CallTarget,
        params: &RawValue,
    ) -> Result<Box<RawValue>, UpstreamError> {
        let params: ResourceParams = read(params)?;
        match self.engine.connector().read_resource(&self.client, target, &params.uri).await {
            Ok(contents) => Ok(write(&json!({"contents": [contents]}))),
            Err(ResourceError::Unknown { uri }) => Err(rpc(&RpcError {
                code: LEGACY_RESOURCE_NOT_FOUND,
                message: "resource not found".to_owned(),
                data: Some(json!({"uri": uri})),
            })),
            Err(ResourceError::Failed { message, .. }) => Err(rpc(&RpcError::new(INTERNAL_ERROR, message))),
        }
    }

    async fn list_resources(&self, target: &CallTarget) -> Result<Box<RawValue>, UpstreamError> {
        match self.engine.connector().list_resources(&self.client, target).await {
            Ok(resources) => Ok(write(&json!({"resources": resources}))),
            Err(error) => Err(rpc(&RpcError::new(INTERNAL_ERROR, error.to_string()))),
        }
    }
}

#[async_trait]
impl Upstream for Native {
    async fn describe(&self, _: &Call) -> Result<Description, UpstreamError> {
        let connector = self.engine.connector();
        let mut capabilities = Map::new();
        capabilities.insert("tools".to_owned(), json!({}));
        if connector.has_resources() {
            capabilities.insert("resources".to_owned(), json!({}));
        }
        let description = connector.description();
        Ok(Description {
            capabilities,
            server_info: json!({"name": connector.title(), "version": env!("CARGO_PKG_VERSION")}),
            instructions: (!description.is_empty()).then(|| description.to_owned()),
        })
    }

    async fn request(
        &self,
        call: &Call,
        method: &str,
        params: Option<&RawValue>,
    ) -> Result<Box<RawValue>, UpstreamError> {
        let own = call.user_credential.as_ref().filter(|_| self.takes_user_credentials);
        let own = own.map(|credential| with_credential(&self.target, credential));
        let target = own.as_ref().unwrap_or(&self.target);
        let none = RawValue::NULL;
        let params = params.unwrap_or(none);
        match method {
            "tools/call" => self.call_tool(target, params).await,
            "tools/list" => Ok(write(&json!({"tools": self.engine.connector().tools()}))),
            "resources/list" if self.engine.connector().has_resources() => self.list_resources(target).await,
            "resources/templates/list" if self.engine.connector().has_resources() => {
                Ok(write(&json!({"resourceTemplates": self.engine.connector().resource_templates()})))
            }
            "resources/read" if self.engine.connector().has_resources() => {
                self.read_resource(target, params).await
            }
            other => Err(UpstreamError::MethodNotFound(other.to_owned())),
        }
    }

    async fn shutdown(&self) {}
}

fn with_credential(target: &CallTarget, credential: &SecretString) -> CallTarget {
    CallTarget { credential: Some(credential.clone()), ..target.clone() }
}

#[derive(Deserialize)]
struct ToolParams {
    name: String,
    #[serde(default)]
    arguments: Map<String, Value>,
}

#[derive(Deserialize)]
struct ResourceParams {
    uri: String,
}

fn read<T: for<'de> Deserialize<'de>>(params: &RawValue) -> Result<T, UpstreamError> {
    serde_json::from_str(params.get())
        .map_err(|error| rpc(&RpcError::new(INVALID_PARAMS, format!("params: {error}"))))
}

fn write(result: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(result).expect("results are made of texts, maps and JSON")
}

fn rpc(error: &RpcError) -> UpstreamError {
    UpstreamError::Rpc(error.to_raw())
}

fn misconfigured(message: String) -> UpstreamError {
    UpstreamError::Unavailable { reason: "Misconfigured", message }
}
