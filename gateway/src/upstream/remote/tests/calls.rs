//! Calls: nothing lost, streams read, callers that go away.

use axum::body::Body;
use http::StatusCode;
use tokio::sync::mpsc;

use super::*;

fn stream(text: String) -> axum::response::Response {
    answer(StatusCode::OK, &[("content-type", "text/event-stream")], text)
}

#[tokio::test]
async fn results_and_errors_are_the_servers_own_bytes() {
    let sent = r#"{"n":1.50,"big":12345678901234567890123,"content":[ {"type":"future", "é":"\u00e9"} ]}"#;
    let remote = Scripted::start(move |request, _| match request.method() {
        "tools/call" => {
            let body = format!("{{\"result\": {sent},\n\"jsonrpc\":\"2.0\",\"id\":{}}}", request.body["id"]);
            answer(StatusCode::OK, &[("content-type", "application/json")], body)
        }
        "tools/list" => error(request, StatusCode::OK, -32_042, "as it came"),
        _ => modern(request),
    })
    .await;
    let server = server(&remote.url);
    assert_eq!(call_tool(&server, &Call::default(), "t").await.unwrap().get(), sent);
    let refused = server.request(&Call::default(), "tools/list", None).await.unwrap_err();
    assert!(
        matches!(refused, UpstreamError::Rpc(error) if error.get() == r#"{"code":-32042,"message":"as it came"}"#)
    );
}

#[tokio::test]
async fn a_stream_brings_notifications_questions_and_the_result() {
    let remote = Scripted::start(|request, before| match request.method() {
        "tools/call" => {
            let (id, token) = (&request.body["id"], &request.body["params"]["_meta"]["progressToken"]);
            let messages = [
                json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": token, "progress": 1}}),
                json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": "another's", "progress": 9}}),
                json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}),
                json!({"jsonrpc": "2.0", "id": "q", "method": "ping"}),
                json!({"jsonrpc": "2.0", "id": id, "result": {"done": true}}),
            ];
            stream(messages.map(|message| format!("data: {message}\n\n")).concat())
        }
        _ => legacy(request, before),
    })
    .await;
    let server = server(&remote.url);
    server.describe(&Call::default()).await.unwrap();
    let versions = server.list_versions();
    let before = versions.borrow().tools;
    let (sender, mut hears) = mpsc::channel(8);
    let call = Call { notifications: Some(sender), ..Call::default() };
    let params = json!({"name": "t", "_meta": {"progressToken": "mine"}});
    let result = server.request(&call, "tools/call", Some(&raw(&params))).await.unwrap();
    assert_eq!(result.get(), r#"{"done":true}"#);
    let heard = parse(&hears.try_recv().unwrap());
    assert_eq!(heard["params"], json!({"progressToken": "mine", "progress": 1}));
    assert!(hears.try_recv().is_err());
    assert_eq!(versions.borrow().tools, before + 1);
    let answered = remote.received().into_iter().find(|request| request.body["id"] == "q").unwrap();
    assert_eq!(answered.body, json!({"jsonrpc": "2.0", "id": "q", "result": {}}));
}

/// Answers calls with a stream that stays open.
fn holding(request: &Received, before: usize) -> axum::response::Response {
    match request.method() {
        "tools/call" => {
            let open = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
            answer(StatusCode::OK, &[("content-type", "text/event-stream")], Body::from_stream(open))
        }
        _ => legacy(request, before),
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_cancels_its_request() {
    let remote = Scripted::start(holding).await;
    let server = server(&remote.url);
    let call = Call::default();
    let mut held = Box::pin(call_tool(&server, &call, "t"));
    tokio::select! {
        outcome = &mut held => panic!("answered: {outcome:?}"),
        () = eventually("the call arrives", || remote.of("tools/call").len() == 1) => {}
    }
    drop(held);
    eventually("the cancellation arrives", || remote.of("notifications/cancelled").len() == 1).await;
    let (cancelled, call) = (&remote.of("notifications/cancelled")[0], &remote.of("tools/call")[0]);
    assert_eq!(cancelled.body["params"]["requestId"], call.body["id"]);
    assert_eq!(cancelled.header("mcp-session-id"), Some("session-1"));
}

#[tokio::test]
async fn a_call_without_an_answer_ends_and_is_cancelled() {
    let remote = Scripted::start(holding).await;
    let options = RemoteOptions { call_timeout: Duration::from_millis(200), ..RemoteOptions::default() };
    let server = with_options(&remote.url, options);
    let (reason, message) = unavailable(call_tool(&server, &Call::default(), "t").await);
    assert_eq!(reason, "Timeout");
    assert!(message.contains("0.2 s"), "{message}");
    eventually("the cancellation arrives", || remote.of("notifications/cancelled").len() == 1).await;
}

#[tokio::test]
async fn shutdown_fails_calls_in_flight() {
    let remote = Scripted::start(holding).await;
    let server = server(&remote.url);
    let call = Call::default();
    let ending = async {
        eventually("the call arrives", || remote.of("tools/call").len() == 1).await;
        server.shutdown().await;
    };
    let (outcome, ()) = tokio::join!(call_tool(&server, &call, "t"), ending);
    assert_eq!(unavailable(outcome).0, "Stopped");
}

#[tokio::test]
async fn a_reply_or_event_beyond_the_limit_is_refused() {
    let remote = Scripted::start(|request, _| {
        let big = "x".repeat(2_000);
        match request.method() {
            "tools/call" => stream(format!("data: {big}\n\n")),
            "tools/list" => answer(StatusCode::OK, &[("content-type", "application/json")], big),
            _ => modern(request),
        }
    })
    .await;
    let server =
        with_options(&remote.url, RemoteOptions { max_reply_bytes: 1_000, ..RemoteOptions::default() });
    let call = Call::default();
    for outcome in [call_tool(&server, &call, "t").await, server.request(&call, "tools/list", None).await] {
        let (reason, message) = unavailable(outcome);
        assert_eq!(reason, "MessageTooLarge");
        assert!(message.contains("1000 bytes"), "{message}");
    }
}
