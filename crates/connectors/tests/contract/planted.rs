//! The checker itself: a connector that is right, and the same with one error of every kind, each of which is found.

use std::thread::JoinHandle;

use serde_json::{Value, json};

use crate::check::schema::Schemas;
use crate::fixture::Fixture;
use crate::oracle::Oracle;
use crate::survey::{Finding, Kind, survey_document};
use crate::vendor::Oracles;

const DOCUMENT: &str = r#"
service: planted
title: Planted
baseUrl: https://api.example.com/v1
headers: {X-Version: "2026-01-01"}
auth: {scheme: bearer, provider: planted, scopes: [read, write]}
tools:
  - name: list
    description: Lists.
    scopes: [read]
    input:
      type: object
      additionalProperties: false
      properties:
        state: {type: string, enum: [open, closed]}
        page: {type: integer, minimum: 1, maximum: 50}
    output:
      type: object
      required: [items]
      properties:
        items:
          type: array
          items: {type: object, properties: {id: {type: integer}, name: {type: [string, "null"]}}}
    request: {method: GET, url: "/items{?state,page}"}
    response: "{items: [.items[] | {id, name}]}"
  - name: create
    description: Creates.
    scopes: [write]
    input:
      type: object
      required: [title]
      additionalProperties: false
      properties:
        title: {type: string}
        kind: {type: string, enum: [bug, task]}
        count: {type: integer}
    request: {method: POST, url: /items, body: "{title, kind, count, owner: {id: 1}} | with_entries(select(.value != null))"}
"#;

