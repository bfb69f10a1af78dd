//! What no schema says: whether documents compile, and whether references lead somewhere.

use std::collections::BTreeMap;

use connectors::Catalog;
use crds::v1alpha1::{Connector, ConnectorDefinition};
use domain::document::definition_name;
use serde_json::Value;

use crate::manifest::Manifest;

type Compiled = Result<connectors::Connector, Vec<String>>;

/// The manifests that are checked together.
pub(super) struct Set {
    definitions: BTreeMap<String, Compiled>,
    catalog: Catalog,
}

impl Set {
    /// Compiles what is to be compiled.
    pub(super) fn of(manifests: &[Manifest]) -> Self {
        let definitions = manifests.iter().filter(|it| it.kind.resource.kind == "ConnectorDefinition");
        Self {
            definitions: definitions.map(|it| (it.name.clone(), compile(&it.object))).collect(),
            catalog: Catalog::new(),
        }
    }

    /// Everything that is wrong with an object that the API accepts.
    pub(super) fn faults(&self, manifest: &Manifest) -> Vec<String> {
        match manifest.kind.resource.kind.as_str() {
            "ConnectorDefinition" => match self.definitions.get(&manifest.name) {
                Some(Err(problems)) => problems.clone(),
                _ => Vec::new(),
            },
            "Connector" => match serde_json::from_value::<Connector>(manifest.object.clone()) {
                Ok(connector) => self.native(&connector).err().into_iter().collect(),
                Err(error) => vec![error.to_string()],
            },
            _ => Vec::new(),
        }
    }

    fn native(&self, connector: &Connector) -> Result<(), String> {
        let Some(native) = &connector.spec.native else { return Ok(()) };
        let check = |found: &connectors::Connector| {
            let checked = found.check_settings(&native.config).map(drop);
            checked.map_err(|reason| format!("spec.native.config: {reason}"))
        };
        match (self.definitions.get(&definition_name(&native.type_)), self.catalog.connector(&native.type_)) {
            (Some(Ok(found)), _) => check(found),
            // Reported where it is defined.
            (Some(Err(_)), _) => Ok(()),
            (None, Some(Ok(found))) => check(&found),
            (None, Some(Err(problems))) => {
                Err(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
            }
            (None, None) => {
                let built_in = self.catalog.services().map(str::to_owned);
                let known: Vec<String> = built_in.chain(self.definitions.keys().cloned()).collect();
                Err(format!(
                    "spec.native.type: there is no connector \"{}\"; use one of {}, or add a ConnectorDefinition named \"{}\"",
                    native.type_,
                    known.join(", "),
                    definition_name(&native.type_)
                ))
            }
        }
    }
}

fn compile(object: &Value) -> Compiled {
    let definition: ConnectorDefinition =
        serde_json::from_value(object.clone()).map_err(|error| vec![error.to_string()])?;
    connectors::compile(&definition.spec.document)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}
