//! What a model reads when a vendor refuses.

use axum::Json;
use axum::http::StatusCode;
use serde_json::json;

use crate::server::{Server, TOKEN, repository, text};

async fn refused(status: u16, body: serde_json::Value, credential: Option<&str>) -> String {
    let server = Server::json(status, body).await;
    let result = server.call("github_get_repository", repository(), credential).await;
    assert!(result.is_error);
    assert_eq!(result.vendor_status, Some(status));
    assert!(result.structured_content.is_none());
    text(&result)
}

#[tokio::test]
async fn the_vendors_words_come_with_a_hint() {
    let not_found =
        refused(404, json!({"message": "Not Found", "documentation_url": "https://docs"}), Some(TOKEN)).await;
    assert!(
        not_found.starts_with("GitHub answered 404 Not Found: Not Found. Check the names."),
        "{not_found}"
    );
    let bad = refused(401, json!({"message": "Bad credentials"}), Some(TOKEN)).await;
    assert!(bad.contains("Bad credentials. The credential was refused"), "{bad}");
    let none = refused(401, json!({"message": "Requires authentication"}), None).await;
    assert!(none.contains("spec.credentials"), "{none}");
    let gone = refused(410, json!({"message": "Gone"}), None).await;
    assert_eq!(gone, "GitHub answered 410 Gone: Gone.");
}

#[tokio::test]
async fn a_refused_change_names_the_scopes_it_needs() {
    let server = Server::json(403, json!({"message": "Resource not accessible by integration"})).await;
    let arguments = json!({"owner": "o", "repo": "r", "title": "t"});
    let result = server.call("github_create_issue", arguments, Some(TOKEN)).await;
    assert!(text(&result).contains("it needs: repo."), "{}", text(&result));
}

#[tokio::test]
async fn details_of_a_validation_error_are_told() {
    let body = json!({"message": "Validation Failed", "errors": [
        {"resource": "Issue", "field": "title", "code": "missing_field"}, {"message": "No such label"}, "Odd"]});
    let told = refused(422, body, None).await;
    assert!(told.contains("Validation Failed (Issue title: missing_field; No such label; Odd)."), "{told}");
}

#[tokio::test]
async fn a_rate_limit_says_how_many_seconds_to_wait() {
    let server = Server::start(|_, _| {
        let headers = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1798761600"),
            ("date", "Thu, 31 Dec 2026 23:59:18 GMT"),
        ];
        (StatusCode::FORBIDDEN, headers, Json(json!({"message": "API rate limit exceeded"})))
    })
    .await;
    let create = json!({"owner": "o", "repo": "r", "title": "t"});
    let told = text(&server.call("github_create_issue", create, Some(TOKEN)).await);
    assert!(told.ends_with("This is a rate limit. Try again in 42 s."), "{told}");
    let told = text(&server.call("github_get_repository", repository(), None).await);
    assert!(told.contains("Try again in 42 s. With a credential the limit is usually higher"), "{told}");
    assert_eq!(server.asked().len(), 2, "a wait that long is not waited");
    let patient = Server::start(|_, _| (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "3600")], "")).await;
    let told = text(&patient.call("github_get_repository", repository(), Some(TOKEN)).await);
    assert!(told.ends_with("Try again in 3600 s."), "{told}");
    assert_eq!(patient.asked().len(), 1);
}

#[tokio::test]
async fn a_vendor_that_repeats_the_token_does_not_leak_it() {
    let told = refused(400, json!({"message": format!("bad header: Bearer {TOKEN}")}), Some(TOKEN)).await;
    assert!(told.contains("bad header: Bearer [redacted]"), "{told}");
    // Not even half of it, where a long message is cut.
    let half = TOKEN.len() / 2;
    let told = refused(400, json!({"message": "x".repeat(1_000 - half) + TOKEN}), Some(TOKEN)).await;
    assert!(!told.contains(&TOKEN[..half]), "{told}");
}

#[tokio::test]
async fn what_is_not_json_and_what_is_long_is_cut_short() {
    let long = refused(400, json!({"message": "x".repeat(5_000)}), None).await;
    assert!(long.len() < 1_200 && long.contains('…'), "{}", long.len());
    let page =
        Server::start(|_, _| (StatusCode::BAD_GATEWAY, [("retry-after", "99")], "<html>nginx</html>")).await;
    let told = text(&page.call("github_get_repository", repository(), None).await);
    assert_eq!(told, "GitHub answered 502 Bad Gateway.");
    let odd = Server::start(|_, _| "<html>a proxy's page</html>").await;
    let told = text(&odd.call("github_list_branches", repository(), None).await);
    assert!(told.starts_with("The reply does not have the form"), "{told}");
}
