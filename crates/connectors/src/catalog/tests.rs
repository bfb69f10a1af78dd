//! What holds of every built-in document.

use super::Catalog;

#[test]
fn every_built_in_document_compiles() {
    let catalog = Catalog::new();
    for service in catalog.services() {
        let connector = catalog.connector(service).unwrap();
        let connector = connector.unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        });
        assert_eq!(connector.service(), service);
        assert!(std::sync::Arc::ptr_eq(&connector, &catalog.connector(service).unwrap().unwrap()));
    }
    assert!(catalog.connector("nobody").is_none());
}

#[test]
fn tools_say_what_they_are_for_briefly() {
    let catalog = Catalog::new();
    for service in catalog.services() {
        let document = catalog.document(service).unwrap().unwrap();
        for tool in &document.tools {
            assert!(tool.description.len() <= 200, "{}: {} bytes", tool.name, tool.description.len());
            assert!(tool.title.is_some(), "{}", tool.name);
            assert_eq!(tool.input.get("additionalProperties"), Some(&false.into()), "{}", tool.name);
        }
    }
}
