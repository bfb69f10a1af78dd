//! Files of repositories, as tools and as resources.

use axum::Json;
use axum::response::{IntoResponse, Response};
use connectors::{Content, ResourceData, ResourceError};
use serde_json::{Value, json};

use crate::server::{Asked, Server, TOKEN, connector, github, text, with_credential};

fn file(content: &str, encoding: &str) -> Value {
    json!({"type": "file", "path": "docs/a b.png", "name": "a b.png", "size": 3, "encoding": encoding, "content": content})
}

fn arguments(path: &str) -> Value {
    json!({"owner": "o", "repo": "r", "path": path, "ref": "feature/x"})
}

#[tokio::test]
async fn a_text_comes_with_its_path() {
    let server = Server::json(200, file("aGVs\nbG8K\n", "base64")).await;
    let result = server.call("github_get_file_content", arguments("/docs/a b.png"), None).await;
    assert_eq!(text(&result), "File: docs/a b.png\n\nhello\n");
    assert_eq!(server.asked()[0].uri.to_string(), "/repos/o/r/contents/docs/a%20b.png?ref=feature%2Fx");
}

#[tokio::test]
async fn a_binary_file_is_an_embedded_resource() {
    let server = Server::json(200, file("iVBORw==", "base64")).await;
    let result = server.call("github_get_file_content", arguments("docs/a b.png"), None).await;
    let Content::Resource { resource } = &result.content[1] else { panic!("{result:?}") };
    assert_eq!(resource.mime_type.as_deref(), Some("image/png"));
    let serialised = serde_json::to_value(&result).unwrap();
    let expected =
        json!({"uri": "github://file/o/r/docs/a b.png", "mimeType": "image/png", "blob": "iVBORw=="});
    assert_eq!(serialised["content"][1], json!({"type": "resource", "resource": expected}));
}

/// Above 1 MB GitHub sends an empty text, and the file itself in its raw form.
fn large(_: usize, asked: &Asked) -> Response {
    if asked.header("accept") == Some("application/vnd.github.raw+json") {
        return "a large file".into_response();
    }
    Json(file("", "none")).into_response()
}

#[tokio::test]
async fn a_large_file_is_fetched_in_its_raw_form() {
    let server = Server::start(large).await;
    let result = server.call("github_get_file_content", arguments("docs/a b.png"), Some(TOKEN)).await;
    assert_eq!(text(&result), "File: docs/a b.png\n\na large file");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_directory_is_a_list_and_a_submodule_says_where_it_leads() {
    let entries =
        json!([{"name": "a", "path": "docs/a", "type": "file", "size": 1, "html_url": "h", "git_url": "g"}]);
    let server = Server::json(200, entries).await;
    let result = server.call("github_get_file_content", arguments(""), None).await;
    let entry = json!({"name": "a", "path": "docs/a", "type": "file", "size": 1, "html_url": "h"});
    assert_eq!(text(&result), json!({"type": "directory", "entries": [entry]}).to_string());
    assert_eq!(server.asked()[0].uri.path(), "/repos/o/r/contents");
    let module = json!({"type": "submodule", "name": "m", "submodule_git_url": "git://x", "html_url": null});
    let server = Server::json(200, module).await;
    let result = server.call("github_get_file_content", arguments("m"), None).await;
    assert_eq!(text(&result), r#"{"type":"submodule","name":"m","submodule_git_url":"git://x"}"#);
}

#[tokio::test]
async fn resources_are_listed_and_read() {
    let connector = github();
    let templates: Vec<&str> =
        connector.resource_templates().iter().map(|one| one.uri_template.as_str()).collect();
    assert_eq!(templates, ["github://repo/{owner}/{name}", "github://file/{owner}/{name}/{+path}"]);
    let repository = json!({"full_name": "o/r", "description": null});
    let server = Server::start(move |_, asked| match asked.uri.path() {
        "/user/repos" => Json(json!([repository])).into_response(),
        "/repos/o/r" => Json(repository.clone()).into_response(),
        "/repos/o/r/contents/a/b.md" => Json(file("IyB4", "base64")).into_response(),
        _ => (axum::http::StatusCode::NOT_FOUND, Json(json!({"message": "Not Found"}))).into_response(),
    })
    .await;
    let (client, target) = (server.client(&[]), server.target(Some(TOKEN)));
    let listed = connector.list_resources(&client, &target).await.unwrap();
    let expected = json!([{"uri": "github://repo/o/r", "name": "o/r", "mimeType": "application/json"}]);
    assert_eq!(serde_json::to_value(listed).unwrap(), expected);
    assert_eq!(
        connector.list_resources(&client, &server.target(None)).await,
        Ok(Vec::new()),
        "nobody's account"
    );

    let read = connector.read_resource(&client, &target, "github://repo/o/r").await.unwrap();
    assert_eq!(read.mime_type.as_deref(), Some("application/json"));
    let uri = "github://file/o/r/a%2Fb.md";
    let read = connector.read_resource(&client, &target, uri).await.unwrap();
    assert_eq!((read.uri.as_str(), read.data), (uri, ResourceData::Text("# x".to_owned())));

    let unknown = connector.read_resource(&client, &target, "github://user/o").await.unwrap_err();
    assert_eq!(unknown, ResourceError::Unknown { uri: "github://user/o".to_owned() });
    let missing = connector.read_resource(&client, &target, "github://repo/o/none").await.unwrap_err();
    assert!(matches!(&missing, ResourceError::Failed { status: Some(404), .. }), "{missing}");
    let sent = server.asked().len();
    let outside =
        connector.read_resource(&client, &target, "github://file/o/r/../../../user").await.unwrap_err();
    assert!(matches!(&outside, ResourceError::Failed { status: None, .. }), "{outside}");
    assert_eq!(server.asked().len(), sent);
}

#[tokio::test]
async fn a_resource_that_is_no_json_is_asked_for_as_a_file_is() {
    let server = Server::json(200, json!({"ok": false, "error": "stored"})).await;
    let connector = connector(&format!(
        "{{service: kept, title: Kept, baseUrl: '{}', failure: 'if .ok == false then .error else null end', tools: [], \
         resources: [{{uri: 'kept://file/{{id}}', name: File, mimeType: application/pdf, request: {{method: GET, url: '/f/{{id}}'}}}}, \
         {{uri: 'kept://record/{{id}}', name: Record, request: {{method: GET, url: '/r/{{id}}'}}}}]}}",
        server.url()
    ));
    let (client, target) = (server.client(&[]), with_credential(TOKEN));
    let file = connector.read_resource(&client, &target, "kept://file/1").await.unwrap();
    assert!(matches!(file.data, ResourceData::Text(text) if text.contains("stored")));
    assert_eq!(server.asked()[0].header("accept"), Some("*/*"));
    // What is JSON may report a failure.
    let refused = connector.read_resource(&client, &target, "kept://record/1").await.unwrap_err();
    assert!(refused.to_string().contains("stored"), "{refused}");
    assert_eq!(server.asked()[1].header("accept"), Some("application/json"));
}
