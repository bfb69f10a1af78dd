//! The names that people know: each tool of `known.json` is served, or answered with the reason why not, and takes the
//! arguments that it took.

use std::collections::{BTreeMap, BTreeSet};

use connectors::Catalog;
use domain::document::{ConnectorDocument, ToolDocument};
use serde_json::Value;

use crate::fixture::Fixture;
use crate::{document, table};

/// Arguments by tool by service.
type Known = BTreeMap<String, BTreeMap<String, Vec<String>>>;

fn known() -> Known {
    serde_json::from_str(include_str!("known.json")).unwrap()
}

/// What a document lacks, or says that it lacks and does not.
fn missing(
    document: &ConnectorDocument,
    fixture: &Fixture,
    known: &BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    let service = &document.service;
    let mut wrong = Vec::new();
    let mut needed = BTreeSet::new();
    for (name, arguments) in known {
        let is_it = |tool: &&ToolDocument| tool.name == *name || tool.aliases.contains(name);
        let Some(tool) = document.tools.iter().find(is_it) else {
            if !document.removed.iter().any(|removed| removed.name == *name) {
                wrong.push(format!("{service}_{name} is neither a tool, nor an alias, nor removed"));
            }
            continue;
        };
        let takes = tool.input.get("properties").and_then(Value::as_object);
        for argument in arguments.iter().filter(|name| !takes.is_some_and(|takes| takes.contains_key(*name)))
        {
            let key = format!("{name}.{argument}");
            if !fixture.dropped.contains_key(&key) {
                wrong.push(format!("{service}_{name} does not take {argument}"));
            }
            needed.insert(key);
        }
    }
    let vain = fixture.dropped.keys().filter(|key| !needed.contains(*key));
    wrong.extend(vain.map(|key| format!("{service}: {key} is not dropped")));
    wrong
}

#[test]
fn every_tool_that_people_know_is_there_and_takes_what_it_took() {
    let mut known = known();
    let mut wrong = Vec::new();
    for service in document::services() {
        // A connector that nobody knows yet has nothing to keep.
        let Some(tools) = known.remove(&service) else { continue };
        let read = document::read(&service).and_then(|document| Ok((document, Fixture::load(&service)?)));
        match read {
            Ok((document, fixture)) => wrong.extend(missing(&document, &fixture, &tools)),
            Err(problem) => wrong.push(format!("{service}: {problem}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_service_that_people_know_has_its_oracles_named() {
    assert!(known().keys().all(|service| table::TABLE.iter().any(|entry| entry.service == service)));
}

#[test]
fn no_connector_is_lost_between_what_is_tested_what_is_built_in_and_what_people_know() {
    let built_in: BTreeSet<String> = Catalog::new().services().map(str::to_owned).collect();
    assert_eq!(document::in_the_folder().into_iter().collect::<BTreeSet<_>>(), built_in);
    let named = table::TABLE.iter().map(|entry| entry.service.to_owned());
    let lacking: Vec<String> = known()
        .into_keys()
        .chain(named)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter(|service| !built_in.contains(service))
        .collect();
    assert_eq!(lacking, [""; 0]);
}

#[test]
fn a_lost_name_or_argument_is_noticed() {
    let document = connectors::parse(
        "{service: a, title: A, baseUrl: 'https://a.example', tools: [{name: get, aliases: [fetch], description: Gets.,
          input: {type: object, properties: {id: {type: string}}}, request: {method: GET, url: '/{id}'}}],
          removed: [{name: drop, reason: The vendor took it away.}]}",
    );
    let document = document.unwrap();
    let known = |name: &str, arguments: &[&str]| {
        let arguments = arguments.iter().map(|name| (*name).to_owned()).collect();
        missing(&document, &Fixture::default(), &BTreeMap::from([(name.to_owned(), arguments)]))
    };
    assert!(known("get", &["id"]).is_empty());
    assert!(known("fetch", &["id"]).is_empty());
    assert!(known("drop", &["id"]).is_empty());
    assert_eq!(known("put", &[]), ["a_put is neither a tool, nor an alias, nor removed"]);
    assert_eq!(known("get", &["id", "size"]), ["a_get does not take size"]);
    let fixture: Fixture = serde_json::from_str(r#"{"dropped": {"get.id": "why"}}"#).unwrap();
    let vain = missing(&document, &fixture, &BTreeMap::from([("get".to_owned(), vec!["id".to_owned()])]));
    assert_eq!(vain, ["a: get.id is not dropped"]);
}
