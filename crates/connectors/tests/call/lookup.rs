//! Base URLs that are looked up.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connectors::{CallTarget, Connector};
use futures::future::join_all;
use serde_json::{Map, Value, json};

use crate::server::{Asked, Server, TOKEN, connector, object, text, with_credential};

/// A vendor that says which sites a token is for. The sites are those that the token names.
fn sites(_: usize, asked: &Asked) -> Response {
    let token = asked.header("authorization").unwrap_or_default().trim_start_matches("Bearer ").to_owned();
    match asked.uri.path() {
        "/sites" if token == "bad" => {
            (StatusCode::UNAUTHORIZED, Json(json!({"message": "no such token"}))).into_response()
        }
        "/sites" => {
            let site =
                |name: &str| json!({"id": format!("id-{name}"), "url": format!("https://{name}.test")});
            Json(Value::Array(token.split('+').map(site).collect())).into_response()
        }
        path => Json(json!(path)).into_response(),
    }
}

fn sited(server: &Server) -> Connector {
    let url = server.url();
    connector(&format!(
        r#"
service: sited
title: Sited
baseUrl: {url}/ex/{{site_id}}/api
servers: {{accounts: '{url}'}}
config:
  type: object
  properties: {{site: {{type: string}}}}
baseVariables:
  request: {{method: GET, server: accounts, url: /sites}}
  response: |
    [.[] | select($settings.site == null or .url == "https://\($settings.site)")]
    | if length == 1 then {{site_id: .[0].id}} else "set native.config.site to one of the account's sites" end
tools:
  - name: get
    description: Gets.
    input: {{type: object}}
    request: {{method: GET, url: /issue}}
  - name: sites
    description: Lists sites.
    input: {{type: object}}
    request: {{method: GET, server: accounts, url: /sites}}
    response: "[.[].url]"
"#
    ))
}

fn lookups(server: &Server) -> usize {
    server.asked().iter().filter(|asked| asked.uri.path() == "/sites").count()
}

#[tokio::test]
async fn a_base_url_is_looked_up_once_for_each_credential_and_setting() {
    let server = Server::start(sites).await;
    let (connector, client) = (sited(&server), server.client(&[]));
    let call = async |target: &CallTarget| {
        text(&connector.call(&client, target, "sited_get", &Map::new()).await.unwrap())
    };
    // The credentials share all but their last letter.
    let (one, other) = (with_credential(&format!("{TOKEN}a")), with_credential(&format!("{TOKEN}b")));
    for _ in 0..3 {
        assert_eq!(call(&one).await, format!("/ex/id-{TOKEN}a/api/issue"));
        assert_eq!(call(&other).await, format!("/ex/id-{TOKEN}b/api/issue"));
    }
    assert_eq!(lookups(&server), 2);
    let mut chosen = with_credential("x+y");
    for site in ["x", "y", "x"] {
        chosen.settings = object(json!({"site": format!("{site}.test")}));
        assert_eq!(call(&chosen).await, format!("/ex/id-{site}/api/issue"));
    }
    assert_eq!(lookups(&server), 4);
}

#[tokio::test]
async fn calls_at_the_same_time_share_one_lookup() {
    let server = Server::start(sites).await;
    let (connector, client) = (Arc::new(sited(&server)), server.client(&[]));
    let target = with_credential("x");
    let none = Map::new();
    let calls = (0..20).map(|_| connector.call(&client, &target, "sited_get", &none));
    for result in join_all(calls).await {
        assert_eq!(text(&result.unwrap()), "/ex/id-x/api/issue");
    }
    assert_eq!(lookups(&server), 1);
}

#[tokio::test]
async fn a_failure_is_told_and_not_kept() {
    let server = Server::start(sites).await;
    let (connector, client) = (sited(&server), server.client(&[]));
    let several = with_credential("x+y");
    for asked in 1..=2 {
        let result = connector.call(&client, &several, "sited_get", &Map::new()).await.unwrap();
        assert!(result.is_error);
        assert_eq!(text(&result), "set native.config.site to one of the account's sites");
        assert_eq!(server.asked().len(), asked);
    }
    // What does not need the base URL still works, which shows the sites to choose from.
    let result = connector.call(&client, &several, "sited_sites", &Map::new()).await.unwrap();
    assert_eq!(text(&result), r#"["https://x.test","https://y.test"]"#);
    let result = connector.call(&client, &with_credential("bad"), "sited_get", &Map::new()).await.unwrap();
    assert!(
        text(&result).starts_with("Sited answered 401 Unauthorized: no such token."),
        "{}",
        text(&result)
    );
    assert_eq!(result.vendor_status, Some(401));
}

#[tokio::test]
async fn a_site_cannot_move_the_path() {
    for token in ["..", "a/../b"] {
        let server = Server::start(move |_, asked: &Asked| match asked.uri.path() {
            "/sites" => Json(json!([{"id": token, "url": "u"}])).into_response(),
            path => Json(json!(path)).into_response(),
        })
        .await;
        let (connector, client) = (sited(&server), server.client(&[]));
        let result = connector.call(&client, &with_credential("t"), "sited_get", &Map::new()).await.unwrap();
        assert!(result.is_error && text(&result).contains("`.` or `..`"), "{}", text(&result));
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn an_installation_needs_no_lookup() {
    let server = Server::start(sites).await;
    let connector = sited(&server);
    let target = CallTarget {
        base_url: Some(format!("{}/own", server.url()).parse().unwrap()),
        ..with_credential("t")
    };
    let result = connector.call(&server.client(&[]), &target, "sited_get", &Map::new()).await.unwrap();
    assert_eq!(text(&result), "/own/issue");
    assert_eq!(server.asked().len(), 1);
}
