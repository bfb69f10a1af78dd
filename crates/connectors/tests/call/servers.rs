//! Requests to the vendor's further servers, and where the credential goes.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connectors::{CallTarget, Connector};
use serde_json::{Map, Value, json};

use crate::server::{Asked, Server, TOKEN, connector, object, text, with_credential};

/// A connector of two servers; each tool asks one.
fn two(api: &Server, files: &Server, others: &[&Server]) -> Connector {
    let hosts: Vec<String> = others.iter().map(|other| format!("'{}'", other.address)).collect();
    connector(&format!(
        "{{service: two, title: Two, baseUrl: '{}/v1', servers: {{files: '{}/upload/v2'}}, allowedHosts: [{}], tools: [\
         {{name: api, description: Asks., input: {{type: object}}, request: {{method: GET, url: /a}}}}, \
         {{name: files, description: Asks., input: {{type: object, properties: {{id: {{type: string}}}}}}, \
           request: {{method: GET, server: files, url: '/f{{/id}}'}}}}]}}",
        api.url(),
        files.url(),
        hosts.join(", ")
    ))
}

fn redirects(to: String) -> impl Fn(usize, &Asked) -> Response + Clone + Send + Sync {
    move |_, _| (StatusCode::TEMPORARY_REDIRECT, [("location", to.clone())]).into_response()
}

