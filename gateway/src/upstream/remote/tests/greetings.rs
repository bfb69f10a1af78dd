//! The handshake in both eras.

use http::StatusCode;

use super::*;

#[tokio::test]
async fn a_modern_server_is_never_asked_to_initialize() {
    let remote = Scripted::start(|request, _| modern(request)).await;
    let server = server(&remote.url);
    assert_eq!(server.describe(&Call::default()).await.unwrap().server_info["name"], "modern");
    call_tool(&server, &Call::default(), "grüße").await.unwrap();
    server.shutdown().await;

    let methods: Vec<_> = remote.received().iter().map(|request| request.method().to_owned()).collect();
    assert_eq!(methods, ["server/discover", "tools/call"], "no handshake, no session to end");
    let call = &remote.of("tools/call")[0];
    assert_eq!(call.header("mcp-protocol-version"), Some("2026-07-28"));
    assert_eq!(call.header("mcp-method"), Some("tools/call"));
    assert_eq!(call.header("mcp-name"), Some("=?base64?Z3LDvMOfZQ==?="));
    assert_eq!(call.header("accept"), Some("application/json, text/event-stream"));
    assert_eq!(call.body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
}

#[tokio::test]
async fn a_legacy_server_gets_a_session_and_its_end() {
    let remote = Scripted::start(legacy).await;
    let server = server(&remote.url);
    let calls = (0..10).map(|_| async {
        call_tool(&server, &Call::default(), "t").await.unwrap();
    });
    futures::future::join_all(calls).await;
    server.shutdown().await;

    assert_eq!(remote.of("initialize").len(), 1, "callers share one handshake");
    assert_eq!(remote.of("notifications/initialized").len(), 1);
    for request in remote.of("tools/call") {
        assert_eq!(request.header("mcp-session-id"), Some("session-1"));
        assert_eq!(request.header("mcp-protocol-version"), Some("2025-06-18"), "the version it chose");
        assert_eq!(request.header("mcp-method"), None);
    }
    assert_eq!(remote.of("DELETE")[0].header("mcp-session-id"), Some("session-1"));
    assert_eq!(unavailable(call_tool(&server, &Call::default(), "t").await).0, "Stopped");
}

#[tokio::test]
async fn a_server_silent_on_the_probe_is_initialized() {
    let remote = Scripted::start(|request, before| match request.method() {
        // A stream that stays open and says nothing.
        "server/discover" => answer(
            StatusCode::OK,
            &[("content-type", "text/event-stream")],
            axum::body::Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>()),
        ),
        _ => legacy(request, before),
    })
    .await;
    let options = RemoteOptions { probe_timeout: Duration::from_millis(100), ..RemoteOptions::default() };
    let server = with_options(&remote.url, options);
    assert_eq!(server.describe(&Call::default()).await.unwrap().server_info["name"], "legacy");
}

#[tokio::test]
async fn a_refused_handshake_is_told_and_not_repeated_at_once() {
    let remote =
        Scripted::start(|request, _| error(request, StatusCode::BAD_REQUEST, -32_600, "go away")).await;
    let server = server(&remote.url);
    let (reason, message) = unavailable(server.describe(&Call::default()).await);
    assert_eq!(reason, "NotMcp");
    assert!(message.contains("-32600 go away"), "{message}");
    unavailable(server.describe(&Call::default()).await);
    assert_eq!(remote.of("initialize").len(), 1);
}
