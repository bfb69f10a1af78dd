//! Bodies that are not JSON, what is repeated, the time, and replies of success that report failures.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connectors::{Connector, ToolResult};
use serde_json::{Map, Value, json};

use crate::server::{Server, TOKEN, connector, object, text};

const DOCUMENT: &str = r#"
service: talk
title: Talk
baseUrl: https://talk.test
failure: "if .ok == false then .error else null end"
tools:
  - name: post
    description: Posts.
    input: &any {type: object}
    request: {method: POST, url: /post, encoding: form, body: .}
  - name: upload
    description: Uploads.
    input: *any
    request:
      method: POST
      url: /upload
      encoding: multipart
      body: '{channel, file: {filename: .name, contentType: "text/plain", text}}'
  - name: put
    description: Puts.
    input: *any
    request: {method: PUT, url: /put, encoding: raw, body: "{contentType: .kind, base64: .data}"}
  - name: search
    description: Searches.
    input: *any
    request: {method: POST, safe: true, url: /search, body: .}
    response: "{found: .found, now: $now}"
  - name: since
    description: Lists.
    input: *any
    request:
      method: POST
      url: "/since{?from}"
      variables: "{from: $now - 60}"
      body: "{day: ($now | todate)[:10]}"
"#;

struct Talk {
    connector: Connector,
    server: Server,
}

impl Talk {
    fn new(server: Server) -> Self {
        Self { connector: connector(DOCUMENT), server }
    }

    async fn call(&self, tool: &str, arguments: Value) -> ToolResult {
        let (client, target) = (self.server.client(&[]), self.server.target(Some(TOKEN)));
        self.connector.call(&client, &target, tool, &object(arguments)).await.unwrap()
    }

    fn body(&self, index: usize) -> String {
        String::from_utf8(self.server.asked()[index].body.to_vec()).unwrap()
    }
}

#[tokio::test]
async fn forms_files_and_raw_bytes_arrive_as_they_were_meant() {
    let talk = Talk::new(Server::json(200, json!({"ok": true})).await);
    let hostile = "a&token=x\r\nX-Evil: 1\"";
    assert!(!talk.call("talk_post", json!({"channel": hostile, "ids": [1, 2], "none": null})).await.is_error);
    assert_eq!(talk.body(0), "channel=a%26token%3Dx%0D%0AX-Evil%3A+1%22&ids=1&ids=2");
    assert_eq!(talk.server.asked()[0].header("content-type"), Some("application/x-www-form-urlencoded"));

    assert!(
        !talk.call("talk_upload", json!({"channel": "C", "name": hostile, "text": "--x--"})).await.is_error
    );
    let asked = &talk.server.asked()[1];
    let boundary =
        asked.header("content-type").unwrap().strip_prefix("multipart/form-data; boundary=").unwrap();
    let body = talk.body(1);
    let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
    assert_eq!(parts.len(), 4, "{body}");
    assert_eq!(parts[1], "\r\nContent-Disposition: form-data; name=\"channel\"\r\n\r\nC\r\n");
    let (head, content) = parts[2].split_once("\r\n\r\n").unwrap();
    assert!(head.contains("filename=\"a&token=x%0D%0AX-Evil: 1%22\"\r\nContent-Type: text/plain"), "{head}");
    assert_eq!((content, parts[3]), ("--x--\r\n", "--\r\n"));

    assert!(!talk.call("talk_put", json!({"kind": "image/png", "data": "iVBORw=="})).await.is_error);
    let asked = &talk.server.asked()[2];
    assert_eq!(
        (asked.header("content-type"), asked.body.as_ref()),
        (Some("image/png"), b"\x89PNG".as_slice())
    );
    let refused = talk.call("talk_put", json!({"kind": "a/b\r\nX-Evil: 1", "data": ""})).await;
    assert!(refused.is_error && text(&refused).contains("media type"), "{}", text(&refused));
    assert_eq!(talk.server.asked().len(), 3);
}

