//! A compiled connector: it lists, calls and reads, for any tenant.

use std::collections::HashMap;
use std::sync::Arc;

use domain::document::Auth;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value};
use url::Url;

use crate::action::Action;
use crate::auth::Authentication;
use crate::base::Base;
use crate::egress::GuardedClient;
use crate::failure::Failure;
use crate::functions::Output;
use crate::hosts::Hosts;
use crate::jq::Program;
use crate::listing::{ResourceListing, ResourceTemplateListing, ToolListing};
use crate::lookup::Lookup;
use crate::request::Request;
use crate::resource::Resource;
use crate::result::{Content, ResourceContents, ResourceData, ToolResult, text_of};
use crate::schema::ObjectSchema;
use crate::session::Session;
use crate::target::CallTarget;
use crate::tool::Tool;

/// A compiled connector. It holds nothing of any tenant, so one is shared by all.
#[derive(Debug)]
pub struct Connector {
    pub(crate) service: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) auth: Auth,
    pub(crate) base: Base,
    pub(crate) lookup: Option<Lookup>,
    pub(crate) hosts: Hosts,
    pub(crate) headers: HeaderMap,
    pub(crate) authentication: Authentication,
    pub(crate) error_message: Option<Arc<Program>>,
    pub(crate) failure: Option<Arc<Program>>,
    pub(crate) settings: Option<ObjectSchema>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) by_name: HashMap<String, usize>,
    pub(crate) listings: Vec<ToolListing>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) resource_listings: Vec<ResourceListing>,
    pub(crate) template_listings: Vec<ResourceTemplateListing>,
    pub(crate) resource_list: Option<Action>,
}

/// A call of a tool that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no tool {name:?}")]
pub struct UnknownTool {
    /// The name that was called.
    pub name: String,
}

/// Why a resource could not be read or listed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResourceError {
    /// No resource of the connector has this URI.
    #[error("there is no resource {uri:?}")]
    Unknown {
        /// The URI.
        uri: String,
    },
    /// It could not be read.
    #[error("{message}")]
    Failed {
        /// What happened and what may help.
        message: String,
        /// The vendor's status, where it answered.
        status: Option<u16>,
    },
}

impl Connector {
    /// The name that `Connector.spec.native.type` uses, as in `github`.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The vendor's name as people write it.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What the tools are for.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// How requests are authenticated: which OAuth provider and scopes, and whether a credential is needed.
    #[must_use]
    pub fn auth(&self) -> &Auth {
        &self.auth
    }

    /// The tools, in the document's order.
    #[must_use]
    pub fn tools(&self) -> &[ToolListing] {
        &self.listings
    }

