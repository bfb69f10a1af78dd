//! The figures of coding assistants, from the replies that their vendors document.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connectors::{Catalog, ToolResult};
use serde_json::{Value, json};

use crate::server::{Asked, Server, TOKEN, object, text};

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
    let server =
        Server::start(
            |before, asked: &Asked| {
                if asked.uri.path() == "/cost_report" { missing() } else { anthropic(before, asked) }
            },
        )
        .await;
    let metrics = data(call(&server, "claude_code", "get_normalized_metrics", period()).await);
    assert_eq!((&metrics["total_cost_usd"], &metrics["active_seats"]), (&Value::Null, &json!(2)));
    assert!(metrics["metadata"]["problems"]["cost"].as_str().unwrap().contains("no such thing"), "{metrics}");

    let server = Server::json(401, json!({"error": {"message": "invalid x-api-key"}})).await;
    let result = call(&server, "claude_code", "get_normalized_metrics", period()).await;
    assert!(result.is_error && text(&result).contains("invalid x-api-key"), "{}", text(&result));
}

#[tokio::test]
async fn codex_sums_requests_people_and_dollars() {
    let server = Server::start(|_, asked: &Asked| {
        let usage = |user: &str, requests: u64| json!({"model": "gpt-5-codex", "user_id": user, "num_model_requests": requests, "input_tokens": 10, "output_tokens": 2});
        Json(match asked.uri.path() {
            "/costs" => json!({"data": [{"results": [{"amount": {"value": 0.06, "currency": "usd"}}, {"amount": {"value": 12.5}}]}], "next_page": null}),
            _ => json!({"data": [
                {"start_time": 1, "results": [usage("u1", 5), usage("u2", 1)]}, {"start_time": 2, "results": [usage("u1", 3)]},
            ], "next_page": null}),
        })
    })
    .await;
    let metrics = data(
        call(
            &server,
            "codex",
            "get_normalized_metrics",
            json!({"start_time": 1_772_323_200, "end_time": 1_772_496_000}),
        )
        .await,
    );
    expect(
        &metrics,
        &[
            ("period", json!("2026-03-01/2026-03-03")),
            ("active_seats", json!(2)),
            ("total_chat_interactions", json!(9)),
            ("daily_active_users", json!(1.5)),
            ("total_cost_usd", json!(12.56)),
            ("cost_per_user_usd", json!(6.28)),
            (
                "usage_by_model",
                json!({"gpt-5-codex": {"requests": 9, "input_tokens": 30, "output_tokens": 6}}),
            ),
        ],
    );
    let usage = server.asked().into_iter().find(|one| one.uri.path() == "/usage/completions").unwrap();
    assert_eq!(
        usage.uri.query().unwrap(),
        "bucket_width=1d&limit=31&group_by=model&group_by=user_id&start_time=1772323200&end_time=1772496000"
    );
}

#[tokio::test]
async fn audit_events_of_codex_are_asked_for_by_names_with_brackets() {
    let server = Server::json(200, json!({"data": [{"object": "x", "id": "e1", "type": "project.created"}], "has_more": true, "last_id": "e1"})).await;
    let arguments = json!({"effective_at_start": 5, "effective_at_end": 9, "project_ids": ["p1", "p2"], "actor_emails": ["a@x.test"]});
    let result = data(call(&server, "codex", "list_audit_events", arguments).await);
    assert_eq!(result, json!({"events": [{"id": "e1", "type": "project.created"}], "next_after": "e1"}));
    assert_eq!(
        server.asked()[0].uri.query().unwrap(),
        "effective_at%5Bgte%5D=5&effective_at%5Blt%5D=9&project_ids%5B%5D=p1&project_ids%5B%5D=p2&actor_emails%5B%5D=a%40x.test&limit=20"
    );
}

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
