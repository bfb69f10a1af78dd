//! GraphQL over the wire.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::server::{Asked, Server, TOKEN, connector, object, text};

const DOCUMENT: &str = r#"
service: issues
title: Issues
baseUrl: https://issues.test/graphql
tools:
  - name: list
    description: Lists.
    input: {type: object, properties: {limit: {type: integer, default: 5}, team: {type: string}}}
    request:
      method: POST
      url: ""
      body: "{first: .limit, filter: {team: {eq: .team}}}"
      graphql: |
        query Issues($first: Int!, $filter: IssueFilter) {
          issues(first: $first, filter: $filter) { nodes { id title } }
        }
    response: ".data.issues.nodes"
  - name: remove
    description: Removes.
    input: {type: object}
    request: {method: POST, url: "", graphql: "mutation { remove { success } }"}
"#;

async fn call(server: &Server, tool: &str, arguments: Value) -> connectors::ToolResult {
    let mut target = server.target(Some(TOKEN));
    target.base_url.as_mut().unwrap().set_path("/graphql");
    let connector = connector(DOCUMENT);
    connector.call(&server.client(&[]), &target, tool, &object(arguments)).await.unwrap()
}

fn limited_once(before: usize, _: &Asked) -> Response {
    match before {
        0 => {
            let headers =
                [("x-ratelimit-requests-remaining", "0"), ("x-ratelimit-requests-reset", "1000000000000")];
            let errors = json!({"errors": [{"message": "Rate limit exceeded", "extensions": {"code": "RATELIMITED"}}]});
            (StatusCode::BAD_REQUEST, headers, Json(errors)).into_response()
        }
        _ => Json(json!({"data": {"issues": {"nodes": []}}})).into_response(),
    }
}

#[tokio::test]
async fn values_travel_as_variables() {
    let nodes = json!([{"id": "1", "title": "A"}]);
    let server = Server::json(200, json!({"data": {"issues": {"nodes": nodes}}})).await;
    let hostile = "x\"}}) { secrets } #\\";
    let result = call(&server, "issues_list", json!({"team": hostile})).await;
    assert_eq!(text(&result), nodes.to_string());
    let asked = &server.asked()[0];
    assert_eq!((asked.method.as_str(), asked.uri.path()), ("POST", "/graphql"));
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(body["variables"], json!({"first": 5, "filter": {"team": {"eq": hostile}}}));
    assert_eq!(body["operationName"], "Issues");
    assert!(!body["query"].as_str().unwrap().contains("secrets"));
    call(&server, "issues_remove", json!({})).await;
    let body: Value = serde_json::from_slice(&server.asked()[1].body).unwrap();
    assert_eq!(body, json!({"query": "mutation { remove { success } }"}));
}

#[tokio::test]
async fn errors_are_failures_even_with_half_the_data() {
    for (data, errors, expected) in [
        (
            Value::Null,
            json!([{"message": "Entity not found"}]),
            "Issues reported a failure: Entity not found.",
        ),
        (
            json!({"issues": {"nodes": []}}),
            json!([{"message": "A"}, {"extensions": {"code": "FORBIDDEN"}}, {}, {"message": "D"}]),
            "Issues reported a failure: A; FORBIDDEN; an error without a message; and 1 more.",
        ),
    ] {
        let server = Server::json(200, json!({"data": data, "errors": errors})).await;
        let result = call(&server, "issues_list", json!({})).await;
        assert_eq!((text(&result).as_str(), result.is_error), (expected, true));
        assert_eq!(server.asked().len(), 1);
    }
    let server = Server::json(200, json!({"data": {"issues": {"nodes": []}}, "errors": []})).await;
    assert!(!call(&server, "issues_list", json!({})).await.is_error, "no error at all");
}

#[tokio::test]
async fn a_query_waits_for_its_quota_and_a_mutation_is_not_repeated() {
    let server = Server::start(limited_once).await;
    let result = call(&server, "issues_list", json!({})).await;
    assert!(!result.is_error, "{}", text(&result));
    assert_eq!(server.asked().len(), 2);
    let server = Server::start(limited_once).await;
    let told = text(&call(&server, "issues_remove", json!({})).await);
    assert!(
        told.contains("400 Bad Request: Rate limit exceeded. This is a rate limit. Try again in 0 s."),
        "{told}"
    );
    assert_eq!(server.asked().len(), 1);
}
