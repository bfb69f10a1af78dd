//! Cursor: the Admin and the Analytics API together.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{call, data, expect, missing, period};
use crate::server::{Asked, Server, text};

/// Cursor's documented examples. Its spending has two pages.
fn cursor(_: usize, asked: &Asked) -> Response {
    let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
    let reply = match asked.uri.path() {
        "/teams/members" => json!({"teamMembers": [
            {"id": "user_1", "name": "Alex", "email": "a@x.test", "role": "member", "isRemoved": false},
            {"id": "user_2", "name": "Sam", "email": "s@x.test", "role": "owner", "isRemoved": false},
            {"id": "user_3", "name": "Gone", "email": "g@x.test", "role": "member", "isRemoved": true},
        ]}),
        "/teams/spend" => json!({
            "teamMemberSpend": [{"userId": "user_1", "spendCents": 0, "overallSpendCents": 2450.125487}],
            "subscriptionCycleStart": 1_708_992_000_000_u64, "totalMembers": 2, "totalPages": 2,
        }),
        "/teams/daily-usage-data" => {
            assert_eq!(body, json!({"startDate": 1_772_323_200_000_u64, "endDate": 1_772_495_999_999_u64}));
            json!({"data": [{"userId": 1, "day": "2026-03-01"}, {"userId": 1, "day": "2026-03-02"}], "period": {}})
        }
        "/analytics/team/dau" => {
            json!({"data": [{"date": "2026-03-01", "dau": 42}, {"date": "2026-03-02", "dau": 38}]})
        }
        "/analytics/team/models" => json!({"data": [
            {"date": "2026-03-01", "model_breakdown": {"claude": {"messages": 1250, "users": 28}, "gpt": {"messages": 450, "users": 15}}},
            {"date": "2026-03-02", "model_breakdown": {"claude": {"messages": 1180, "users": 26}}},
        ]}),
        "/analytics/team/tabs" => json!({"data": [
            {"event_date": "2026-03-01", "total_suggestions": 5420, "total_accepts": 3210, "total_lines_suggested": 8340, "total_lines_accepted": 6120},
        ]}),
        "/analytics/team/agent-edits" => json!({"data": [
            {"event_date": "2026-03-01", "total_suggested_diffs": 145, "total_accepted_diffs": 98, "total_lines_suggested": 1250, "total_lines_accepted": 980},
        ]}),
        "/analytics/team/top-file-extensions" => json!({"data": [
            {"event_date": "2026-03-01", "file_extension": "tsx", "total_accepts": 98}, {"event_date": "2026-03-02", "file_extension": "tsx", "total_accepts": 2},
        ]}),
        _ => return missing(),
    };
    Json(reply).into_response()
}

#[tokio::test]
async fn cursor_puts_admin_and_analytics_together() {
    let server = Server::start(cursor).await;
    let metrics = data(call(&server, "cursor", "get_normalized_metrics", period()).await);
    expect(
        &metrics,
        &[
            ("total_seats", json!(2)),
            ("active_seats", json!(1)),
            ("total_suggestions", json!(5565)),
            ("total_acceptances", json!(3308)),
            ("total_lines_accepted", json!(7100)),
            ("total_chat_interactions", json!(2880)),
            ("daily_active_users", json!(40.0)),
            ("total_cost_usd", json!(49.0)),
            ("usage_by_language", json!({"tsx": 100})),
            ("usage_by_model", json!({"claude": 2430, "gpt": 450})),
        ],
    );
    assert_eq!(metrics["metadata"]["problems"], json!({}), "{metrics}");
    let spend: Vec<Value> = server
        .asked()
        .iter()
        .filter(|one| one.uri.path() == "/teams/spend")
        .map(|one| serde_json::from_slice(&one.body).unwrap())
        .collect();
    assert_eq!(spend, [json!({"page": 1, "pageSize": 500}), json!({"page": 2, "pageSize": 500})]);
    let dau = server.asked().into_iter().find(|one| one.uri.path() == "/analytics/team/dau").unwrap();
    assert_eq!(dau.uri.query(), Some("startDate=2026-03-01&endDate=2026-03-02"));
    // The key is the user name, and there is no password.
    assert_eq!(dau.header("authorization").map(|header| &header[..6]), Some("Basic "));
}

#[tokio::test]
async fn cursor_names_a_member_as_its_api_wants() {
    let server = Server::json(200, json!({"success": true})).await;
    let body = async |tool: &str, arguments: Value| {
        let before = server.asked().len();
        call(&server, "cursor", tool, arguments).await;
        serde_json::from_slice::<Value>(&server.asked()[before].body).unwrap()
    };
    assert_eq!(body("remove_member", json!({"user_id": "a@x.test"})).await, json!({"email": "a@x.test"}));
    assert_eq!(body("remove_member", json!({"user_id": "user_1"})).await, json!({"userId": "user_1"}));
    let limit = |usd: i64| json!({"user_id": "a@x.test", "limit_usd": usd});
    assert_eq!(
        body("set_user_spend_limit", limit(100)).await,
        json!({"userEmail": "a@x.test", "spendLimitDollars": 100})
    );
    assert_eq!(
        body("set_user_spend_limit", limit(-1)).await,
        json!({"userEmail": "a@x.test", "spendLimitDollars": null})
    );
    let events =
        |user: &str| json!({"start_date": "2026-03-01", "end_date": "2026-03-01", "user_ids": [user]});
    assert_eq!(body("get_usage_events", events("12")).await["userId"], 12);
    assert_eq!(body("get_usage_events", events("a@x.test")).await["email"], "a@x.test");
}

#[tokio::test]
async fn cursor_says_why_in_a_reply_that_looks_like_success() {
    let server = Server::json(200, json!({"outcome": "error", "message": "Invalid email format"})).await;
    let result =
        call(&server, "cursor", "set_user_spend_limit", json!({"user_id": "@", "limit_usd": 1})).await;
    assert!(result.is_error && text(&result).contains("Invalid email format"), "{}", text(&result));
}
