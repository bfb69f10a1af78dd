//! What is sent again and what never is.

use axum::response::Response;
use http::StatusCode;

use super::scripted::result;
use super::*;

#[tokio::test]
async fn a_lost_session_is_opened_again_and_the_call_carried_out_once() {
    let remote = Scripted::start(|request, before| {
        let old = request.header("mcp-session-id") == Some("session-1");
        match request.method() {
            // The first call is served, then the server forgets its sessions.
            "tools/call" if old && before > 0 => answer(StatusCode::NOT_FOUND, &[], ""),
            _ => legacy(request, before),
        }
    })
    .await;
    let server = server(&remote.url);
    for _ in 0..3 {
        call_tool(&server, &Call::default(), "t").await.unwrap();
    }
    assert_eq!(remote.of("initialize").len(), 2);
    assert_eq!(remote.of("server/discover").len(), 1, "its era is remembered");
    assert_eq!(remote.of("tools/call").len(), 4, "one of them was refused");
}

#[tokio::test]
async fn a_server_that_forgets_every_session_is_not_asked_for_ever() {
    let remote = Scripted::start(|request, before| match request.method() {
        "tools/call" => answer(StatusCode::NOT_FOUND, &[], ""),
        _ => legacy(request, before),
    })
    .await;
    let (reason, _) = unavailable(call_tool(&server(&remote.url), &Call::default(), "t").await);
    assert_eq!(reason, "NotMcp");
    assert_eq!(remote.of("tools/call").len(), 2);
}

fn busy(request: &Received, before: usize) -> Response {
    match (request.method(), before) {
        ("tools/list" | "tools/call", 0) => {
            answer(StatusCode::TOO_MANY_REQUESTS, &[("retry-after", "0")], "")
        }
        _ => modern(request),
    }
}

#[tokio::test]
async fn a_busy_server_is_asked_again_for_lists_only() {
    let remote = Scripted::start(busy).await;
    let server = server(&remote.url);
    server.request(&Call::default(), "tools/list", None).await.unwrap();
    assert_eq!(remote.of("tools/list").len(), 2);
    let (reason, message) = unavailable(call_tool(&server, &Call::default(), "t").await);
    assert_eq!(reason, "RateLimited");
    assert!(message.contains("try again in 0 s"), "{message}");
    assert_eq!(remote.of("tools/call").len(), 1);
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_taken_up_again_where_it_can_be() {
    let remote = Scripted::start(|request, before| match request.method() {
        "tools/call" => {
            let first = "id: e-1\nretry: 1\ndata:\n\n";
            answer(StatusCode::OK, &[("content-type", "text/event-stream")], first)
        }
        "GET" => {
            let reply = format!(
                "id: e-2\ndata: {}\n\n",
                json!({"jsonrpc": "2.0", "id": 3, "result": {"late": true}})
            );
            answer(StatusCode::OK, &[("content-type", "text/event-stream")], reply)
        }
        _ => legacy(request, before),
    })
    .await;
    let server = server(&remote.url);
    let result = call_tool(&server, &Call::default(), "t").await.unwrap();
    assert_eq!(result.get(), r#"{"late":true}"#);
    assert_eq!(remote.of("tools/call").len(), 1);
    let resumed = &remote.of("GET")[0];
    assert_eq!(resumed.header("last-event-id"), Some("e-1"));
    assert_eq!(resumed.header("mcp-session-id"), Some("session-1"));
}

#[tokio::test]
async fn a_call_whose_fate_is_unknown_is_not_repeated() {
    let remote = Scripted::start(|request, before| match request.method() {
        "tools/call" => answer(StatusCode::OK, &[("content-type", "text/event-stream")], ": nothing\n\n"),
        _ => legacy(request, before),
    })
    .await;
    let (_, message) = unavailable(call_tool(&server(&remote.url), &Call::default(), "t").await);
    assert!(message.contains("whether the call was carried out is unknown"), "{message}");
    assert_eq!(remote.of("tools/call").len(), 1);
}

#[tokio::test]
async fn headers_that_repeat_arguments_are_learnt_from_the_servers_list() {
    let remote = Scripted::start(|request, _| match request.method() {
        "tools/call" if request.header("mcp-param-region") != Some("eu") => {
            error(request, StatusCode::BAD_REQUEST, -32_020, "header mismatch")
        }
        "tools/list" => {
            let properties = json!({"region": {"type": "string", "x-mcp-header": "Region"}});
            let tool = json!({"name": "t", "inputSchema": {"type": "object", "properties": properties}});
            result(request, &json!({"tools": [tool], "resultType": "complete"}))
        }
        _ => modern(request),
    })
    .await;
    let server = server(&remote.url);
    let params = raw(&json!({"name": "t", "arguments": {"region": "eu"}}));
    for _ in 0..2 {
        server.request(&Call::default(), "tools/call", Some(&params)).await.unwrap();
    }
    assert_eq!(remote.of("tools/call").len(), 3, "refused once, then known");
    assert_eq!(remote.of("tools/list").len(), 1);
}

#[tokio::test]
async fn only_what_reads_is_sent_again_after_a_broken_connection() {
    let remote = Scripted::start(|request, before| match (request.method(), before) {
        // The body ends before its announced length.
        ("tools/list" | "tools/call", 0) => {
            let broken: [Result<&str, std::io::Error>; 2] = [Ok("{"), Err(std::io::Error::other("broken"))];
            let body = axum::body::Body::from_stream(futures::stream::iter(broken));
            answer(StatusCode::OK, &[("content-type", "application/json")], body)
        }
        _ => modern(request),
    })
    .await;
    let server = server(&remote.url);
    server.request(&Call::default(), "tools/list", None).await.unwrap();
    let (reason, _) = unavailable(call_tool(&server, &Call::default(), "t").await);
    assert_eq!(reason, "Disconnected");
    assert_eq!(remote.of("tools/call").len(), 1);
}
