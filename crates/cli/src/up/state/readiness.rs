//! Whether an object is ready, and if not, why.

use crds::v1alpha1::{ApiKey, Connector, ConnectorDefinition, Tenant, status};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::Resource;

/// An object whose status has conditions.
pub(super) trait HasConditions {
    /// The conditions.
    fn conditions(&self) -> &[Condition];

    /// Where clients find it.
    fn endpoint(&self) -> Option<&str> {
        None
    }

    /// What is known of the tools that it offers.
    fn tools(&self) -> Tools {
        Tools::Unknown
    }
}

impl HasConditions for Tenant {
    fn conditions(&self) -> &[Condition] {
        self.status.as_ref().map_or(&[], |status| &status.conditions)
    }

    fn endpoint(&self) -> Option<&str> {
        self.status.as_ref()?.endpoint.as_deref()
    }
}

impl HasConditions for Connector {
    fn conditions(&self) -> &[Condition] {
        self.status.as_ref().map_or(&[], |status| &status.conditions)
    }

    fn endpoint(&self) -> Option<&str> {
        self.status.as_ref()?.endpoint.as_deref()
    }

    fn tools(&self) -> Tools {
        let discovered = self.conditions().iter().find(|it| it.type_ == status::TOOLS_DISCOVERED);
        match discovered {
            Some(it) if it.status == status::State::False.as_str() => Tools::Unavailable(it.message.clone()),
            _ => self
                .status
                .as_ref()
                .and_then(|status| status.tools.as_ref())
                .map_or(Tools::Unknown, |tools| Tools::Known(tools.count)),
        }
    }
}

impl HasConditions for ApiKey {
    fn conditions(&self) -> &[Condition] {
        self.status.as_ref().map_or(&[], |status| &status.conditions)
    }
}

impl HasConditions for ConnectorDefinition {
    fn conditions(&self) -> &[Condition] {
        self.status.as_ref().map_or(&[], |status| &status.conditions)
    }
}

/// What is known of a connector's tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::up) enum Tools {
    /// Nothing yet.
    Unknown,
    /// There are so many.
    Known(i32),
    /// The server could not be asked, and why.
    Unavailable(String),
}

/// The condition `Ready` of an object's current generation, unless the status is one of an earlier process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::up) struct Readiness {
    status: String,
    reason: String,
    message: String,
    /// What is known of a connector's tools.
    pub(in crate::up) tools: Tools,
}

impl Readiness {
    /// What an object's status says. A status with an endpoint elsewhere than at `public_url` is left from a process that
    /// listened elsewhere, and says nothing.
    pub(super) fn of<K: Resource + HasConditions>(object: &K, public_url: &str) -> Self {
        let generation = object.meta().generation.unwrap_or_default();
        let is_ours = object.endpoint().is_none_or(|it| it.starts_with(public_url));
        let current = object
            .conditions()
            .iter()
            .filter(|it| is_ours && it.observed_generation.is_none_or(|seen| seen >= generation))
            .find(|it| it.type_ == status::READY);
        let text = |field: fn(&Condition) -> &String| current.map(field).cloned().unwrap_or_default();
        Self {
            status: text(|it| &it.status),
            reason: text(|it| &it.reason),
            message: text(|it| &it.message),
            tools: object.tools(),
        }
    }

    /// Whether the object is ready.
    pub(in crate::up) fn is_ready(&self) -> bool {
        self.status == status::State::True.as_str()
    }

    /// Whether the operator has looked at the object as it is now.
    pub(in crate::up) fn is_known(&self) -> bool {
        !self.status.is_empty()
    }

    /// Why it is not ready.
    pub(in crate::up) fn why(&self) -> String {
        match (self.is_known(), self.message.is_empty()) {
            (false, _) => "not looked at yet".to_owned(),
            (true, true) => self.reason.clone(),
            (true, false) => format!("{}: {}", self.reason, self.message),
        }
    }
}
