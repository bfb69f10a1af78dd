//! Copilot's reports: signed links on another host, days without a report, and the figures that come of the rows.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connectors::{Catalog, Connector, compile};
use serde_json::{Value, json};

use crate::server::{Asked, Server, TOKEN, object, text};

/// The connector, with the host of report files put in the place of GitHub's.
fn copilot(files: &Server) -> Connector {
    let mut document = Catalog::new().document("copilot").unwrap().unwrap();
    assert!(document.allowed_hosts.iter().any(|host| host == "copilot-reports.github.com"));
    document.allowed_hosts = vec![files.address.to_string()];
    compile(&document).unwrap()
}

/// A day of an organization, by GitHub's documented example of the schema.
fn day(day: &str, factor: u64) -> Value {
    let counts = json!({
        "code_generation_activity_count": 4 * factor, "code_acceptance_activity_count": factor, "loc_added_sum": 30 * factor,
        "loc_deleted_sum": 0, "loc_suggested_to_add_sum": 35 * factor, "user_initiated_interaction_count": 0,
    });
    let with = |fields: Value| {
        let mut row = object(counts.clone());
        row.extend(object(fields));
        Value::Object(row)
    };
    let chat = json!({
        "feature": "chat_panel_agent_mode", "user_initiated_interaction_count": 10 * factor,
        "code_generation_activity_count": 3, "code_acceptance_activity_count": 2 * factor,
    });
    with(json!({
        "day": day, "organization_id": "1", "daily_active_users": 2 * factor, "weekly_active_users": 5, "monthly_active_users": 9,
        "user_initiated_interaction_count": 10 * factor,
        "pull_requests": {"total_created": 2, "total_created_by_copilot": factor, "total_copilot_suggestions": 3},
        "totals_by_feature": [with(json!({"feature": "code_completion"})), chat],
        "totals_by_ide": [with(json!({"ide": "vscode"}))],
        "totals_by_language_feature": [with(json!({"feature": "code_completion", "language": "rust"}))],
        "totals_by_model_feature": [{"model": "gpt-5", "feature": "chat", "user_initiated_interaction_count": 10 * factor}],
    }))
}

/// Where report files lie: a day on each line, or the days of four weeks in one object.
async fn files() -> Server {
    Server::start(|_, asked| match asked.uri.path() {
        "/weeks" => json!({"report_end_day": "2026-03-28", "day_totals": [day("2026-03-02", 2), day("2026-03-01", 1)]}).to_string(),
        path => format!("{}\n", day(&path[1..], 1)),
    })
    .await
}

/// GitHub, which announces where the files are.
fn github(files: &Server) -> impl Fn(usize, &Asked) -> Response + Clone + Send + Sync + 'static {
    let host = files.url();
    move |_, asked| {
        let link = |name: &str| json!([format!("{host}/{name}?signature=x")]);
        match (asked.uri.path(), asked.uri.query()) {
            ("/orgs/o/copilot/metrics/reports/organization-28-day/latest", _) => Json(json!({
                "download_links": link("weeks"), "report_start_day": "2026-03-01", "report_end_day": "2026-03-28",
            })).into_response(),
            (_, Some("day=2026-03-03")) => StatusCode::NO_CONTENT.into_response(),
            ("/orgs/o/copilot/metrics/reports/organization-1-day" | "/orgs/o/copilot/metrics/reports/users-1-day", Some(query)) => {
                let day = query.trim_start_matches("day=");
                Json(json!({"download_links": link(day), "report_day": day})).into_response()
            }
            ("/orgs/o/copilot/billing", _) => Json(json!({
                "seat_breakdown": {"total": 12, "active_this_cycle": 9, "inactive_this_cycle": 3},
            })).into_response(),
            _ => (StatusCode::NOT_FOUND, Json(json!({"message": "Not Found"}))).into_response(),
        }
    }
}

async fn call(tool: &str, arguments: Value) -> (Value, Server, Server) {
    let files = files().await;
    let server = Server::start(github(&files)).await;
    let connector = copilot(&files);
    let client = server.client(&[&files]);
    let result =
        connector.call(&client, &server.target(Some(TOKEN)), tool, &object(arguments)).await.unwrap();
    assert!(!result.is_error, "{}", text(&result));
    (result.structured_content.unwrap(), server, files)
}

#[tokio::test]
async fn signed_links_are_fetched_without_the_credential() {
    let (result, server, files) = call("copilot_get_usage_trends", json!({"org": "o"})).await;
    let days: Vec<&str> =
        result["days"].as_array().unwrap().iter().map(|day| day["day"].as_str().unwrap()).collect();
    assert_eq!(days, ["2026-03-01", "2026-03-02"]);
    assert_eq!(result["days"][1]["daily_active_users"], 4);
    assert_eq!(result["until"], "2026-03-28");
    assert!(server.asked()[0].header("authorization").is_some());
    let asked = files.asked();
    assert_eq!((asked.len(), asked[0].uri.to_string().as_str()), (1, "/weeks?signature=x"));
    assert_eq!(asked[0].header("authorization"), None);
}