    /// The tool of this full name or alias, as in `github_list_issues`.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&ToolListing> {
        self.find(name).map(|tool| &tool.listing)
    }

    fn find(&self, name: &str) -> Option<&Tool> {
        self.by_name.get(name).and_then(|index| self.tools.get(*index))
    }

    /// Checks `Connector.spec.native.config` and fills in defaults.
    ///
    /// # Errors
    /// What is wrong, by the setting's name.
    pub fn check_settings(&self, settings: &Map<String, Value>) -> Result<Map<String, Value>, String> {
        match &self.settings {
            Some(schema) => {
                schema.admit(settings).map_err(|failure| failure.to_string().replace("argument", "setting"))
            }
            None if settings.is_empty() => Ok(Map::new()),
            None => Err(format!("connectors of type {} have no settings", self.service)),
        }
    }

    /// The base URL of a request that does not use the document's: its server, or any where the request names its host.
    pub(crate) fn place(&self, request: &Request, installation: Option<&Url>) -> Result<Url, Failure> {
        match request.server() {
            None => Ok(self.base.origin().clone()),
            Some(name) => self
                .hosts
                .server(name, installation)
                .ok_or_else(|| Failure::new(format!("the connector has no server named {name}"))),
        }
    }

    /// Calls a tool. What goes wrong in the call is a result with `is_error`; the future may be dropped at any time.
    ///
    /// # Errors
    /// [`UnknownTool`] where there is no such tool.
    pub async fn call(
        &self,
        client: &GuardedClient,
        target: &CallTarget,
        tool: &str,
        arguments: &Map<String, Value>,
    ) -> Result<ToolResult, UnknownTool> {
        let tool = self.find(tool).ok_or_else(|| UnknownTool { name: tool.to_owned() })?;
        let result = self.try_call(client, target, tool, arguments).await;
        Ok(result.unwrap_or_else(|failure| ToolResult::from(Session::redact(target, failure))))
    }

    async fn try_call(
        &self,
        client: &GuardedClient,
        target: &CallTarget,
        tool: &Tool,
        arguments: &Map<String, Value>,
    ) -> Result<ToolResult, Failure> {
        let arguments = tool.input.admit(arguments)?;
        let session = Session::new(self, client, target)?;
        let structured = tool.listing.output_schema.is_some();
        match tool.action.run(&session, &arguments, &tool.listing.scopes).await? {
            Output::Value(value, _) if structured && !value.is_object() => Err(Failure::new(
                "The connector's response program gives no object, as its output schema promises.",
            )),
            Output::Value(value, _) => Ok(ToolResult::of(value, structured)),
            Output::File(introduction, contents) => Ok(file_result(introduction, contents)),
        }
    }

    /// The resources that have a URI of their own.
    ///
    /// # Errors
    /// [`ResourceError::Failed`] where the vendor refuses to list.
    pub async fn list_resources(
        &self,
        client: &GuardedClient,
        target: &CallTarget,
    ) -> Result<Vec<ResourceListing>, ResourceError> {
        let mut listings = self.resource_listings.clone();
        // Without a credential there is no account whose resources could be listed.
        if let (Some(action), Some(_)) = (&self.resource_list, &target.credential) {
            let listed = self.run(client, target, action, &Map::new()).await?;
            if let Output::Value(value, _) = listed {
                let found: Vec<Found> =
                    serde_json::from_value(value).map_err(|error| ResourceError::Failed {
                        message: format!("The connector's resourceList gives no list of resources: {error}."),
                        status: None,
                    })?;
                listings.extend(found.into_iter().map(ResourceListing::from));
            }
        }
        Ok(listings)
    }

    /// The templates of resources.
    #[must_use]
    pub fn resource_templates(&self) -> &[ResourceTemplateListing] {
        &self.template_listings
    }

    /// Whether there is any resource or template.
    #[must_use]
    pub fn has_resources(&self) -> bool {
        !self.resources.is_empty()
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// [`ResourceError`] says why it could not be read.
    pub async fn read_resource(
        &self,
        client: &GuardedClient,
        target: &CallTarget,
        uri: &str,
    ) -> Result<ResourceContents, ResourceError> {
        let found =
            self.resources.iter().find_map(|resource| Some((resource, resource.pattern.matches(uri)?)));
        let (resource, values) = found.ok_or_else(|| ResourceError::Unknown { uri: uri.to_owned() })?;
        Ok(match self.run(client, target, &resource.action, &values).await? {
            Output::File(_, contents) => ResourceContents { uri: uri.to_owned(), ..contents },
            Output::Value(value, _) => ResourceContents {
                uri: uri.to_owned(),
                mime_type: resource.mime_type.clone().or_else(|| Some("application/json".to_owned())),
                data: ResourceData::Text(text_of(&value)),
            },
        })
    }

    async fn run(
        &self,
        client: &GuardedClient,
        target: &CallTarget,
        action: &Action,
        values: &Map<String, Value>,
    ) -> Result<Output, ResourceError> {
        let output = match Session::new(self, client, target) {
            Ok(session) => action.run(&session, values, &[]).await,
            Err(failure) => Err(failure),
        };
        output.map_err(|failure| {
            let failure = Session::redact(target, failure);
            ResourceError::Failed { message: failure.to_string(), status: failure.status() }
        })
    }
}

/// A file as a result: a text follows its introduction, anything else comes as an embedded resource.
fn file_result(introduction: String, contents: ResourceContents) -> ToolResult {
    ToolResult::contents(match contents.data {
        ResourceData::Text(text) => vec![Content::Text { text: format!("{introduction}\n\n{text}") }],
        ResourceData::Blob(_) => {
            vec![Content::Text { text: introduction }, Content::Resource { resource: contents }]
        }
    })
}

/// A resource as `resourceList.response` gives it.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Found {
    uri: String,
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    mime_type: Option<String>,
}

impl From<Found> for ResourceListing {
    fn from(found: Found) -> Self {
        let Found { uri, name, description, mime_type } = found;
        Self { uri, name, description, mime_type }
    }
}
