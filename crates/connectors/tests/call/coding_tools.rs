//! The figures of coding assistants, from the replies that their vendors document.

#[path = "coding_tools/claude_code.rs"]
mod claude_code;
#[path = "coding_tools/codex.rs"]
mod codex;
#[path = "coding_tools/cursor.rs"]
mod cursor;
#[path = "coding_tools/windsurf.rs"]
mod windsurf;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connectors::{Catalog, ToolResult};
use serde_json::{Value, json};

use crate::server::{Server, TOKEN, object, text};

/// Calls a tool of a service at this server.
async fn call(server: &Server, service: &str, tool: &str, arguments: Value) -> ToolResult {
    let connector = Catalog::new().connector(service).unwrap().unwrap();
    let (client, target) = (server.client(&[]), server.target(Some(TOKEN)));
    let result =
        connector.call(&client, &target, &format!("{service}_{tool}"), &object(arguments)).await.unwrap();
    assert!(!serde_json::to_string(&result).unwrap().contains(TOKEN), "{result:?}");
    result
}

fn data(result: ToolResult) -> Value {
    assert!(!result.is_error, "{}", text(&result));
    result.structured_content.unwrap()
}

fn expect(metrics: &Value, expected: &[(&str, Value)]) {
    for (name, expected) in expected {
        assert_eq!(&metrics[*name], expected, "{name} of {metrics}");
    }
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"error": "no such thing"}))).into_response()
}

fn period() -> Value {
    json!({"start_date": "2026-03-01", "end_date": "2026-03-02"})
}
