//! A vendor's API: one object at `/item`, a page of ten at `/items`, to any method.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    response::IntoResponse,
    routing::any,
};
use bytes::Bytes;
use serde_json::{Value, json};

const JSON: [(HeaderName, HeaderValue); 1] =
    [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];

/// The routes.
pub(super) fn router() -> Router {
    let one = Bytes::from(json!({"id": 1, "name": "first", "state": "open", "points": 3}).to_string());
    let page = Bytes::from(Value::from_iter((1..=10).map(item)).to_string());
    let reply = |body: Bytes| any(move || async move { (JSON, body).into_response() });
    Router::new().route("/item", reply(one)).route("/items", reply(page))
}

/// An entry as vendors write them: more members than anybody asks for.
fn item(number: u32) -> Value {
    json!({
        "id": 1_000 + number,
        "node_id": format!("N_{number:012}"),
        "url": format!("https://api.vendor.example/repos/acme/site/items/{number}"),
        "html_url": format!("https://vendor.example/acme/site/items/{number}"),
        "number": number,
        "title": format!("The form loses the address of order {number}"),
        "state": "open",
        "locked": false,
        "labels": [{"id": 7, "name": "bug", "color": "d73a4a", "default": true}],
        "user": {"login": "alice", "id": 42, "type": "User", "url": "https://api.vendor.example/users/alice"},
        "comments": number,
        "created_at": "2026-01-15T09:30:00Z",
        "updated_at": "2026-02-01T17:05:00Z",
        "body": "Steps: open the form, fill in the address, go back one page. The address is gone.",
    })
}
