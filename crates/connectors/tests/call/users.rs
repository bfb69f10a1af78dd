//! Many users on one compiled connector: nobody's credential is seen in another's call.

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::server::{Asked, Server, connector, object, text, with_credential};

const USERS: usize = 50;
const CALLS: usize = 6;

/// A site's id is its user's, so a base URL that was kept for somebody else shows.
fn vendor(_: usize, asked: &Asked) -> Response {
    let user = asked.header("authorization").unwrap().trim_start_matches("Bearer token-of-").to_owned();
    match asked.uri.path() {
        "/sites" => Json(json!({"site": format!("site-{user}")})).into_response(),
        path => Json(json!({"path": path, "user": user, "page": asked.uri.query()})).into_response(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_users_share_a_connector_and_nothing_else() {
    let server = Server::start(vendor).await;
    let url = server.url();
    let connector = Arc::new(connector(&format!(
        r#"
service: shared
title: Shared
baseUrl: {url}/{{site}}
servers: {{accounts: '{url}'}}
baseVariables: {{request: {{method: GET, server: accounts, url: /sites}}, response: .}}
tools:
  - name: get
    description: Gets.
    input: {{type: object, properties: {{of: {{type: string}}, call: {{type: integer}}}}}}
    request: {{method: GET, url: "/of/{{of}}{{?call}}"}}
  - name: both
    description: Gets twice.
    input: {{type: object, properties: {{of: {{type: string}}, call: {{type: integer}}}}}}
    function:
      name: gather
      requests:
        one: {{method: GET, url: "/of/{{of}}"}}
        two: {{method: GET, server: accounts, url: "/two/of/{{of}}{{?call}}"}}
"#
    )));
    let client = server.client(&[]);
    let calls = (0..USERS * CALLS).map(|index| {
        let (user, call) = (index % USERS, index / USERS);
        let (connector, client) = (Arc::clone(&connector), client.clone());
        tokio::spawn(async move {
            let target = with_credential(&format!("token-of-{user}"));
            let arguments = object(json!({"of": user.to_string(), "call": call}));
            let tool = if call % 2 == 0 { "shared_get" } else { "shared_both" };
            let result = connector.call(&client, &target, tool, &arguments).await.unwrap();
            (user, text(&result))
        })
    });
    for done in join_all(calls).await {
        let (user, said) = done.unwrap();
        let value: Value = serde_json::from_str(&said).unwrap();
        for reply in value.get("one").map_or_else(|| vec![&value], |one| vec![one, &value["two"]]) {
            assert_eq!(reply["user"], json!(user.to_string()), "{said}");
        }
        let path = value.pointer("/one/path").unwrap_or_else(|| &value["path"]).as_str().unwrap();
        assert_eq!(path, format!("/site-{user}/of/{user}"));
    }
    let asked = server.asked();
    assert_eq!(asked.len(), USERS + USERS * CALLS / 2 * 3, "each user's site was looked up once");
    for one in asked.iter().filter(|one| one.uri.path() != "/sites") {
        let of = one.uri.path().rsplit('/').next().unwrap();
        assert_eq!(one.header("authorization"), Some(format!("Bearer token-of-{of}").as_str()));
    }
}
