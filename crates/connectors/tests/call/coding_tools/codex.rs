//! Codex: usage, costs, and names with brackets.

use axum::Json;
use serde_json::{Value, json};

use super::{call, data, expect};
use crate::server::{Asked, Server};

#[tokio::test]
async fn codex_sums_requests_people_and_dollars() {
    let server = Server::start(|_, asked: &Asked| {
        let usage = |user: &str, requests: u64| json!({"model": "gpt-5-codex", "user_id": user, "num_model_requests": requests, "input_tokens": 10, "output_tokens": 2});
        Json(match asked.uri.path() {
            "/costs" => json!({"data": [{"results": [{"amount": {"value": 0.5, "currency": "usd"}}, {"amount": {"value": 12.5}}]}], "next_page": null}),
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
            ("total_cost_usd", json!(13.0)),
            ("cost_per_user_usd", json!(6.5)),
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

#[tokio::test]
async fn reports_without_an_end_are_cut_and_said_to_be() {
    let costs = |next: fn(usize) -> Value| {
        move |before: usize, asked: &Asked| {
            let next = if asked.uri.path() == "/costs" { next(before) } else { json!(null) };
            Json(
                json!({"data": [{"start_time": 1, "results": [{"amount": {"value": 1}}]}], "next_page": next}),
            )
        }
    };
    // The figures of a page that leads to itself are not added up again.
    let server = Server::start(costs(|_| json!("again"))).await;
    let metrics = data(call(&server, "codex", "get_normalized_metrics", json!({"start_time": 1})).await);
    assert_eq!(metrics["metadata"]["incomplete"], json!(["costs"]));
    assert_eq!(metrics["total_cost_usd"], 2.0);
    let server = Server::start(costs(|before| json!(format!("page-{before}")))).await;
    let metrics = data(call(&server, "codex", "get_normalized_metrics", json!({"start_time": 1})).await);
    assert_eq!(metrics["metadata"]["incomplete"], json!(["costs"]));
    assert_eq!(metrics["total_cost_usd"], 50.0);
    assert_eq!(server.asked().iter().filter(|one| one.uri.path() == "/costs").count(), 50);
}
