//! Files, large results and tools that are gone.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connectors::{Connector, Content, ResourceData, ToolResult};
use serde_json::{Map, Value, json};

use crate::server::{Asked, Server, TOKEN, connector, object, text};

const DOCUMENT: &str = r#"
service: drive
title: Drive
baseUrl: https://drive.test
failure: "if .ok? == false then .error else null end"
tools:
  - name: get
    description: Gets a file.
    input: &id {type: object, required: [id], properties: {id: {type: string}}}
    request: {method: GET, url: "/files/{id}"}
    file: {uri: "drive://file/{id}"}
  - name: export
    description: Exports a file.
    input: *id
    request: {method: GET, url: "/files/{id}"}
    file: {uri: "other://file/{id}", mimeType: text/markdown}
  - name: list
    description: Lists.
    input: {type: object, properties: {page_size: {type: integer}}}
    output: {type: object, properties: {files: {type: array, items: {type: string}}}}
    request: {method: GET, url: /list}
    response: "{files: ., total: length}"
  - name: raw
    description: Lists.
    input: {type: object}
    request: {method: GET, url: /list}
removed:
  - {name: share, reason: "Drive took sharing away in 2025; use drive_get and send the file."}
resources:
  - uri: drive://file/{id}
    name: File
    request: {method: GET, url: "/files/{id}"}
"#;

/// Files by their ids: the id says what is in them.
fn files(_: usize, asked: &Asked) -> Response {
    match asked.uri.path().trim_start_matches("/files/") {
        "text" => ([("content-type", "text/plain; charset=utf-8")], "héllo").into_response(),
        "json" => Json(json!({"ok": false, "error": "is the file's own"})).into_response(),
        "image" => ([("content-type", "image/png")], b"\x89PNG".as_slice()).into_response(),
        "large%20text" => ([("content-type", "text/plain")], "é".repeat(1024 * 1024)).into_response(),
        "large-image" => ([("content-type", "image/png")], vec![0x89u8; 2 * 1024 * 1024]).into_response(),
        _ => (StatusCode::NOT_FOUND, Json(json!({"message": "No such file"}))).into_response(),
    }
}

struct Drive {
    connector: Connector,
    server: Server,
}

impl Drive {
    fn new(server: Server) -> Self {
        Self { connector: connector(DOCUMENT), server }
    }

    async fn call(&self, tool: &str, arguments: Value) -> ToolResult {
        let (client, target) = (self.server.client(&[]), self.server.target(Some(TOKEN)));
        self.connector.call(&client, &target, tool, &object(arguments)).await.unwrap()
    }

    async fn get(&self, tool: &str, id: &str) -> Value {
        serde_json::to_value(self.call(tool, json!({"id": id})).await).unwrap()
    }
}

