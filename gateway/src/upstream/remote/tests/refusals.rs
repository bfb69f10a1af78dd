//! Addresses that are not reached, redirects that are not followed, answers that are not MCP.

use http::StatusCode;

use super::*;

#[tokio::test]
async fn a_private_address_is_refused_unless_allowed_and_the_flag_is_named() {
    let remote = Scripted::start(|request, _| modern(request)).await;
    for url in [remote.url.clone(), remote.url.replace("127.0.0.1", "localhost").replace("http:", "https:")] {
        let server = RemoteServer::new(spec(&url), RemoteOptions::default(), guarded(&[])).unwrap();
        let (reason, message) = unavailable(server.describe(&Call::default()).await);
        assert_eq!(reason, "Egress", "{message}");
        assert!(message.contains("--egress-allow"), "{message}");
    }
    assert!(remote.received().is_empty());
}

#[tokio::test]
async fn the_metadata_service_is_never_reached() {
    let server = RemoteServer::new(
        spec("http://169.254.169.254/mcp"),
        RemoteOptions::default(),
        guarded(&["0.0.0.0/0"]),
    );
    let (reason, message) = unavailable(server.unwrap().describe(&Call::default()).await);
    assert_eq!(reason, "Egress");
    assert!(message.contains("never reached"), "{message}");
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_refused_and_no_credential_leaves() {
    let other = Scripted::start(|request, _| modern(request)).await;
    let target = format!("{}?state=secret", other.url);
    let remote = Scripted::start(move |_, _| {
        answer(StatusCode::TEMPORARY_REDIRECT, &[("location", target.as_str())], "")
    })
    .await;
    let mut spec = spec(&remote.url);
    spec.credential = Some("planted-credential".to_owned().into());
    let server = RemoteServer::new(spec, RemoteOptions::default(), local_client()).unwrap();
    let (reason, message) = unavailable(server.describe(&Call::default()).await);
    assert_eq!(reason, "Redirected");
    assert!(message.contains(&other.url) && !message.contains("state"), "{message}");
    assert!(other.received().is_empty());
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_with_method_and_body() {
    let remote = Scripted::start(|request, _| match request.path.as_str() {
        "/mcp" => answer(StatusCode::PERMANENT_REDIRECT, &[("location", "/v2/mcp")], ""),
        _ => modern(request),
    })
    .await;
    call_tool(&server(&remote.url), &Call::default(), "t").await.unwrap();
}

#[tokio::test]
async fn what_is_no_mcp_is_told_in_words_that_help() {
    let page = [("content-type", "text/html; charset=utf-8")];
    for (status, headers, expected) in [
        (StatusCode::OK, &page[..], ("NotMcp", "a web page, perhaps a login page")),
        (StatusCode::OK, &[("content-type", "application/xml")], ("NotMcp", "is this an MCP endpoint?")),
        (StatusCode::NOT_FOUND, &page, ("NotFound", "check the connector's URL")),
        (StatusCode::METHOD_NOT_ALLOWED, &[], ("NotMcp", "Streamable HTTP endpoint")),
        (StatusCode::UNAUTHORIZED, &[], ("Unauthorized", "give the connector a credential")),
        (StatusCode::FORBIDDEN, &[], ("Forbidden", "refuses access (403)")),
        (StatusCode::BAD_GATEWAY, &page, ("ServerError", "502 Bad Gateway")),
    ] {
        let headers: Vec<_> = headers.to_vec();
        let remote = Scripted::start(move |_, _| answer(status, &headers, "<html>secret page</html>")).await;
        let (reason, message) = unavailable(server(&remote.url).describe(&Call::default()).await);
        assert_eq!(reason, expected.0, "{message}");
        assert!(message.contains(expected.1) && !message.contains("secret page"), "{message}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_and_not_dialled_for_each_call() {
    let server = server(&format!("http://127.0.0.1:{}/mcp", free_port()));
    let (reason, message) = unavailable(server.describe(&Call::default()).await);
    assert_eq!(reason, "Unreachable");
    assert!(message.contains("no connection to 127.0.0.1"), "{message}");
    assert_eq!(unavailable(server.describe(&Call::default()).await), (reason, message));
}

#[tokio::test]
async fn a_server_without_tls_behind_https_is_told() {
    let remote = Scripted::start(|request, _| modern(request)).await;
    let url = remote.url.replace("http:", "https:");
    let (reason, message) = unavailable(server(&url).describe(&Call::default()).await);
    assert_eq!(reason, "Tls", "{message}");
}
