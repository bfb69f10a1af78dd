//! A compiled connector: it lists, calls and reads, for any tenant.

mod render;
mod resources;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::document::Auth;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value};
use url::Url;

pub use self::render::{RenderedRequest, RequestMessage};
pub use self::resources::ResourceError;
use crate::action::Action;
use crate::answer;
use crate::auth::Authentication;
use crate::base::Base;
use crate::egress::GuardedClient;
use crate::failure::Failure;
use crate::hosts::Hosts;
use crate::jq::Program;
use crate::listing::{ResourceListing, ResourceTemplateListing, ToolListing};
use crate::lookup::Lookup;
use crate::paging::Pages;
use crate::request::Request;
use crate::resource::Resource;
use crate::result::ToolResult;
use crate::schema::ObjectSchema;
use crate::secret_headers::SecretHeaders;
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
    pub(crate) secret_headers: SecretHeaders,
    pub(crate) error_message: Option<Arc<Program>>,
    pub(crate) failure: Option<Arc<Program>>,
    pub(crate) settings: Option<ObjectSchema>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) by_name: HashMap<String, usize>,
    pub(crate) removed: BTreeMap<String, String>,
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

    /// Why a tool that people know by this full name is gone. No listing names it; a call of it gives this reason.
    #[must_use]
    pub fn removed(&self, name: &str) -> Option<&str> {
        self.removed.get(name).map(String::as_str)
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Tool> {
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

    /// Checks that `Connector.spec.native.headersFrom` names the secret headers that the document asks for.
    ///
    /// # Errors
    /// Which one is missing, or is none of them.
    pub fn check_secret_headers(&self, given: &[&str]) -> Result<(), String> {
        self.secret_headers.check(given)
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
        let Some(tool) = self.find(tool) else {
            let reason = self.removed(tool).ok_or_else(|| UnknownTool { name: tool.to_owned() })?;
            return Ok(ToolResult::error(reason.to_owned()));
        };
        let result = self.try_call(client, target, tool, arguments).await;
        Ok(result.unwrap_or_else(|failure| ToolResult::from(target.redact(failure))))
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
        let scopes = &tool.listing.scopes;
        let Some(paging) = &tool.paging else {
            return answer::of(self, tool, tool.action.run(&session, &arguments, scopes).await?).await;
        };
        let Pages { output, notice } = paging.run(&tool.action, &session, arguments, scopes).await?;
        let result = answer::of(self, tool, output).await?;
        Ok(match notice {
            Some(notice) => result.with_text(target.redact(Failure::new(notice)).to_string()),
            None => result,
        })
    }
}
