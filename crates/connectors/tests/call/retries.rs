//! What is sent again.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::server::{Server, TOKEN, repository, text};

fn fails_first(
    status: StatusCode,
) -> impl Fn(usize, &crate::server::Asked) -> Response + Clone + Send + Sync {
    move |before, _| match before {
        0 => (status, [("retry-after", "0")], "").into_response(),
        _ => Json(json!({"name": "Hello-World", "number": 1})).into_response(),
    }
}

#[tokio::test]
async fn a_read_is_repeated() {
    // 403 with Retry-After is GitHub's secondary rate limit.
    for status in [403, 429, 502, 503, 504] {
        let server = Server::start(fails_first(StatusCode::from_u16(status).unwrap())).await;
        let result = server.call("github_get_repository", repository(), Some(TOKEN)).await;
        assert!(!result.is_error, "{status}: {}", text(&result));
        assert_eq!(server.asked().len(), 2);
    }
}

#[tokio::test]
async fn a_change_is_not_repeated_once_it_may_have_arrived() {
    for (tool, arguments) in [
        ("github_create_issue", json!({"owner": "o", "repo": "r", "title": "t"})),
        ("github_update_issue", json!({"owner": "o", "repo": "r", "issue_number": 1, "title": "t"})),
    ] {
        let server = Server::start(fails_first(StatusCode::SERVICE_UNAVAILABLE)).await;
        let result = server.call(tool, arguments, Some(TOKEN)).await;
        assert!(result.is_error, "{tool}");
        assert_eq!(server.asked().len(), 1, "{tool}");
    }
}

#[tokio::test]
async fn attempts_are_bounded() {
    let server = Server::start(|_, _| (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "0")], "")).await;
    let result = server.call("github_get_repository", repository(), None).await;
    assert_eq!(text(&result), "GitHub answered 503 Service Unavailable.");
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn a_host_that_accepts_no_connection_is_named() {
    let server = Server::json(200, json!({})).await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut target = server.target(Some(TOKEN));
    target.base_url = Some(url::Url::parse(&format!("http://{closed}")).unwrap());
    let policy = std::iter::once(closed.to_string().parse().unwrap()).collect();
    let client =
        connectors::egress::GuardedClient::new(policy, connectors::egress::Timeouts::default()).unwrap();
    let arguments = crate::server::object(json!({"owner": "o", "repo": "r", "title": "t"}));
    let result =
        crate::server::github().call(&client, &target, "github_create_issue", &arguments).await.unwrap();
    assert!(
        result.is_error && text(&result).starts_with("127.0.0.1 could not be reached"),
        "{}",
        text(&result)
    );
}
