use domain::{
    config::{Backend, CredentialLevel},
    tools::{ToolOverride, ToolRules},
};
use serde_json::value::RawValue;

use super::*;

fn config(tools: ToolRules, prefix: Option<&str>) -> ConnectorConfig {
    ConnectorConfig {
        display_name: String::new(),
        enabled: true,
        backend: Backend::Remote { url: "https://x.example/mcp".to_owned() },
        tools,
        tool_prefix: prefix.map(ToOwned::to_owned),
        credential_level: CredentialLevel::Tenant,
    }
}

fn tools(entries: &[&str]) -> Vec<Arc<RawTool>> {
    let parse = |json: &&str| RawTool::parse(&RawValue::from_string((*json).to_owned()).unwrap()).unwrap();
    entries.iter().map(parse).map(Arc::new).collect()
}

#[test]
fn an_entry_without_corrections_is_passed_on_byte_for_byte() {
    let json = r#"{ "x-new":[1.0], "name":"a",  "inputSchema":{"type":"object"}}"#;
    let index = ToolIndex::new(&config(ToolRules::default(), None), false, &tools(&[json]), String::new());
    assert_eq!(index.tools()[0].json(), json);
    assert!(std::ptr::eq(index.get("a").unwrap(), &raw const index.tools()[0]));
}

#[test]
fn a_prefix_changes_the_name_and_nothing_else() {
    let json = r#"{"z":1,"name":"a","b":2}"#;
    let index =
        ToolIndex::new(&config(ToolRules::default(), Some("p")), false, &tools(&[json]), String::new());
    assert_eq!(index.get("p__a").unwrap().json(), r#"{"z":1,"name":"p__a","b":2}"#);
    assert!(index.get("a").is_none());
}

#[test]
fn hints_of_other_servers_count_only_as_overridden() {
    let entries = [
        r#"{"name":"says","annotations":{"readOnlyHint":true}}"#,
        r#"{"name":"vouched"}"#,
        r#"{"name":"denied"}"#,
    ];
    let rules = ToolRules {
        deny: vec!["denied".to_owned()],
        overrides: vec![ToolOverride {
            name: "vouched".to_owned(),
            description: None,
            read_only: Some(true),
        }],
        ..ToolRules::default()
    };
    let index = ToolIndex::new(&config(rules.clone(), None), false, &tools(&entries), String::new());
    assert!(!index.get("says").unwrap().read_only);
    assert!(index.get("vouched").unwrap().read_only);
    assert!(index.get("vouched").unwrap().json().contains(r#""annotations":{"readOnlyHint":true}"#));
    assert!(index.get("denied").is_none());
    let native = ToolIndex::new(&config(rules, None), true, &tools(&entries), String::new());
    assert!(native.get("says").unwrap().read_only, "our engine's hint is proven");
    assert!(!native.get("vouched").unwrap().read_only, "and cannot be widened");
}

#[test]
fn the_first_of_two_tools_with_one_name_is_kept() {
    let entries = [r#"{"name":"b"}"#, r#"{"name":"a","n":1}"#, r#"{"name":"a","n":2}"#];
    let index = ToolIndex::new(&config(ToolRules::default(), None), false, &tools(&entries), String::new());
    let names: Vec<_> = index.tools().iter().map(Listed::exposed).collect();
    assert_eq!(names, ["b", "a"]);
    assert!(index.get("a").unwrap().json().contains("\"n\":1"));
}