#[tokio::test]
async fn each_server_gets_its_requests_and_the_credential() {
    let (api, files) = (Server::json(200, json!("api")).await, Server::json(200, json!("files")).await);
    let (connector, client) = (two(&api, &files, &[]), api.client(&[&files]));
    let target = with_credential(TOKEN);
    assert_eq!(text(&connector.call(&client, &target, "two_api", &Map::new()).await.unwrap()), "api");
    let arguments = object(json!({"id": "a/b"}));
    assert_eq!(text(&connector.call(&client, &target, "two_files", &arguments).await.unwrap()), "files");
    assert_eq!(api.asked()[0].uri.path(), "/v1/a");
    assert_eq!(files.asked()[0].uri.path(), "/upload/v2/f/a%2Fb");
    for asked in [&api.asked()[0], &files.asked()[0]] {
        assert_eq!(asked.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    }
    for id in ["..", "../../x", "a/../../x"] {
        let result = connector.call(&client, &target, "two_files", &object(json!({"id": id}))).await.unwrap();
        assert!(result.is_error, "{id}");
    }
    assert_eq!(files.asked().len(), 1);
}

#[tokio::test]
async fn an_installation_of_ones_own_is_all_servers_and_the_vendor_sees_nothing_of_it() {
    let (api, files) = (Server::json(200, json!({})).await, Server::json(200, json!({})).await);
    let own = Server::json(200, json!("own")).await;
    let (connector, client) = (two(&api, &files, &[]), own.client(&[&api, &files]));
    let target = CallTarget {
        base_url: Some(format!("{}/own", own.url()).parse().unwrap()),
        ..with_credential(TOKEN)
    };
    for tool in ["two_api", "two_files"] {
        let result = connector.call(&client, &target, tool, &Map::new()).await.unwrap();
        assert_eq!(text(&result), "own");
    }
    let paths: Vec<String> = own.asked().iter().map(|asked| asked.uri.path().to_owned()).collect();
    assert_eq!(paths, ["/own/a", "/upload/v2/f"]);
    assert!(api.asked().is_empty() && files.asked().is_empty());
    // Its redirects may lead to the vendor, but not with its credential.
    let leading = Server::start(redirects(format!("{}/x", api.url()))).await;
    let connector = two(&api, &files, &[&api]);
    let target = CallTarget { base_url: Some(leading.url().parse().unwrap()), ..with_credential(TOKEN) };
    let client = leading.client(&[&api]);
    assert!(!connector.call(&client, &target, "two_files", &Map::new()).await.unwrap().is_error);
    assert_eq!(api.asked()[0].header("authorization"), None);
}

#[tokio::test]
async fn a_server_that_redirects_elsewhere_loses_the_credential() {
    let other = Server::json(200, json!("other")).await;
    let api = Server::json(200, json!("api")).await;
    let files = Server::start(redirects(format!("{}/x", other.url()))).await;
    let (connector, client) = (two(&api, &files, &[&other]), api.client(&[&files, &other]));
    let target = with_credential(TOKEN);
    let result = connector.call(&client, &target, "two_files", &Map::new()).await.unwrap();
    assert_eq!(text(&result), "other");
    assert!(files.asked()[0].header("authorization").is_some());
    assert_eq!(other.asked()[0].header("authorization"), None);
    // What another host refuses says nothing about the credential, which it never saw.
    let strict = Server::json(403, json!({"message": "Signature expired"})).await;
    let files = Server::start(redirects(format!("{}/x", strict.url()))).await;
    let (connector, client) = (two(&api, &files, &[&strict]), api.client(&[&files, &strict]));
    let result = connector.call(&client, &target, "two_files", &Map::new()).await.unwrap();
    assert!(
        text(&result).contains("Signature expired") && !text(&result).contains("credential"),
        "{}",
        text(&result)
    );
    // From one server of the vendor to another it goes along.
    let files = Server::start(redirects(format!("{}/v1/moved", api.url()))).await;
    let (connector, client) = (two(&api, &files, &[]), api.client(&[&files]));
    let result = connector.call(&client, &target, "two_files", &Map::new()).await.unwrap();
    assert_eq!(text(&result), "api");
    assert!(api.asked()[0].header("authorization").is_some());
    // And nowhere where nothing is declared.
    let stray = Server::start(redirects(format!("{}/x", other.url()))).await;
    let (connector, client) = (two(&api, &stray, &[]), api.client(&[&stray, &other]));
    let result = connector.call(&client, &target, "two_files", &Map::new()).await.unwrap();
    assert!(text(&result).contains("does not declare"), "{}", text(&result));
    assert_eq!(other.asked().len(), 1);
}

#[tokio::test]
async fn a_second_key_goes_where_the_credential_goes() {
    let other = Server::json(200, json!("other")).await;
    let leading = Server::start(redirects(format!("{}/x", other.url()))).await;
    let connector = connector(&format!(
        "{{service: two, title: Two, baseUrl: '{}', allowedHosts: ['{}'], auth: {{secretHeaders: {{X-Second-Key: A key.}}}}, \
         tools: [{{name: get, description: Asks., input: {{type: object}}, request: {{method: GET, url: /a}}}}]}}",
        leading.url(),
        other.address
    ));
    assert!(connector.check_secret_headers(&[]).is_err());
    let client = leading.client(&[&other]);
    let without = connector.call(&client, &with_credential(TOKEN), "two_get", &Map::new()).await.unwrap();
    assert!(without.is_error && text(&without).contains("spec.native.headersFrom"), "{}", text(&without));
    let second = ("X-Second-Key".to_owned(), "key-2-secret".into());
    let target = CallTarget { secret_headers: [second].into(), ..with_credential(TOKEN) };
    assert!(!connector.call(&client, &target, "two_get", &Map::new()).await.unwrap().is_error);
    assert_eq!(leading.asked()[0].header("x-second-key"), Some("key-2-secret"));
    assert_eq!(other.asked()[0].header("x-second-key"), None);
}

#[tokio::test]
async fn a_second_key_that_the_vendor_repeats_is_taken_out_before_its_message_is_cut() {
    // The longest message of a vendor ends within the key.
    let message = format!("{} key-2-secret", "x".repeat(990));
    let server = Server::json(400, json!({"message": message})).await;
    let connector = connector(&format!(
        "{{service: two, title: Two, baseUrl: '{}', auth: {{secretHeaders: {{X-Second-Key: A key.}}}}, \
         tools: [{{name: get, description: Asks., input: {{type: object}}, request: {{method: GET, url: /a}}}}]}}",
        server.url(),
    ));
    let second = ("X-Second-Key".to_owned(), "key-2-secret".into());
    let target = CallTarget { secret_headers: [second].into(), ..with_credential(TOKEN) };
    let result = connector.call(&server.client(&[]), &target, "two_get", &Map::new()).await.unwrap();
    assert!(
        result.is_error && text(&result).contains("xxx") && !text(&result).contains("key-2"),
        "{}",
        text(&result)
    );
}

/// A connector whose credential goes into bodies.
fn keyed(server: &Server, other: &Server) -> Connector {
    connector(&format!(
        "{{service: keyed, title: Keyed, baseUrl: '{}', allowedHosts: ['{}'], auth: {{scheme: body, field: service_key}}, \
         tools: [{{name: find, description: Finds., input: {{type: object}}, request: {{method: POST, safe: true, url: /find, body: .}}}}, \
         {{name: list, description: Lists., input: {{type: object}}, request: {{method: POST, safe: true, url: /list}}}}, \
         {{name: odd, description: Sends., input: {{type: object}}, request: {{method: POST, url: /odd, body: '[.]'}}}}]}}",
        server.url(),
        other.address
    ))
}

fn sent(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).unwrap()
}

