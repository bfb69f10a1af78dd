//! Where redirects lead, and that credentials stay at home.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connectors::{Connector, compile, parse};
use serde_json::{Map, json};

use crate::server::{Asked, Server, TOKEN, repository, text};

fn redirects(to: String) -> impl Fn(usize, &Asked) -> Response + Clone + Send + Sync {
    move |_, asked| match asked.uri.path() {
        "/new" => Json(json!({"name": "moved"})).into_response(),
        _ => (StatusCode::MOVED_PERMANENTLY, [("location", to.clone())]).into_response(),
    }
}

/// A connector that declares another host.
fn declaring(host: &str) -> Connector {
    let document = format!(
        "{{service: moved, title: Moved, baseUrl: 'https://moved.test', allowedHosts: ['{host}'], auth: {{}}, tools: [\
         {{name: get, description: Gets., input: {{type: object}}, request: {{method: GET, url: /old}}}}]}}"
    );
    compile(&parse(&document).unwrap()).unwrap()
}

#[tokio::test]
async fn a_renamed_repository_is_found_with_the_credential() {
    let server = Server::start(redirects("/new".to_owned())).await;
    let result = server.call("github_get_repository", repository(), Some(TOKEN)).await;
    assert_eq!(text(&result), r#"{"name":"moved"}"#);
    assert!(server.asked().iter().all(|asked| asked.header("authorization").is_some()));
}

#[tokio::test]
async fn another_host_gets_no_credential_even_where_it_is_declared() {
    let other = Server::json(200, json!({"name": "elsewhere"})).await;
    let server = Server::start(redirects(format!("http://{}/new", other.address))).await;
    let connector = declaring(&other.address.to_string());
    let (client, target) = (server.client(&[&other]), server.target(Some(TOKEN)));
    let result = connector.call(&client, &target, "moved_get", &Map::new()).await.unwrap();
    assert_eq!(text(&result), r#"{"name":"elsewhere"}"#);
    assert!(server.asked()[0].header("authorization").is_some());
    assert_eq!(other.asked().len(), 1);
    assert_eq!(other.asked()[0].header("authorization"), None);
}

#[tokio::test]
async fn a_host_that_is_not_declared_is_not_asked() {
    let other = Server::json(200, json!({})).await;
    let server = Server::start(redirects(format!("http://{}/new", other.address))).await;
    let (client, target) = (server.client(&[&other]), server.target(Some(TOKEN)));
    let result = declaring("elsewhere.test").call(&client, &target, "moved_get", &Map::new()).await.unwrap();
    assert!(result.is_error && text(&result).contains("does not declare"), "{}", text(&result));
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused() {
    let other = Server::json(200, json!({})).await;
    let server = Server::start(redirects(format!("http://{}/new", other.address))).await;
    let connector = declaring(&other.address.to_string());
    let result =
        connector.call(&server.client(&[]), &server.target(None), "moved_get", &Map::new()).await.unwrap();
    assert!(result.is_error, "{}", text(&result));
    let result = connector
        .call(&server.client(&[]), &server.target(Some(TOKEN)), "moved_get", &Map::new())
        .await
        .unwrap();
    assert!(text(&result).contains("--egress-allow"), "{}", text(&result));
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn redirects_end_and_a_moved_change_says_where_to() {
    let server = Server::start(redirects("/again".to_owned())).await;
    let result = server.call("github_get_repository", repository(), None).await;
    assert!(text(&result).contains("redirected more than 5 times"), "{}", text(&result));
    let arguments = json!({"owner": "o", "repo": "r", "title": "t"});
    let result = server.call("github_create_issue", arguments, Some(TOKEN)).await;
    assert!(result.is_error && text(&result).contains("use its new name: /again"), "{}", text(&result));
}
