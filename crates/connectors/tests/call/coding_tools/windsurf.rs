//! Windsurf: queries, and what used to be a fixed text.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{call, data, expect, missing, period};
use crate::server::{Asked, Server, TOKEN, text};

/// Windsurf's documented examples: numbers come as texts.
fn windsurf(_: usize, asked: &Asked) -> Response {
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(body["service_key"], TOKEN);
    let reply = match asked.uri.path() {
        "/Analytics" => {
            let item = |item: Value| json!({"responseItems": [{"item": item}]});
            match body["query_requests"].as_array().map(Vec::len) {
                Some(4) => json!({"queryResults": [
                    item(json!({"num_acceptances": "125", "num_lines_accepted": "863"})),
                    item(json!({"by": "PYTHON", "num_acceptances": "125"})),
                    item(json!({"by": "vscode", "num_acceptances": "125"})),
                    {"responseItems": [{"item": {"by": "2026-03-01", "distinct_users": "4"}}, {"item": {"by": "2026-03-02", "distinct_users": "3"}}]},
                ]}),
                _ => json!({"queryResults": [item(json!({"value": "125"})), {}]}),
            }
        }
        "/CascadeAnalytics" => json!({"queryResults": [
            {"cascadeLines": {"cascadeLines": [
                {"day": "2026-03-01T00:00:00Z", "linesSuggested": "206", "linesAccepted": "157"}, {"day": "2026-03-02T00:00:00Z", "linesSuggested": "16"},
            ]}},
            {"cascadeRuns": {"cascadeRuns": [
                {"day": "2026-03-01T00:00:00Z", "model": "Sonnet", "messagesSent": "3", "promptsUsed": "150"}, {"day": "2026-03-01T00:00:00Z", "model": "Base", "messagesSent": "1"},
            ]}},
        ]}),
        "/UserPageAnalytics" => json!({"userTableStats": [
            {"name": "Alice", "email": "Alice@x.test", "apiKey": "hashed", "activeDays": 2}, {"name": "Bob", "email": "bob@x.test", "apiKey": "hashed"},
        ]}),
        "/GetTeamCreditBalance" => {
            json!({"promptCreditsPerSeat": 500, "numSeats": 50, "addOnCreditsAvailable": 10000, "addOnCreditsUsed": 3500})
        }
        "/UsageConfig" => return StatusCode::OK.into_response(),
        "/GetUsageConfig" => json!({}),
        _ => return missing(),
    };
    Json(reply).into_response()
}

#[tokio::test]
async fn windsurf_puts_completions_cascade_and_seats_together() {
    let server = Server::start(windsurf).await;
    let metrics = data(call(&server, "windsurf", "get_normalized_metrics", period()).await);
    expect(
        &metrics,
        &[
            ("total_seats", json!(50)),
            ("active_seats", json!(1)),
            ("total_acceptances", json!(125)),
            ("total_suggestions", Value::Null),
            ("total_lines_suggested", json!(222)),
            ("total_lines_accepted", json!(1020)),
            ("total_chat_interactions", json!(4)),
            ("daily_active_users", json!(3.5)),
            ("usage_by_language", json!({"PYTHON": 125})),
            ("usage_by_editor", json!({"vscode": 125})),
            ("usage_by_model", json!({"Base": 1, "Sonnet": 3})),
        ],
    );
    assert_eq!(metrics["metadata"]["cascade_credits"], 1.5);
    assert_eq!(metrics["metadata"]["problems"], json!({}));
}

#[tokio::test]
async fn windsurf_turns_metrics_into_queries() {
    let server = Server::start(windsurf).await;
    let mut arguments = period();
    arguments["metrics"] = json!(["completions", "active_users"]);
    arguments["group_by"] = json!("ide");
    let result = data(call(&server, "windsurf", "get_analytics", arguments).await);
    assert_eq!(
        result,
        json!({"results": [{"metric": "completions", "rows": [{"value": 125}]}, {"metric": "active_users", "rows": []}]})
    );
    let body: Value = serde_json::from_slice(&server.asked()[0].body).unwrap();
    assert_eq!(
        body["query_requests"][0],
        json!({
            "data_source": "QUERY_DATA_SOURCE_USER_DATA",
            "selections": [{"field": "num_acceptances", "name": "value", "aggregation_function": "QUERY_AGGREGATION_SUM"}],
            "filters": [
                {"name": "date", "filter": "QUERY_FILTER_GE", "value": "2026-03-01"},
                {"name": "date", "filter": "QUERY_FILTER_LE", "value": "2026-03-02"},
            ],
            "aggregations": [{"field": "ide", "name": "ide"}],
        })
    );
    assert_eq!(body["query_requests"][1]["selections"][0]["aggregation_function"], "QUERY_AGGREGATION_COUNT");
}

#[tokio::test]
async fn windsurf_answers_what_used_to_be_a_fixed_text() {
    let server = Server::start(windsurf).await;
    let members = data(call(&server, "windsurf", "list_members", json!({})).await);
    assert_eq!(members["members"][0], json!({"name": "Alice", "email": "Alice@x.test", "activeDays": 2}));
    let spending = data(call(&server, "windsurf", "get_spending_breakdown", json!({})).await);
    assert_eq!(spending["total_credits"], 1.5);
    assert_eq!(spending["models"][0], json!({"model": "Sonnet", "messages": 3, "credits": 1.5}));
    let mut arguments = period();
    arguments["user_id"] = json!("alice@X.test");
    let user = data(call(&server, "windsurf", "get_user_analytics", arguments).await);
    assert_eq!(user["user"], json!({"name": "Alice", "email": "Alice@x.test", "activeDays": 2}));
    let config = json!({"config": {"set_add_on_credit_cap": 5, "team_level": true}});
    assert_eq!(data(call(&server, "windsurf", "set_usage_config", config).await), json!({"done": true}));
    assert_eq!(
        data(call(&server, "windsurf", "get_usage_config", json!({})).await),
        json!({"add_on_credit_cap": null})
    );
    let bodies: Vec<Value> =
        server.asked().iter().rev().take(2).map(|one| serde_json::from_slice(&one.body).unwrap()).collect();
    assert_eq!(bodies[0], json!({"team_level": true, "service_key": TOKEN}));
    assert_eq!(bodies[1], json!({"set_add_on_credit_cap": 5, "team_level": true, "service_key": TOKEN}));
}

#[tokio::test]
async fn windsurf_says_why_a_tool_is_gone() {
    let server = Server::start(windsurf).await;
    let result = call(&server, "windsurf", "list_audit_events", json!({})).await;
    assert!(result.is_error && text(&result).contains("has no audit log"), "{}", text(&result));
    assert!(server.asked().is_empty());
}