fn description() -> Value {
    json!({
        "source": "made up",
        "base": "https://api.example.com/v1",
        "operations": [
            {
                "id": "list", "method": "GET", "path": "/items", "scopes": [["read"]],
                "parameters": [
                    {"name": "state", "in": "query", "types": ["string"], "enum": ["open", "closed"]},
                    {"name": "page", "in": "query", "types": ["integer"], "maximum": 50},
                    {"name": "X-Version", "in": "header", "required": true, "types": ["string"]}
                ],
                "reply": {
                    "status": 200,
                    "schema": {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": {"$ref": "item"}}}},
                    "examples": {"one": {"items": [{"id": 1, "name": "first"}]}}
                }
            },
            {
                "id": "create", "method": "POST", "path": "/items", "scopes": [["admin"], ["write"]],
                "body": {"contentType": "application/json", "schema": {
                    "type": "object", "required": ["title"],
                    "properties": {
                        "title": {"type": "string"},
                        "kind": {"type": "string", "enum": ["bug", "task"]},
                        "count": {"type": "integer", "maximum": 99},
                        "owner": {"type": "object", "properties": {"id": {"type": "integer"}}}
                    }
                }},
                "reply": {"status": 201, "schema": {"$ref": "item"}}
            }
        ],
        "schemas": {"item": {"type": "object", "required": ["id", "name"], "properties": {
            "id": {"type": "integer"}, "name": {"type": "string", "nullable": true}
        }}}
    })
}

/// What is found in a document with an oracle and a fixture, on a thread of its own.
fn look(document: &str, description: Value, fixture: Value) -> JoinHandle<Vec<Finding>> {
    let document = connectors::parse(document).unwrap();
    std::thread::spawn(move || {
        let fixture: Fixture = serde_json::from_value(fixture).unwrap();
        let oracles = Oracles { own: vec![Oracle::from_json("planted", description)], reference: Vec::new() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let survey = runtime.block_on(survey_document(&document, &fixture, oracles, false)).unwrap();
        survey.findings.into_iter().collect()
    })
}

fn found(document: &str, description: Value, fixture: Value) -> Vec<Finding> {
    look(document, description, fixture).join().unwrap()
}

fn holds(found: &[Finding], kind: Kind, text: &str) -> bool {
    found.iter().any(|finding| finding.kind == kind && finding.text.contains(text))
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    assert_eq!(found(DOCUMENT, description(), json!({})), Vec::new());
}

/// An error in the document: what it replaces, and what is said about it.
const ERRORS: [(&str, &str, Kind, &str); 25] = [
    ("api.example.com", "api2.example.com", Kind::Request, "is no operation"),
    (
        "method: GET",
        "method: DELETE",
        Kind::Request,
        "DELETE https://api.example.com/v1/items is no operation",
    ),
    (
        "/items{?state,page}",
        "/things{?state,page}",
        Kind::Request,
        "GET https://api.example.com/v1/things is no operation",
    ),
    ("/items{?state,page}", "/items?sort=up{&state,page}", Kind::Request, "query parameter sort is unknown"),
    (
        "/items{?state,page}",
        "/items?page=1{&state,page}",
        Kind::Request,
        "query parameter page is given twice",
    ),
    ("enum: [open, closed]", "enum: [open, merged]", Kind::Request, "\"merged\""),
    (
        "page: {type: integer, minimum: 1, maximum: 50}",
        "page: {type: string}",
        Kind::Request,
        "is no integer",
    ),
    ("maximum: 50}", "maximum: 100}", Kind::Request, "100 is out of bounds"),
    ("headers: {X-Version: \"2026-01-01\"}", "headers: {}", Kind::Request, "header X-Version is missing"),
    ("{title, kind, count,", "{kind, count,", Kind::Request, "body.title is missing"),
    ("{title, kind, count,", "{title, kind, count, color: 1,", Kind::Request, "body.color is unknown"),
    ("owner: {id: 1}", "owner: {name: 1}", Kind::Request, "body.owner.name is unknown"),
    ("owner: {id: 1}", "owner: {id: .title}", Kind::Request, "body.owner.id is a text, not integer"),
    ("enum: [bug, task]", "enum: [bug, story]", Kind::Request, "body.kind is \"story\""),
    (
        "count: {type: integer}",
        "count: {type: integer, minimum: 100}",
        Kind::Request,
        "body.count is 100, out of bounds",
    ),
    ("{title, kind, count,", "{title, kind,", Kind::Argument, "count does not reach the vendor"),
    ("scopes: [write]", "scopes: [read]", Kind::Scope, "needs the scope admin, or write"),
    ("scopes: [read, write]", "scopes: [read]", Kind::Scope, "auth.scopes lacks write"),
    ("scopes: [read, write]", "scopes: [read, write, more]", Kind::Scope, "auth.scopes has more"),
    ("{id, name}]", "{id, name: .title}]", Kind::Path, "items[].name stays empty"),
    ("{id, name}]", "{id, name, extra: .id}]", Kind::Path, "items[].extra is not in the output schema"),
    (
        "{type: [string, \"null\"]}",
        "{type: string}",
        Kind::Result,
        "with a sparse reply: null is not of type \"string\"",
    ),
    ("title: Planted", "title: Planted\nerrorMessage: '\"sorry\"'", Kind::Behaviour, "the message lacks"),
    (
        "tools:",
        "resources: [{uri: 'a://x', name: X, request: {method: GET, url: /x}}]\ntools:",
        Kind::Request,
        "a://x: GET",
    ),
    ("{id, name}]", "{id: (.id + .name), name}]", Kind::Call, "the form that the connector expects"),
];

#[test]
fn an_error_of_every_kind_in_a_document_is_found() {
    let looks = ERRORS.map(|(right, wrong, kind, text)| {
        assert!(DOCUMENT.contains(right), "{right}");
        (wrong, kind, text, look(&DOCUMENT.replacen(right, wrong, 1), description(), json!({})))
    });
    for (wrong, kind, text, look) in looks {
        let found = look.join().unwrap();
        assert!(holds(&found, kind, text), "{wrong}: {found:#?}");
    }
}

#[test]
fn what_a_vendor_changes_is_found() {
    let changes = [
        ("/operations/0/deprecated", json!(true), Kind::Request, "the operation is deprecated"),
        ("/operations/0/removed", json!("see v2"), Kind::Request, "the operation is gone: see v2"),
        (
            "/operations/0/parameters/1/deprecated",
            json!(true),
            Kind::Request,
            "query parameter page is deprecated",
        ),
        (
            "/operations/0/parameters/1/required",
            json!(true),
            Kind::Request,
            "query parameter page is missing",
        ),
        ("/operations/1/body", Value::Null, Kind::Request, "a body where none is described"),
        (
            "/operations/1/body/contentType",
            json!("application/x-www-form-urlencoded"),
            Kind::Request,
            "a body of type application/json",
        ),
        (
            "/operations/1/body/schema/properties/title/readOnly",
            json!(true),
            Kind::Request,
            "body.title is read-only",
        ),
        (
            "/operations/1/body/schema/properties/title/deprecated",
            json!(true),
            Kind::Request,
            "body.title is deprecated",
        ),
        ("/operations/1/reply", Value::Null, Kind::Undescribed, "no oracle describes"),
        ("/operations/0/reply/examples/one/items/0/id", json!("1"), Kind::Result, "with example 0"),
    ];
    let looks = changes.map(|(pointer, value, kind, text)| {
        let mut changed = description();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[key] = value;
        (pointer, kind, text, look(DOCUMENT, changed, json!({})))
    });
    for (pointer, kind, text, look) in looks {
        let found = look.join().unwrap();
        assert!(holds(&found, kind, text), "{pointer}: {found:#?}");
    }
}

#[test]
fn what_is_written_down_in_vain_is_found() {
    let mut more = description();
    more["operations"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "remove", "method": "DELETE", "path": "/items/{id}"}));
    let unused = found(DOCUMENT, more, json!({}));
    assert!(holds(&unused, Kind::Unused, "no tool uses the operation remove"), "{unused:#?}");

    let doubt = json!({"doubts": [{"oracle": "planted", "says": "body.x", "because": "it is so"}]});
    let found_doubt = found(DOCUMENT, description(), doubt);
    assert!(holds(&found_doubt, Kind::Unused, "\"body.x\" is not needed"), "{found_doubt:#?}");

    for (list, key) in
        [("local", "list.page"), ("nulls", "list.items[].id"), ("scopes", "read"), ("replies", "list2")]
    {
        let entry = if list == "replies" { json!({}) } else { json!("why") };
        let findings = found(DOCUMENT, description(), json!({list: {key: entry}}));
        let text = format!("the entry {key} of {list} is not needed");
        assert!(holds(&findings, Kind::Unused, &text), "{findings:#?}");
    }

    let listed = found(DOCUMENT, description(), json!({"undescribed": {"list": "no package"}}));
    assert!(holds(&listed, Kind::Unused, "an oracle describes it"), "{listed:#?}");
}

