//! Whose credential goes with a request, and where it never shows.

use http::StatusCode;

use super::*;

fn with_credentials(url: &str, user_level: bool) -> RemoteServer {
    let mut spec = spec(url);
    spec.credential = Some("planted-connector".to_owned().into());
    spec.headers = vec![("X-Api-Key".to_owned(), "planted-header".to_owned().into())];
    spec.user_level = user_level;
    RemoteServer::new(spec, RemoteOptions::default(), local_client()).unwrap()
}

fn user(credential: &str) -> Call {
    Call { user_credential: Some(credential.to_owned().into()), ..Call::default() }
}

#[tokio::test]
async fn each_callers_credential_has_a_session_of_its_own() {
    let remote = Scripted::start(legacy).await;
    let server = with_credentials(&remote.url, true);
    for call in [user("alice"), user("bob"), Call::default(), user("alice")] {
        call_tool(&server, &call, "t").await.unwrap();
    }
    let sent: Vec<_> = remote
        .of("tools/call")
        .iter()
        .map(|call| {
            assert_eq!(call.header("x-api-key"), Some("planted-header"));
            let header = |name| call.header(name).unwrap().to_owned();
            (header("authorization"), header("mcp-session-id"))
        })
        .collect();
    let expected = [
        ("Bearer alice", "session-1"),
        ("Bearer bob", "session-2"),
        ("Bearer planted-connector", "session-3"),
        ("Bearer alice", "session-1"),
    ]
    .map(|(credential, session)| (credential.to_owned(), session.to_owned()));
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_callers_credential_is_ignored_where_callers_bring_none() {
    let remote = Scripted::start(legacy).await;
    call_tool(&with_credentials(&remote.url, false), &user("alice"), "t").await.unwrap();
    assert!(
        remote
            .received()
            .iter()
            .all(|request| request.header("authorization") == Some("Bearer planted-connector"))
    );
}

#[tokio::test]
async fn a_refused_credential_is_told_to_whom_it_concerns_and_not_shown() {
    let remote =
        Scripted::start(|_, _| answer(StatusCode::UNAUTHORIZED, &[], "planted-connector is wrong")).await;
    let server = with_credentials(&remote.url, true);
    let (reason, own) = unavailable(call_tool(&server, &Call::default(), "t").await);
    assert_eq!(reason, "Unauthorized");
    assert!(own.contains("the connector's Secret"), "{own}");
    let (_, users) = unavailable(call_tool(&server, &user("planted-alice"), "t").await);
    assert!(users.contains("X-User-OAuth-Token"), "{users}");
    for text in [own, users, format!("{server:?}")] {
        assert!(!text.contains("planted"), "{text}");
    }
}

#[tokio::test]
async fn debug_output_after_a_call_shows_no_credential_and_no_session() {
    let remote = Scripted::start(legacy).await;
    let server = with_credentials(&remote.url, true);
    call_tool(&server, &user("planted-alice"), "t").await.unwrap();
    call_tool(&server, &Call::default(), "t").await.unwrap();
    let text = format!("{server:?}");
    assert!(!text.contains("planted") && !text.contains("session-"), "{text}");
}

#[test]
fn a_credential_that_no_header_can_carry_is_refused_at_once() {
    let mut spec = spec("https://mcp.example/");
    spec.credential = Some("planted\n".to_owned().into());
    let refused = RemoteServer::new(spec, RemoteOptions::default(), local_client()).unwrap_err();
    assert!(refused.to_string().contains("Authorization"), "{refused}");
}
