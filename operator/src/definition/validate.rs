//! Step 1: does the document compile? Pure. A definition refers to nothing, so there is nothing to read.

use connectors::{compile, egress::EgressPolicy};
use crds::v1alpha1::ConnectorDefinition;
use domain::document::{ConnectorDocument, definition_name};
use url::Url;

use crate::{
    documents::list,
    error::{Error, Finding},
};

/// A document that compiles.
#[derive(Debug)]
pub(super) struct ValidatedDefinition {
    pub(super) document: ConnectorDocument,
    pub(super) tools: usize,
}

pub(super) fn validate(
    definition: &ConnectorDefinition,
    egress: &EgressPolicy,
) -> Result<ValidatedDefinition, Error> {
    let document = &definition.spec.document;
    let name = definition.metadata.name.as_deref().unwrap_or_default();
    if definition_name(&document.service) != name {
        let message = format!(
            "spec.service: is \"{}\" and must be like metadata.name (\"{name}\", where `-` stands for `_`), by which \
             connectors ask for it; rename one of them",
            document.service
        );
        return Err(Error::Refused(Finding::new("NameMismatch", message)));
    }
    let compiled = compile(document).map_err(|problems| {
        Error::Refused(Finding::new("InvalidDocument", format!("spec.{}", list(&problems))))
    })?;
    // It compiled, so these are URLs; whether they may be reached is this installation's to say.
    let servers = document.servers.iter().map(|(name, url)| (format!("spec.servers.{name}"), url));
    for (field, url) in std::iter::once(("spec.baseUrl".to_owned(), &document.base_url)).chain(servers) {
        if let Ok(url) = Url::parse(url) {
            egress.check_url(&url).map_err(|denied| {
                Error::Refused(Finding::new("EgressRefused", format!("{field}: {denied}")))
            })?;
        }
    }
    Ok(ValidatedDefinition { document: document.clone(), tools: compiled.tools().len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{definition, finding};

    fn validate(definition: &ConnectorDefinition) -> Result<ValidatedDefinition, Error> {
        super::validate(definition, &EgressPolicy::default())
    }

    const TOOL: &str =
        "{name: list, description: Lists., input: {type: object}, request: {method: GET, url: /things}}";

    #[test]
    fn a_document_that_compiles_is_accepted_with_its_tools() {
        let good = format!("{{service: crm, title: CRM, baseUrl: 'https://crm.example', tools: [{TOOL}]}}");
        assert_eq!(validate(&definition("crm", &good)).unwrap().tools, 1);
    }

    #[test]
    fn a_private_base_url_is_refused_with_the_flag_that_allows_it() {
        let private = format!("{{service: crm, title: CRM, baseUrl: 'https://10.0.0.5/', tools: [{TOOL}]}}");
        let (reason, message) = finding(validate(&definition("crm", &private)));
        assert_eq!(reason, "EgressRefused");
        assert!(message.contains("--egress-allow 10.0.0.5:443"), "{message}");
        let allowed: EgressPolicy = ["10.0.0.5".parse().unwrap()].into_iter().collect();
        assert!(super::validate(&definition("crm", &private), &allowed).is_ok());
    }

    #[test]
    fn a_private_server_is_refused_as_a_private_base_url_is() {
        let private = format!(
            "{{service: crm, title: CRM, baseUrl: 'https://crm.example', servers: {{files: 'https://10.0.0.5/'}}, \
             tools: [{TOOL}]}}"
        );
        let (reason, message) = finding(validate(&definition("crm", &private)));
        assert_eq!(reason, "EgressRefused");
        assert!(message.starts_with("spec.servers.files: "), "{message}");
    }

    #[test]
    fn the_name_must_be_the_services() {
        let other =
            format!("{{service: other, title: CRM, baseUrl: 'https://crm.example', tools: [{TOOL}]}}");
        let (reason, message) = finding(validate(&definition("crm", &other)));
        assert_eq!(reason, "NameMismatch");
        assert!(message.contains("\"other\"") && message.contains("\"crm\""), "{message}");
    }

    #[test]
    fn a_name_has_a_dash_where_the_service_has_an_underscore() {
        let docs =
            format!("{{service: my_docs, title: D, baseUrl: 'https://docs.example', tools: [{TOOL}]}}");
        assert!(validate(&definition("my-docs", &docs)).is_ok());
    }

    #[test]
    fn a_refused_program_is_named_with_field_and_remedy() {
        let tool = TOOL.replace("request:", "response: 'env', request:");
        let bad = format!("{{service: crm, title: CRM, baseUrl: 'https://crm.example', tools: [{tool}]}}");
        let (reason, message) = finding(validate(&definition("crm", &bad)));
        assert_eq!(reason, "InvalidDocument");
        assert!(message.starts_with("spec.tools[0].response:"), "{message}");
    }
}
