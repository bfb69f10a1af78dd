//! What goes over the wire, and what does not.

use axum::http::StatusCode;
use connectors::egress::{EgressPolicy, GuardedClient, Timeouts};
use connectors::{CallTarget, UnknownTool, compile, parse};
use serde_json::{Map, Value, json};
use url::Url;

use crate::server::{Server, TOKEN, connector, github, object, repository, text};

#[tokio::test]
async fn the_credential_and_the_documents_headers_are_sent() {
    let server = Server::json(200, json!([])).await;
    let result = server.call("github_list_branches", repository(), Some(TOKEN)).await;
    assert_eq!(result.structured_content, Some(json!({"branches": [], "next_page": null})));
    assert_eq!(text(&result), r#"{"branches":[],"next_page":null}"#);
    let asked = &server.asked()[0];
    assert_eq!(asked.uri.to_string(), "/repos/octocat/Hello-World/branches?per_page=10");
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(asked.header("accept"), Some("application/vnd.github+json"));
    assert_eq!(asked.header("x-github-api-version"), Some("2022-11-28"));
    assert!(asked.header("user-agent").unwrap().starts_with("sagemcp/"));
}

#[tokio::test]
async fn public_data_needs_no_credential() {
    let server = Server::json(200, json!([])).await;
    let result = server.call("github_list_branches", repository(), None).await;
    assert!(!result.is_error);
    assert_eq!(server.asked()[0].header("authorization"), None);
}

#[tokio::test]
async fn a_base_url_may_have_a_path() {
    let server = Server::json(200, json!([])).await;
    let mut target = server.target(None);
    target.base_url = Some(Url::parse(&format!("http://{}/api/v3/", server.address)).unwrap());
    github().call(&server.client(&[]), &target, "github_list_branches", &object(repository())).await.unwrap();
    assert_eq!(server.asked()[0].uri.path(), "/api/v3/repos/octocat/Hello-World/branches");
}

#[tokio::test]
async fn arguments_are_checked_before_anything_is_sent() {
    let server = Server::json(200, json!([])).await;
    for (arguments, expected) in [
        (json!({"owner": "octocat"}), "argument `repo` is required"),
        (json!({"owner": "octocat", "repo": "x", "per_page": 101}), "argument `per_page`: 101 is greater"),
        (json!({"owner": "octocat", "repo": "x", "pages": 1}), "there is no argument `pages`"),
        (json!({"owner": "octocat", "repo": ".."}), "`.` or `..`"),
    ] {
        let result = server.call("github_list_branches", arguments, Some(TOKEN)).await;
        assert!(result.is_error && text(&result).contains(expected), "{}", text(&result));
    }
    for branch in ["..", "../../user", "a/../../../user"] {
        let arguments = json!({"owner": "octocat", "repo": "x", "branch": branch});
        assert!(server.call("github_get_branch", arguments, Some(TOKEN)).await.is_error, "{branch}");
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_private_address_is_refused_with_the_flag_that_permits_it() {
    let server = Server::json(200, json!([])).await;
    let client = GuardedClient::new(EgressPolicy::default(), Timeouts::default()).unwrap();
    for host in [server.address.to_string(), format!("localhost:{}", server.address.port())] {
        let base_url = Some(Url::parse(&format!("https://{host}")).unwrap());
        let target = CallTarget { base_url, ..CallTarget::default() };
        let result =
            github().call(&client, &target, "github_list_branches", &object(repository())).await.unwrap();
        assert!(result.is_error && text(&result).contains("--egress-allow"), "{}", text(&result));
    }
    let metadata = CallTarget {
        base_url: Some(Url::parse("https://169.254.169.254").unwrap()),
        ..CallTarget::default()
    };
    let result =
        github().call(&client, &metadata, "github_list_branches", &object(repository())).await.unwrap();
    assert!(text(&result).contains("never reached"), "{}", text(&result));
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_reply_that_is_too_large_is_not_read() {
    for declared in [true, false] {
        let server = Server::start(move |_, _| {
            let chunk = bytes::Bytes::from(vec![b' '; 1024 * 1024]);
            if declared {
                return axum::body::Body::from(chunk.repeat(11));
            }
            let chunks = std::iter::repeat_n(chunk, 11).map(Ok::<_, std::io::Error>);
            axum::body::Body::from_stream(futures::stream::iter(chunks))
        })
        .await;
        let result = server.call("github_get_repository", repository(), None).await;
        assert!(result.is_error && text(&result).contains("larger than 10 MiB"), "{}", text(&result));
    }
}

#[tokio::test]
async fn a_large_reply_is_shaped_too() {
    let branch = json!({"name": "x", "protected": false, "commit": {"sha": "a", "url": "u".repeat(100)}});
    let server = Server::json(200, Value::Array(vec![branch; 2_000])).await;
    let result = server.call("github_list_branches", repository(), None).await;
    assert_eq!(result.structured_content.unwrap()["branches"].as_array().unwrap().len(), 2_000);
}

#[tokio::test]
async fn an_unknown_tool_is_told_apart_from_a_failed_call() {
    let server = Server::json(200, json!([])).await;
    let result = github().call(&server.client(&[]), &server.target(None), "github_fly", &Map::new()).await;
    assert_eq!(result, Err(UnknownTool { name: "github_fly".to_owned() }));
}

const SMALL: &str = r#"
service: small
title: Small
baseUrl: https://small.test
headers: {X-Client: sagemcp}
auth: {scheme: header, header: X-Api-Key}
config:
  type: object
  additionalProperties: false
  properties: {region: {type: string, enum: [eu, us], default: eu}}
tools:
  - name: send
    aliases: [post, deliver]
    description: Sends.
    annotations: {destructiveHint: false}
    input: {type: object, properties: {text: {type: string}}}
    request: {method: POST, url: "/{region}/messages", variables: "{region: $settings.region}", body: "{message: .text, region: $settings.region}"}
"#;

#[tokio::test]
async fn settings_bodies_and_header_keys_work_and_aliases_are_called_but_not_listed() {
    let connector = compile(&parse(SMALL).unwrap()).unwrap();
    assert_eq!(connector.tools().len(), 1);
    assert_eq!(connector.tool("small_post").unwrap().name, "small_send");
    assert!(
        connector
            .check_settings(&object(json!({"region": "mars"})))
            .unwrap_err()
            .contains("setting `region`")
    );
    let server = Server::start(|_, _| StatusCode::NO_CONTENT).await;
    let mut target = server.target(Some("key-1234"));
    target.settings = connector.check_settings(&Map::new()).unwrap();
    let arguments = object(json!({"text": "hi"}));
    let result = connector.call(&server.client(&[]), &target, "small_deliver", &arguments).await.unwrap();
    assert!(!result.is_error, "{result:?}");
    let asked = &server.asked()[0];
    assert_eq!((asked.method.as_str(), asked.uri.path()), ("POST", "/eu/messages"));
    assert_eq!((asked.header("x-api-key"), asked.header("x-client")), (Some("key-1234"), Some("sagemcp")));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert_eq!(asked.body.as_ref(), br#"{"message":"hi","region":"eu"}"#);
}

#[tokio::test]
async fn no_value_leaves_the_place_that_the_document_gives_it() {
    let connector = connector(
        "{service: s, title: S, baseUrl: 'https://s.test', tools: [{name: get, description: Gets., input: {type: object, properties: {v: {}}}, \
         request: {method: GET, url: '/a/{v}/b{?v}', headers: {X-Fixed: '1'}}}]}",
    );
    let server = Server::json(200, json!({})).await;
    let (client, target) = (server.client(&[]), server.target(Some(TOKEN)));
    let hostile = [
        "x\r\nX-Evil: 1",
        "x\r\n\r\nGET /evil HTTP/1.1",
        "?admin=1",
        "#fragment",
        "&v=2",
        "//evil.test/x",
        "https://evil.test/",
        "%2e%2e",
        "%0d%0aX-Evil: 1",
        "..;/x",
        "a' or name contains 'b",
        "Sheet1!A1:B2",
        "\0",
        "é\u{202e}",
    ];
    for value in hostile {
        let result = connector.call(&client, &target, "s_get", &object(json!({"v": value}))).await.unwrap();
        assert!(!result.is_error, "{value:?}: {}", text(&result));
        let asked = server.asked().pop().unwrap();
        let segments: Vec<&str> = asked.uri.path().split('/').collect();
        assert_eq!((segments.len(), segments[1], segments[3]), (4, "a", "b"), "{value:?}: {}", asked.uri);
        let url = Url::parse(&format!("http://s.test{}", asked.uri)).unwrap();
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        assert_eq!(pairs, [("v".to_owned(), value.to_owned())], "{}", asked.uri);
        assert_eq!((asked.header("x-evil"), asked.header("x-fixed")), (None, Some("1")));
    }
    for value in ["", ".", "..", "../x", "x/../y", "..\\x"] {
        let result = connector.call(&client, &target, "s_get", &object(json!({"v": value}))).await.unwrap();
        assert!(result.is_error, "{value:?}");
    }
    assert_eq!(server.asked().len(), hostile.len());
}

#[tokio::test]
async fn a_missing_credential_says_what_to_set_and_sends_nothing() {
    let connector = compile(&parse(SMALL).unwrap()).unwrap();
    let server = Server::json(200, json!({})).await;
    for credential in [None, Some("  ")] {
        let mut target = server.target(credential);
        target.settings = connector.check_settings(&Map::new()).unwrap();
        let result = connector.call(&server.client(&[]), &target, "small_send", &Map::new()).await.unwrap();
        assert!(result.is_error && text(&result).contains("spec.credentials"), "{}", text(&result));
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_call_can_be_dropped_and_moved_between_threads() {
    let (started, mut wait) = tokio::sync::mpsc::channel(1);
    let server = Server::start(move |_, _| {
        started.try_send(()).unwrap();
        axum::body::Body::from_stream(futures::stream::pending::<Result<bytes::Bytes, std::io::Error>>())
    })
    .await;
    let (client, target) = (server.client(&[]), server.target(None));
    let call = tokio::spawn(async move {
        let _ = github().call(&client, &target, "github_get_repository", &object(repository())).await;
    });
    wait.recv().await.unwrap();
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
}