#[tokio::test]
async fn a_file_is_a_text_or_bytes() {
    let drive = Drive::new(Server::start(files).await);
    assert_eq!(drive.get("drive_get", "text").await["content"], json!([{"type": "text", "text": "héllo"}]));
    assert_eq!(drive.server.asked()[0].header("accept"), Some("*/*"));
    // A file is not read for what a reply of JSON might report.
    let file = drive.get("drive_get", "json").await;
    assert_eq!(file["content"][0]["text"], r#"{"ok":false,"error":"is the file's own"}"#);
    let image = json!({"uri": "drive://file/image", "mimeType": "image/png", "blob": "iVBORw=="});
    assert_eq!(
        drive.get("drive_get", "image").await["content"],
        json!([{"type": "resource", "resource": image}])
    );
    let missing = drive.call("drive_get", json!({"id": "none"})).await;
    assert!(missing.is_error && text(&missing).contains("No such file"), "{}", text(&missing));
    let outside = drive.call("drive_get", json!({"id": "../list"})).await;
    assert!(outside.is_error, "{}", text(&outside));
}

#[tokio::test]
async fn a_large_file_is_a_link_to_the_resource_that_has_it() {
    let drive = Drive::new(Server::start(files).await);
    let linked = drive.get("drive_get", "large-image").await;
    let link = json!({"type": "resource_link", "uri": "drive://file/large-image", "name": "large-image",
        "mimeType": "image/png", "size": 2 * 1024 * 1024});
    assert_eq!(linked["content"][1], link);
    assert_eq!(linked["isError"], false);
    let said = linked["content"][0]["text"].as_str().unwrap();
    assert!(said.contains("2048 KiB") && said.contains("drive://file/large-image"), "{said}");
    let linked = drive.get("drive_get", "large text").await;
    let uri = linked["content"][1]["uri"].as_str().unwrap();
    assert_eq!(uri, "drive://file/large%20text");
    // The link leads to the whole file.
    let (client, target) = (drive.server.client(&[]), drive.server.target(Some(TOKEN)));
    let read = drive.connector.read_resource(&client, &target, uri).await.unwrap();
    assert_eq!(read.data, ResourceData::Text("é".repeat(1024 * 1024)));
    let read = drive.connector.read_resource(&client, &target, "drive://file/image").await.unwrap();
    assert_eq!(
        (read.mime_type.as_deref(), read.data),
        (Some("image/png"), ResourceData::Blob("iVBORw==".to_owned()))
    );
}

#[tokio::test]
async fn a_large_file_without_a_resource_comes_cut_or_whole() {
    let drive = Drive::new(Server::start(files).await);
    let result = drive.call("drive_export", json!({"id": "large text"})).await;
    let [Content::Text { text: beginning }, Content::Text { text: notice }] = result.content.as_slice()
    else {
        panic!("{} items", result.content.len())
    };
    assert_eq!(beginning.len(), 512 * 1024);
    assert_eq!(notice, "The text has 2097152 bytes; this is its beginning, 512 KiB.");
    let result = drive.call("drive_export", json!({"id": "large-image"})).await;
    let Content::Resource { resource } = &result.content[0] else { panic!("no resource") };
    assert_eq!(resource.mime_type.as_deref(), Some("text/markdown"), "as the document says");
}

#[tokio::test]
async fn a_large_result_is_cut_and_still_fits_its_schema() {
    let names: Vec<String> = (0..100_000).map(|number| format!("file {number}")).collect();
    let drive = Drive::new(Server::json(200, json!(names)).await);
    let result = drive.call("drive_list", json!({})).await;
    let value = result.structured_content.clone().unwrap_or_else(|| panic!("{}", text(&result)));
    let schema = drive.connector.tool("drive_list").unwrap().output_schema.clone().unwrap();
    assert!(jsonschema::is_valid(&Value::Object(schema), &value));
    let kept = value["files"].as_array().unwrap().len();
    assert_eq!(value["files"][kept - 1], names[kept - 1]);
    let [Content::Text { text: whole }, Content::Text { text: notice }] = result.content.as_slice() else {
        panic!("{} items", result.content.len())
    };
    assert_eq!(whole, &value.to_string());
    assert!(whole.len() <= 512 * 1024 && whole.len() > 500 * 1024, "{}", whole.len());
    let expected = format!(
        "A result holds 512 KiB at most: {} of 100000 entries of `files` are left out; ask again with a smaller \
         `page_size` or narrower filters.",
        100_000 - kept
    );
    assert_eq!(notice, &expected);
    let raw = drive.call("drive_raw", json!({})).await;
    assert!(raw.structured_content.is_none() && text(&raw).contains("entries of the list are left out"));
}

#[tokio::test]
async fn what_cannot_be_cut_is_refused() {
    let fields: Map<String, Value> = (0..100_000).map(|key| (key.to_string(), json!(1))).collect();
    let drive = Drive::new(Server::json(200, Value::Object(fields)).await);
    let result = drive.call("drive_raw", json!({})).await;
    assert!(result.is_error && text(&result).contains("larger than the 512 KiB"), "{}", text(&result));
}

#[tokio::test]
async fn a_removed_tool_says_why_it_is_gone() {
    let drive = Drive::new(Server::json(200, json!({})).await);
    let result = drive.call("drive_share", json!({"id": "x"})).await;
    assert!(result.is_error && result.vendor_status.is_none());
    assert_eq!(text(&result), "Drive took sharing away in 2025; use drive_get and send the file.");
    assert!(drive.connector.tools().iter().all(|tool| tool.name != "drive_share"));
    assert!(drive.connector.tool("drive_share").is_none());
    assert_eq!(drive.connector.removed("drive_share"), Some(text(&result).as_str()));
    assert_eq!(drive.connector.removed("drive_get"), None);
    assert!(drive.server.asked().is_empty());
}