#[tokio::test]
async fn the_name_of_a_closed_api_leads_to_the_reports() {
    let (result, ..) = call("copilot_get_legacy_metrics", json!({"org": "o"})).await;
    assert_eq!(result["days"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn each_day_of_a_period_is_asked_for_and_a_day_without_report_is_missing() {
    let (result, server, files) =
        call("copilot_get_org_usage", json!({"org": "o", "since": "2026-03-02", "until": "2026-03-04"}))
            .await;
    assert_eq!((server.asked().len(), files.asked().len()), (3, 2));
    assert_eq!(result["missing_days"], json!(["2026-03-03"]));
    assert_eq!((&result["total_rows"], &result["next_page"]), (&json!(2), &Value::Null));
    let arguments =
        json!({"org": "o", "since": "2026-03-01", "until": "2026-03-02", "per_page": 1, "page": 2});
    let (result, ..) = call("copilot_get_user_usage", arguments).await;
    assert_eq!(result["rows"].as_array().map(Vec::len), Some(1));
    assert_eq!(result["rows"][0]["day"], "2026-03-02");
}

#[tokio::test]
async fn figures_are_sums_over_the_rows() {
    let (rate, ..) = call("copilot_get_acceptance_rate", json!({"org": "o"})).await;
    assert_eq!((&rate["total_suggestions"], &rate["total_acceptances"]), (&json!(12), &json!(3)));
    assert_eq!(rate["acceptance_rate_pct"], 25.0);
    let (languages, ..) = call("copilot_get_usage_by_language", json!({"org": "o"})).await;
    assert_eq!(languages["languages"]["rust"]["total_code_lines_suggested"], 105);
    let (editors, ..) = call("copilot_get_usage_by_editor", json!({"org": "o"})).await;
    assert_eq!(editors["editors"]["vscode"]["total_code_acceptances"], 3);
    let (chat, ..) = call("copilot_get_chat_usage", json!({"org": "o"})).await;
    assert_eq!((&chat["total_chats"], &chat["total_acceptance_events"]), (&json!(30), &json!(6)));
    assert_eq!(chat["by_mode"], json!({"chat_panel_agent_mode": 30}));
    assert_eq!(
        chat["daily"][1],
        json!({"date": "2026-03-02", "total_chats": 20, "total_acceptance_events": 4})
    );
    let (pulls, ..) = call("copilot_get_pr_summary_usage", json!({"org": "o"})).await;
    assert_eq!(pulls["totals"]["created_by_copilot"], 3);
    assert_eq!(pulls["totals"]["copilot_suggestions"], 6);
}

#[tokio::test]
async fn normalized_metrics_hold_seats_and_usage() {
    let (metrics, ..) = call("copilot_get_normalized_metrics", json!({"org": "o"})).await;
    for (name, expected) in [
        ("tool_name", json!("copilot")),
        ("period", json!("2026-03-01/2026-03-28")),
        ("total_seats", json!(12)),
        ("seat_utilization_pct", json!(75.0)),
        ("inactive_seats", json!(3)),
        ("acceptance_rate_pct", json!(25.0)),
        ("total_lines_suggested", json!(105)),
        ("total_chat_interactions", json!(30)),
        ("daily_active_users", json!(3.0)),
        ("usage_by_model", json!({"gpt-5": 30})),
        ("total_cost_usd", Value::Null),
    ] {
        assert_eq!(metrics[name], expected, "{name}");
    }
}

#[tokio::test]
async fn a_link_to_a_host_that_is_not_declared_is_not_followed() {
    let files = files().await;
    let server = Server::start(github(&files)).await;
    let connector = Catalog::new().connector("copilot").unwrap().unwrap();
    let (client, target) = (server.client(&[&files]), server.target(Some(TOKEN)));
    let result = connector
        .call(&client, &target, "copilot_get_usage_trends", &object(json!({"org": "o"})))
        .await
        .unwrap();
    assert!(result.is_error && text(&result).contains("does not declare"), "{}", text(&result));
    assert!(files.asked().is_empty());
}

#[tokio::test]
async fn inactive_seats_are_found_on_every_page() {
    let seat = |login: &str, used: Value| {
        json!({
            "assignee": {"login": login}, "last_activity_at": used, "created_at": "2021-08-03T18:00:00-06:00", "plan_type": "business",
        })
    };
    let full: Vec<Value> =
        (0..100).map(|number| seat(&format!("u{number}"), json!("2999-01-01T00:00:00Z"))).collect();
    let last = vec![seat("old", json!("2021-10-14T00:53:32-06:00")), seat("never", Value::Null)];
    let server = Server::start(move |_, asked| {
        let seats = if asked.uri.query().unwrap().contains("page=2") { &last } else { &full };
        Json(json!({"total_seats": 102, "seats": seats}))
    })
    .await;
    let connector = Catalog::new().connector("copilot").unwrap().unwrap();
    let (client, target) = (server.client(&[]), server.target(Some(TOKEN)));
    let result = connector
        .call(&client, &target, "copilot_list_inactive_seats", &object(json!({"org": "o"})))
        .await
        .unwrap();
    let result = result.structured_content.unwrap();
    assert_eq!((&result["total_seats"], &result["inactive_count"]), (&json!(102), &json!(2)));
    let logins: Vec<&Value> =
        result["inactive_seats"].as_array().unwrap().iter().map(|seat| &seat["login"]).collect();
    assert_eq!(logins, ["never", "old"]);
    assert_eq!(server.asked()[0].uri.query(), Some("per_page=100"));
    assert_eq!(server.asked()[1].uri.query(), Some("per_page=100&page=2"));
}
