//! The GitHub connector against GitHub's own description of its API (`contract/github.json`, derived from the published
//! OpenAPI package by `contract/extract-github.mjs`).
//!
//! Every tool is called for real, over HTTP, against a loopback server that knows the description: it notes each request
//! that GitHub would not understand, and answers with GitHub's examples and with replies made from its schemas.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

#[path = "contract/arguments.rs"]
mod arguments;
#[path = "contract/description.rs"]
mod description;
#[path = "contract/sample.rs"]
mod sample;
#[path = "contract/vendor.rs"]
mod vendor;

use std::collections::BTreeMap;
use std::sync::Arc;

use connectors::egress::GuardedClient;
use connectors::{CallTarget, Catalog, Connector, ToolListing, ToolResult};
use serde_json::{Map, Value};

use self::description::Description;
use self::vendor::{Replies, Vendor};

/// The connector, a server, and the client and target that lead to it.
struct Bench {
    connector: Arc<Connector>,
    vendor: Vendor,
    client: GuardedClient,
    target: CallTarget,
}

impl Bench {
    async fn new(connector: &Arc<Connector>, description: &Description, replies: Replies) -> Self {
        let vendor = Vendor::start(description.clone(), replies).await;
        let target = CallTarget { base_url: Some(vendor.url()), ..CallTarget::default() };
        Self { connector: Arc::clone(connector), client: vendor.client(), vendor, target }
    }

    async fn call(&self, tool: &ToolListing, arguments: &Map<String, Value>) -> ToolResult {
        self.connector.call(&self.client, &self.target, &tool.name, arguments).await.unwrap()
    }
}

fn github() -> Arc<Connector> {
    Catalog::new().connector("github").unwrap().unwrap()
}

fn assert_conforms(tool: &ToolListing, result: &ToolResult, replies: Replies) {
    let name = &tool.name;
    assert!(!result.is_error, "{name} with {replies:?}: {:?}", result.content);
    match (&tool.output_schema, &result.structured_content) {
        (Some(schema), Some(value)) => {
            let validator = jsonschema::validator_for(&Value::Object(schema.clone())).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(value)
                .map(|error| format!("{} at {}", error, error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{name} with {replies:?}: {errors:?}");
        }
        (None, None) => {}
        (schema, value) => panic!("{name}: schema {}, value {}", schema.is_some(), value.is_some()),
    }
}

#[tokio::test]
async fn every_request_is_one_that_github_describes() {
    let bench = Bench::new(&github(), &Description::load(), Replies::Full).await;
    for tool in bench.connector.tools() {
        for arguments in arguments::variants(tool) {
            let result = bench.call(tool, &arguments).await;
            assert!(!result.is_error, "{} {arguments:?}: {:?}", tool.name, result.content);
            assert_eq!(bench.vendor.take_violations(), Vec::<String>::new(), "{} {arguments:?}", tool.name);
        }
    }
    // Nothing was checked in vain: every operation of the fixture is one that a tool uses.
    assert_eq!(bench.vendor.unused(), Vec::<String>::new());
}

#[tokio::test]
async fn every_argument_reaches_github() {
    let bench = Bench::new(&github(), &Description::load(), Replies::Full).await;
    for tool in bench.connector.tools() {
        let arguments = arguments::all(tool);
        bench.call(tool, &arguments).await;
        let sent = bench.vendor.take_requests().join("\n");
        for (name, value) in &arguments {
            let shown = arguments::on_the_wire(value);
            assert!(sent.contains(&shown), "{}: {name}={shown} in {sent}", tool.name);
        }
    }
}

#[tokio::test]
async fn results_conform_to_their_schemas_whatever_github_may_send() {
    let (connector, description) = (github(), Description::load());
    let most = description.most_examples();
    let modes = [Replies::Full, Replies::Sparse].into_iter().chain((0..most).map(Replies::Example));
    for replies in modes {
        let bench = Bench::new(&connector, &description, replies).await;
        for tool in bench.connector.tools() {
            let result = bench.call(tool, &arguments::required(tool)).await;
            assert_conforms(tool, &result, replies);
        }
    }
}

/// With every property that GitHub describes filled in, whatever is null in a result was read from a path that does not
/// exist there.
#[tokio::test]
async fn every_path_that_a_program_reads_exists_at_github() {
    let bench = Bench::new(&github(), &Description::load(), Replies::Full).await;
    for tool in bench.connector.tools() {
        let result = bench.call(tool, &arguments::required(tool)).await;
        let Some(value) = &result.structured_content else { continue };
        let mut seen = BTreeMap::new();
        leaves(value, String::new(), &mut seen);
        let nulls: Vec<&String> = seen.iter().filter(|(_, filled)| !**filled).map(|(path, _)| path).collect();
        assert!(nulls.is_empty(), "{}: {nulls:?}", tool.name);
        let promised = tool.output_schema.as_ref().unwrap()["properties"].as_object().unwrap();
        for name in value.as_object().unwrap().keys() {
            assert!(promised.contains_key(name), "{}: {name} is not in the output schema", tool.name);
        }
    }
}

/// Each place of a value, elements of lists as one, and whether anything but null stands there.
fn leaves(value: &Value, path: String, seen: &mut BTreeMap<String, bool>) {
    match value {
        Value::Array(items) => {
            seen.entry(path.clone())
                .and_modify(|filled| *filled |= !items.is_empty())
                .or_insert(!items.is_empty());
            items.iter().for_each(|item| leaves(item, format!("{path}[]"), seen));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(key, field)| leaves(field, format!("{path}.{key}"), seen));
        }
        leaf => {
            let filled = !leaf.is_null();
            seen.entry(path).and_modify(|any| *any |= filled).or_insert(filled);
        }
    }
}

#[test]
fn the_tools_are_those_that_people_know() {
    let connector = github();
    let mut names: Vec<&str> =
        connector.tools().iter().filter_map(|tool| tool.name.strip_prefix("github_")).collect();
    names.sort_unstable();
    let known = "check_token_scopes compare_commits create_issue get_branch get_commit get_file_content get_issue get_release \
                 get_repo_stats get_repository get_user_activity get_user_info get_user_stats get_workflow_run list_branches \
                 list_commits list_contributors list_issues list_organizations list_pull_requests list_releases \
                 list_repositories list_workflow_runs list_workflows search_repositories search_users_by_email update_issue";
    assert_eq!(names, known.split_whitespace().collect::<Vec<_>>());
}
