//! Claude Code: reports of a day each, pages, and reports that are refused.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{call, data, expect, missing, period};
use crate::server::{Asked, Server, TOKEN, text};

/// Anthropic's reports. The activity of a day comes on two pages.
fn anthropic(_: usize, asked: &Asked) -> Response {
    let query = asked.uri.query().unwrap_or_default();
    let reply = match asked.uri.path() {
        "/usage_report/claude_code" => {
            let second = query.contains("page=");
            let email = if second { "b@x.test" } else { "a@x.test" };
            json!({"data": [{
                "date": "2026-03-01T00:00:00Z", "actor": {"type": "user_actor", "email_address": email}, "terminal_type": "vscode",
                "core_metrics": {"num_sessions": 5, "lines_of_code": {"added": 100, "removed": 9}},
                "tool_actions": {"edit_tool": {"accepted": 8, "rejected": 2}, "write_tool": {"accepted": 1, "rejected": 1}},
                "model_breakdown": [{"model": "m", "estimated_cost": {"currency": "USD", "amount": 125}}],
            }], "has_more": !second, "next_page": if second { Value::Null } else { json!("p2") }})
        }
        "/usage_report/messages" => json!({"data": [{"results": [{
            "model": "claude", "uncached_input_tokens": 7, "cache_read_input_tokens": 2, "output_tokens": 4,
            "cache_creation": {"ephemeral_1h_input_tokens": 1, "ephemeral_5m_input_tokens": 0},
        }]}], "has_more": false, "next_page": null}),
        "/cost_report" => {
            json!({"data": [{"results": [{"amount": "1234.5", "currency": "USD"}]}], "has_more": false, "next_page": null})
        }
        _ => return missing(),
    };
    Json(reply).into_response()
}

#[tokio::test]
async fn claude_code_is_told_day_by_day_and_page_by_page() {
    let server = Server::start(anthropic).await;
    let metrics = data(call(&server, "claude_code", "get_normalized_metrics", period()).await);
    expect(
        &metrics,
        &[
            ("active_seats", json!(2)),
            ("total_suggestions", json!(48)),
            ("total_acceptances", json!(36)),
            ("acceptance_rate_pct", json!(75.0)),
            ("total_lines_accepted", json!(400)),
            ("total_cost_usd", json!(12.35)),
            ("usage_by_editor", json!({"vscode": 20})),
            ("usage_by_model", json!({"claude": {"input_tokens": 10, "output_tokens": 4}})),
            ("total_seats", Value::Null),
        ],
    );
    assert_eq!(metrics["metadata"]["claude_code_cost_usd"], 5.0);
    let asked = server.asked();
    let mut days: Vec<&str> = asked
        .iter()
        .filter(|one| one.uri.path().ends_with("claude_code"))
        .map(|one| one.uri.query().unwrap())
        .collect();
    days.sort_unstable();
    assert_eq!(
        days,
        [
            "limit=1000&starting_at=2026-03-01",
            "limit=1000&starting_at=2026-03-01&page=p2",
            "limit=1000&starting_at=2026-03-02",
            "limit=1000&starting_at=2026-03-02&page=p2",
        ]
    );
    assert!(
        asked.iter().all(|one| one.header("x-api-key") == Some(TOKEN)
            && one.header("anthropic-version") == Some("2023-06-01"))
    );
}

#[tokio::test]
async fn days_of_claude_code_become_times_in_utc_with_the_last_day_included() {
    let server = Server::start(anthropic).await;
    let mut arguments = period();
    arguments["group_by"] = json!(["model", "workspace_id"]);
    data(call(&server, "claude_code", "get_usage", arguments).await);
    assert_eq!(
        server.asked()[0].uri.query().unwrap(),
        "starting_at=2026-03-01T00%3A00%3A00Z&ending_at=2026-03-03T00%3A00%3A00Z&group_by%5B%5D=model&group_by%5B%5D=workspace_id&limit=31"
    );
}

#[tokio::test]
async fn one_refused_report_of_claude_code_spoils_nothing_and_all_refused_fail() {
    // The vendor repeats the key that it refuses, which must not come through.
    let server = Server::start(|before, asked: &Asked| {
        if asked.uri.path() != "/cost_report" {
            return anthropic(before, asked);
        }
        let refusal = json!({"error": {"message": format!("no cost report for {TOKEN}")}});
        (StatusCode::FORBIDDEN, Json(refusal)).into_response()
    })
    .await;
    let metrics = data(call(&server, "claude_code", "get_normalized_metrics", period()).await);
    assert_eq!((&metrics["total_cost_usd"], &metrics["active_seats"]), (&Value::Null, &json!(2)));
    assert!(
        metrics["metadata"]["problems"]["cost"].as_str().unwrap().contains("no cost report for"),
        "{metrics}"
    );

    let server = Server::json(401, json!({"error": {"message": "invalid x-api-key"}})).await;
    let result = call(&server, "claude_code", "get_normalized_metrics", period()).await;
    assert!(result.is_error && text(&result).contains("invalid x-api-key"), "{}", text(&result));
}