#[test]
fn a_doubt_silences_what_it_is_about_and_nothing_else() {
    let wrong = DOCUMENT.replace("owner: {id: 1}", "owner: {name: 1}, color: 1");
    let doubt = json!({"doubts": [{"oracle": "planted", "tool": "create", "says": "body.color is unknown", "because": "it is so"}]});
    let found = found(&wrong, description(), doubt);
    assert!(!holds(&found, Kind::Request, "body.color"), "{found:#?}");
    assert!(holds(&found, Kind::Request, "body.owner.name is unknown"), "{found:#?}");
}

const SCHEMA: &str = "
    type Query { issues(first: Int, filter: IssueFilter): [Issue!]! issue(id: String!): Issue }
    input IssueFilter { team: ID, state: State }
    enum State { open closed }
    type Issue { id: ID! title: String state: State old: String @deprecated }
";

#[test]
fn errors_of_every_kind_in_graphql_are_found() {
    let schema = crate::graphql::schema(SCHEMA);
    let said = |query: &str, variables: Value| {
        let body = json!({"query": query, "variables": variables}).to_string();
        crate::graphql::violations(&schema, body.as_bytes()).join("; ")
    };
    let right =
        "query Q($first: Int, $filter: IssueFilter) { issues(first: $first, filter: $filter) { id title } }";
    assert_eq!(said(right, json!({"first": 5, "filter": {"state": "open"}})), "");
    let wrong = [
        ("{ issue(id: \"1\") { name } }", json!({}), "does not have a field `name`"),
        ("{ issue(id: \"1\") { old } }", json!({}), "the field Issue.old is deprecated"),
        ("{ issue { id } }", json!({}), "argument `Query.issue(id:)` is not provided"),
        ("{ issues(last: 1) { id } }", json!({}), "`last`"),
        ("query Q($id: Int!) { issue(id: $id) { id } }", json!({"id": 1}), "`$id`"),
        ("query Q($a: Int) { issues { id } }", json!({}), "unused variable"),
        (right, json!({"first": "five"}), "first"),
        (right, json!({"filter": {"state": "merged"}}), "State"),
        (right, json!({"filter": {"label": "x"}}), "label"),
        (right, json!({"cursor": "x"}), "$cursor is not declared"),
        ("{ issue(id: \"1\") { id }", json!({}), "syntax error"),
    ];
    for (query, variables, text) in wrong {
        let said = said(query, variables);
        assert!(said.contains(text), "{query}: {said}");
    }
}

#[test]
fn a_document_in_a_text_is_held_against_its_schema() {
    let Value::Object(named) = json!({
        "doc": {"type": "object", "properties": {"type": {"enum": ["doc"]}, "content": {
            "type": "array", "minItems": 1, "items": {"anyOf": [{"$ref": "#/definitions/rule"}, {"$ref": "#/definitions/plain"}]}}}},
        "rule": {"type": "object", "properties": {"type": {"enum": ["rule"]}}},
        "line": {"type": "object", "properties": {"type": {"enum": ["line"]}, "marks": {"type": "array"}}},
        "plain": {"allOf": [{"$ref": "#/definitions/line"}, {"properties": {"marks": {"maxItems": 0}}}]},
    }) else {
        unreachable!()
    };
    let schemas = Schemas { named: &named, caseless: false };
    let schema = json!({"type": "string", "contentSchema": {"$ref": "doc"}});
    let wrong = |text: &str| schemas.violations(&json!(text), &schema, "body").join("; ");
    assert_eq!(wrong(r#"{"type": "doc", "content": [{"type": "rule"}, {"type": "line", "marks": []}]}"#), "");
    for (text, says) in [
        ("", "body holds no JSON"),
        (r#"{"type": "doc", "content": []}"#, "body (as JSON).content has 0 items, out of bounds"),
        (r#"{"type": "doc", "content": [{"type": "list"}]}"#, "content[].type is \"list\", none of"),
        (r#"{"type": "doc", "content": [{"type": "rule", "marks": []}]}"#, "content[].marks is unknown"),
        (r#"{"type": "doc", "content": [{"type": "line", "marks": [1]}]}"#, "content[].marks has 1 items"),
    ] {
        assert!(wrong(text).contains(says), "{text}: {}", wrong(text));
    }
}
