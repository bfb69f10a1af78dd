//! Resources of a connector: listed and read.

use serde_json::{Map, Value};

use super::Connector;
use crate::action::Action;
use crate::egress::GuardedClient;
use crate::functions::Output;
use crate::listing::{ResourceListing, ResourceTemplateListing};
use crate::result::{ResourceContents, ResourceData, text_of};
use crate::session::Session;
use crate::target::CallTarget;

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

    /// Whether a resource has this URI.
    pub(crate) fn reads(&self, uri: &str) -> bool {
        self.resources.iter().any(|resource| resource.pattern.matches(uri).is_some())
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
            let failure = target.redact(failure);
            ResourceError::Failed { message: failure.to_string(), status: failure.status() }
        })
    }
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