#[tokio::test]
async fn a_credential_in_the_body_stays_with_the_vendor_and_out_of_sight() {
    let other = Server::json(200, json!("other")).await;
    let redirect = format!("{}/x", other.url());
    let server = Server::start(move |before, asked| match before {
        0 => Json(json!({"ok": true})).into_response(),
        1 => redirects(redirect.clone())(0, asked),
        2 => Json(json!([])).into_response(),
        _ => (StatusCode::BAD_REQUEST, Json(json!({"message": format!("no such key {TOKEN}")})))
            .into_response(),
    })
    .await;
    let (connector, client) = (keyed(&server, &other), server.client(&[&other]));
    let target = with_credential(TOKEN);
    let call = async |tool: &str| {
        let arguments = object(json!({"q": "x", "service_key": "mine"}));
        connector.call(&client, &target, tool, &arguments).await.unwrap()
    };
    assert!(!call("keyed_find").await.is_error);
    assert_eq!(sent(&server.asked()[0]), json!({"q": "x", "service_key": TOKEN}));
    assert_eq!(server.asked()[0].header("authorization"), None);
    assert_eq!(text(&call("keyed_find").await), "other");
    assert_eq!(sent(&other.asked()[0]), json!({"q": "x", "service_key": "mine"}));
    call("keyed_list").await;
    assert_eq!(sent(&server.asked()[2]), json!({"service_key": TOKEN}));
    assert_eq!(server.asked()[2].header("content-type"), Some("application/json"));
    let refused = text(&call("keyed_find").await);
    assert!(refused.contains("no such key [redacted]"), "{refused}");
    let odd = text(&call("keyed_odd").await);
    assert!(odd.contains("gives no object"), "{odd}");
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn a_password_is_cut_out_of_what_the_vendor_says_too() {
    let said = "no user ada with password s3cret-s3cret; you sent YWRhOnMzY3JldC1zM2NyZXQ=";
    let server = Server::json(401, json!({"message": said})).await;
    let connector = connector(&format!(
        "{{service: b, title: B, baseUrl: '{}', auth: {{scheme: basic}}, tools: [\
         {{name: get, description: Gets., input: {{type: object}}, request: {{method: GET, url: /}}}}]}}",
        server.url()
    ));
    let target = with_credential("ada:s3cret-s3cret");
    let result = connector.call(&server.client(&[]), &target, "b_get", &Map::new()).await.unwrap();
    assert_eq!(server.asked()[0].header("authorization"), Some("Basic YWRhOnMzY3JldC1zM2NyZXQ="));
    assert!(text(&result).contains("password [redacted]; you sent [redacted]"), "{}", text(&result));
}