#[tokio::test]
async fn what_is_harmless_is_repeated_with_its_whole_body_and_nothing_else_is() {
    let server = Server::start(|before, _| match before % 2 {
        0 => (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "0")], "").into_response(),
        _ => Json(json!({"found": 1})).into_response(),
    })
    .await;
    let talk = Talk::new(server);
    let found = talk.call("talk_search", json!({"q": "x"})).await;
    assert!(!found.is_error, "{}", text(&found));
    assert!(!talk.call("talk_put", json!({"kind": "a/b", "data": "aGk="})).await.is_error);
    let bodies: Vec<String> = (0..4).map(|index| talk.body(index)).collect();
    assert_eq!(bodies, [r#"{"q":"x"}"#, r#"{"q":"x"}"#, "hi", "hi"]);
    assert!(talk.call("talk_post", json!({"q": "x"})).await.is_error);
    assert!(!talk.call("talk_upload", json!({"name": "f", "text": ""})).await.is_error);
    assert_eq!(talk.server.asked().len(), 6);
    let hints = &talk.connector.tool("talk_search").unwrap().annotations;
    assert!(hints.read_only_hint && hints.idempotent_hint);
}

#[tokio::test]
async fn every_program_knows_the_time_and_all_the_same() {
    let talk = Talk::new(Server::json(200, json!({"found": 1})).await);
    let clock = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let before = clock();
    let found: Value = serde_json::from_str(&text(&talk.call("talk_search", json!({})).await)).unwrap();
    talk.call("talk_since", json!({})).await;
    let between = before..=clock();
    assert!(between.contains(&found["now"].as_u64().unwrap()), "{found}");
    let uri = talk.server.asked()[1].uri.to_string();
    let from: u64 = uri.strip_prefix("/since?from=").unwrap().parse().unwrap();
    assert!(between.contains(&(from + 60)), "{uri}");
    let days = [before, *between.end()].map(|time| {
        let day = jiff::Timestamp::from_second(i64::try_from(time).unwrap()).unwrap().to_string();
        format!(r#"{{"day":"{}"}}"#, &day[..10])
    });
    assert!(days.contains(&talk.body(1)), "{}", talk.body(1));
}

#[tokio::test]
async fn a_failure_inside_a_reply_of_success_is_a_failure() {
    let server = Server::start(|before, _| match before {
        0 => Json(json!({"ok": false, "error": "channel_not_found"})).into_response(),
        1 => {
            ([("retry-after", "30")], Json(json!({"ok": false, "error": format!("ratelimited for {TOKEN}")})))
                .into_response()
        }
        2 => Json(json!({"ok": false, "error": 7})).into_response(),
        3 => "plain text".into_response(),
        _ => Json(json!({"ok": true, "found": 2})).into_response(),
    })
    .await;
    let talk = Talk::new(server);
    let refused = talk.call("talk_search", json!({})).await;
    assert_eq!(text(&refused), "Talk reported a failure: channel_not_found.");
    assert_eq!((refused.is_error, refused.vendor_status), (true, None), "200 is no refusal");
    let limited = text(&talk.call("talk_post", json!({})).await);
    let expected =
        "Talk reported a failure: ratelimited for [redacted]. This is a rate limit. Try again in 30 s.";
    assert_eq!(limited, expected);
    assert!(text(&talk.call("talk_post", json!({})).await).contains("neither null nor a text"));
    assert_eq!(text(&talk.call("talk_post", json!({})).await), "plain text");
    assert!(text(&talk.call("talk_search", json!({})).await).starts_with(r#"{"found":2"#));
    assert_eq!(talk.server.asked().len(), 5);
}

#[tokio::test]
async fn a_document_may_name_its_json_more_exactly() {
    let server = Server::json(200, json!({})).await;
    let connector = connector(
        "{service: s, title: S, baseUrl: 'https://s.test', tools: [{name: add, description: Adds., input: {type: object}, \
         request: {method: POST, url: /, body: ., headers: {Content-Type: application/vnd.api+json, Accept: text/csv}}}]}",
    );
    let result = connector.call(&server.client(&[]), &server.target(Some("t")), "s_add", &Map::new()).await;
    assert!(!result.unwrap().is_error);
    let asked = &server.asked()[0];
    assert_eq!(asked.header("content-type"), Some("application/vnd.api+json"));
    assert_eq!(asked.header("accept"), Some("text/csv"));
}
