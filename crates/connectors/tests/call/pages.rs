//! Further pages.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connectors::ToolResult;
use serde_json::{Value, json};

use crate::server::{Asked, Server, TOKEN, connector, object, text};

const DOCUMENT: &str = r#"
service: paged
title: Paged
baseUrl: https://paged.test
tools:
  - name: list
    description: Lists.
    input: {type: object, additionalProperties: false, properties: {cursor: {type: string}, limit: {type: integer}}}
    output: {type: object, properties: {items: {type: array}, next: {type: [string, "null"]}, total: {}}}
    request: {method: GET, url: "/list{?cursor,limit}"}
    response: "{total, items, next, asked: ($args | keys)}"
    paging: {argument: cursor, next: next, items: items}
"#;

/// Pages of two items, of which each names the next; the last is `c3`.
fn pages(_: usize, asked: &Asked) -> Response {
    let page: u32 =
        asked.uri.query().map_or(0, |query| query.trim_start_matches("cursor=c").parse().unwrap());
    let next = (page < 3).then(|| format!("c{}", page + 1));
    Json(json!({"total": 8, "items": [page * 2, page * 2 + 1], "next": next})).into_response()
}

async fn call(server: &Server, arguments: Value) -> ToolResult {
    let (client, target) = (server.client(&[]), server.target(Some(TOKEN)));
    connector(DOCUMENT).call(&client, &target, "paged_list", &object(arguments)).await.unwrap()
}

fn structured(result: &ToolResult) -> (Value, Value) {
    let value = result.structured_content.as_ref().unwrap();
    (value["items"].clone(), value["next"].clone())
}

#[tokio::test]
async fn as_many_pages_are_fetched_as_are_asked_for() {
    for (arguments, items, next, requests) in [
        (json!({}), json!([0, 1]), json!("c1"), 1),
        (json!({"max_pages": 2}), json!([0, 1, 2, 3]), json!("c2"), 2),
        (json!({"max_pages": 10}), json!([0, 1, 2, 3, 4, 5, 6, 7]), json!(null), 4),
        (json!({"max_pages": 2, "cursor": "c2"}), json!([4, 5, 6, 7]), json!(null), 2),
    ] {
        let server = Server::start(pages).await;
        let result = call(&server, arguments).await;
        assert_eq!(structured(&result), (items, next));
        assert_eq!(server.asked().len(), requests);
        let value = result.structured_content.clone().unwrap();
        assert_eq!(text(&result), value.to_string());
        assert_eq!(value["total"], 8);
        assert!(!value["asked"].to_string().contains("max_pages"), "{value}");
    }
    let server = Server::start(pages).await;
    for wrong in [json!({"max_pages": 11}), json!({"max_pages": 0}), json!({"max_pages": "all"})] {
        let result = call(&server, wrong).await;
        assert!(result.is_error && text(&result).contains("argument `max_pages`"), "{}", text(&result));
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_vendor_that_leads_in_a_circle_is_left() {
    let server = Server::json(200, json!({"items": [1], "next": "c1"})).await;
    let result = call(&server, json!({"max_pages": 10})).await;
    assert_eq!(structured(&result), (json!([1, 1]), json!("c1")));
    assert_eq!(server.asked().len(), 2);
    assert!(text(&result).contains("leads in a circle"), "{}", text(&result));
    // 2.0 is an integer in JSON Schema.
    call(&server, json!({"max_pages": 2.0})).await;
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn a_later_page_that_fails_leaves_those_before() {
    let server = Server::start(|before, asked| match before {
        0 | 1 => pages(before, asked),
        _ => (StatusCode::FORBIDDEN, Json(json!({"message": format!("not for {TOKEN}")}))).into_response(),
    })
    .await;
    let result = call(&server, json!({"max_pages": 10})).await;
    assert!(!result.is_error);
    assert_eq!(structured(&result), (json!([0, 1, 2, 3]), json!("c2")));
    let told = text(&result);
    assert!(told.contains("Page 3 could not be fetched, `next` leads there: Paged answered 403"), "{told}");
    assert!(told.contains("not for [redacted]"), "{told}");
    let server = Server::json(500, json!({})).await;
    assert!(call(&server, json!({"max_pages": 10})).await.is_error);
}

#[tokio::test]
async fn a_page_that_has_no_room_is_left_for_the_next_call() {
    let server = Server::start(|before, _| {
        Json(json!({"items": [before, "x".repeat(200 * 1024)], "next": format!("c{}", before + 1)}))
    })
    .await;
    let result = call(&server, json!({"max_pages": 10})).await;
    let (items, next) = structured(&result);
    assert_eq!(
        (items.as_array().unwrap().len(), next),
        (4, json!("c2")),
        "the third page is where `next` leads"
    );
    assert_eq!(server.asked().len(), 3);
    assert!(
        text(&result)
            .ends_with("Page 3 is left out, because the result has grown to its limit; `next` leads there.")
    );
}
