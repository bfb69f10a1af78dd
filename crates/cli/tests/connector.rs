//! `sagemcp connector`, as the person who writes a document uses it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

const DOCUMENT: &str = "
service: things
title: Things
baseUrl: https://things.example/v1
auth: {scheme: header, header: X-Key, secretHeaders: {X-Second-Key: The other key.}}
tools:
  - name: list
    title: List things
    description: Lists things.
    input: {type: object, additionalProperties: false, properties: {state: {type: string}, page: {type: integer}}}
    request: {method: GET, url: '/things{?state,page}'}
  - name: get
    title: Get a thing
    description: Gets a thing.
    input: {type: object, required: [id], properties: {id: {type: string}}}
    request: {method: GET, url: '/things/{id}'}
removed: [{name: drop, reason: The vendor took it away in 2025; use get.}]
";

/// Runs the program in a folder, without a credential of whoever runs the tests.
fn sagemcp(folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sagemcp"));
    command.args(args).current_dir(folder).env_remove("SAGEMCP_CREDENTIAL");
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("things.yaml"), DOCUMENT).unwrap();
    fs::write(folder.path().join("bad.yaml"), DOCUMENT.replace("{?state,page}", "{?stat,page}")).unwrap();
    fs::write(folder.path().join("broken.yaml"), "service: [").unwrap();
    let spec = DOCUMENT.replace("title: Get a thing", "titel: Get a thing").replace('\n', "\n  ");
    let definition = format!(
        "apiVersion: sagemcp.io/v1alpha1\nkind: ConnectorDefinition\nmetadata: {{name: things}}\nspec:{spec}\n"
    );
    fs::write(folder.path().join("definition.yaml"), definition).unwrap();
    fs::write(folder.path().join("key"), "key-1\n").unwrap();
    folder
}

#[test]
fn lint_tells_every_fault_of_every_document_at_once() {
    let folder = folder();
    let (code, out, _) = sagemcp(folder.path(), &["connector", "lint", "things.yaml"]);
    assert_eq!((code, out.as_str()), (Some(0), "things.yaml: fine, tools: 2\n"));
    let names = ["broken.yaml", "bad.yaml", "things.yaml", "nowhere", "definition.yaml"];
    let (code, out, said) = sagemcp(folder.path(), &[&["connector", "lint"], &names[..]].concat());
    assert_eq!((code, out.as_str()), (Some(64), "things.yaml: fine, tools: 2\n"));
    assert!(said.contains("bad.yaml: tools[0].request.url: the variable `stat` is no argument"), "{said}");
    assert!(said.contains("broken.yaml: "), "{said}");
    assert!(said.contains("nowhere is neither a file nor a built-in connector"), "{said}");
    assert!(said.contains("definition.yaml: spec.tools[1].titel: unknown field `titel`"), "{said}");
    assert!(said.ends_with("4 of 5 connectors have faults\n"), "{said}");
}

/// What a model may be made to read of the whole catalog, in characters: so much did the 358 tools take that people had
/// before.
const BUDGET: usize = 141_689;

#[test]
fn every_built_in_connector_is_fine_and_listed_with_its_cost() {
    let folder = folder();
    let (code, out, said) = sagemcp(folder.path(), &["connector", "lint"]);
    assert_eq!(code, Some(0), "{said}");
    let (_, listed, _) = sagemcp(folder.path(), &["connector", "list"]);
    assert_eq!(listed.lines().count(), out.lines().count() + 2, "a heading and a sum: {listed}");
    // Columns are two blanks apart.
    let columns = |line: &str| {
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = listed.lines().skip(1).map(columns).collect();
    let (sum, connectors) = rows.split_last().unwrap();
    let readme = include_str!("../../../README.md");
    assert!(readme.contains(&format!("{} are built in, with {} tools", connectors.len(), sum[1])), "{sum:?}");
    for title in connectors.iter().map(|row| &row[1]) {
        assert!(readme.contains(title.as_str()), "{title} is not in README.md");
    }
    let characters = listed.lines().last().unwrap().split_whitespace().nth(3).unwrap();
    assert!(characters.parse::<usize>().unwrap() < BUDGET, "{listed}");
    let (_, listed, _) = sagemcp(folder.path(), &["connector", "list", "things.yaml"]);
    assert!(listed.contains("things_get    reads"), "{listed}");
}

#[test]
fn render_shows_a_request_without_its_secrets() {
    let folder = folder();
    let render =
        |args: &[&str]| sagemcp(folder.path(), &[&["connector", "render", "things.yaml"], args].concat());
    let (code, out, said) = render(&["list", "--arg", "state=open", "--arg", "page=2"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(
        out,
        "GET https://things.example/v1/things?state=open&page=2\naccept: application/json\nx-key: <credential>\n\
         x-second-key: <secret>\n"
    );
    let refused = |args: &[&str], expected: &str| {
        let (code, out, said) = render(args);
        assert_eq!((code, out.as_str()), (Some(64), ""), "{said}");
        assert!(said.contains(expected), "{said}");
    };
    refused(&["get", "--arg", "id=.."], "a value of the URL's path is `.` or `..`");
    refused(&["get"], "argument `id` is required");
    refused(&["gte"], "there is no tool gte; there are things_list, things_get");
    refused(&["drop"], "The vendor took it away in 2025; use get.");
}

#[test]
fn try_says_where_secrets_are_given_and_never_shows_one() {
    let folder = folder();
    let refused = |args: &[&str], expected: &str| {
        let (code, out, said) =
            sagemcp(folder.path(), &[&["connector", "try", "things.yaml", "list"], args].concat());
        assert_eq!((code, out.as_str()), (Some(64), ""), "{said}");
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains("sk-secret"), "{said}");
    };
    refused(
        &[],
        "Things needs a credential: give it in the variable SAGEMCP_CREDENTIAL, or with --credential-file",
    );
    refused(&["--credential-file", "sk-secret"], "--credential-file: the file cannot be read");
    let with_key = |more: &[&'static str]| [&["--credential-file", "key"], more].concat();
    refused(&with_key(&[]), "--secret-header: x-second-key is missing");
    refused(&with_key(&["--secret-header", "sk-secret"]), "write it as NAME=FILE");
    refused(
        &with_key(&["--secret-header", "X-Second-Key=sk-secret"]),
        "--secret-header: the file cannot be read",
    );
    refused(
        &with_key(&["--secret-header", "X-Other=key"]),
        "X-Other is not asked for; the connector takes x-second-key",
    );
}
