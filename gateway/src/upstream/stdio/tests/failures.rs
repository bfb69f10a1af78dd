//! Servers that fail: the reason is told, without secrets, and nobody waits.

use super::*;
use crate::upstream::testing::{call_tool, unavailable};

#[tokio::test]
async fn calls_in_flight_fail_with_the_reason_when_the_process_exits() {
    let mut spec = odd(&[]);
    spec.credential = Some("planted-credential".to_owned().into());
    let server = StdioServer::new(spec, quick());
    pid(&server).await;
    let call = Call::default();
    let (waiting, exiting) =
        tokio::join!(call_tool(&server, &call, "never"), call_tool(&server, &call, "exit"));
    for outcome in [waiting, exiting] {
        let (reason, message) = unavailable(outcome);
        assert_eq!(reason, "Exited");
        assert!(message.contains("odd_server.py") && message.contains("exited with status 3"), "{message}");
        assert!(message.contains("the disk is on fire, token ***"), "{message}");
        assert!(!message.contains("planted"), "{message}");
    }
}

#[tokio::test]
async fn a_command_that_does_not_exist_is_named() {
    let mut spec = odd(&[]);
    spec.command = "no-such-command-here".to_owned();
    let (reason, message) = unavailable(StdioServer::new(spec, quick()).describe(&Call::default()).await);
    assert_eq!(reason, "CommandNotFound");
    assert!(message.contains("no-such-command-here"), "{message}");
}

#[tokio::test]
async fn calls_during_the_wait_after_a_failure_fail_at_once_and_start_nothing() {
    let mut spec = odd(&["--crashes"]);
    let log = StartLog::new(&mut spec);
    let options =
        StdioOptions { backoff_min: Duration::from_secs(3_600), backoff_max: Duration::MAX, ..quick() };
    let server = StdioServer::new(spec, options);
    let (_, first) = unavailable(server.describe(&Call::default()).await);
    assert!(
        first.contains("exited with status 7") && first.contains("cannot read the configuration"),
        "{first}"
    );
    let started = log.starts();
    let (reason, second) = unavailable(server.describe(&Call::default()).await);
    assert_eq!(reason, "Exited");
    assert!(second.contains("the next start is tried in"), "{second}");
    assert_eq!(log.starts(), started);
}

#[tokio::test]
async fn after_the_wait_the_server_is_started_again() {
    let mut spec = odd(&[]);
    let log = StartLog::new(&mut spec);
    let server = StdioServer::new(spec, StdioOptions { backoff_min: Duration::from_millis(50), ..quick() });
    unavailable(call_tool(&server, &Call::default(), "exit").await);
    let back = loop {
        match call_tool(&server, &Call::default(), "pid").await {
            Ok(result) => break result,
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    };
    assert!(back.get().contains("pid"));
    assert_eq!(log.starts(), 2);
}

#[tokio::test]
async fn a_healthy_process_is_replaced_without_a_wait() {
    let options =
        StdioOptions { healthy_after: Duration::ZERO, backoff_min: Duration::from_secs(3_600), ..quick() };
    let server = StdioServer::new(odd(&[]), options);
    for _ in 0..3 {
        unavailable(call_tool(&server, &Call::default(), "exit").await);
    }
    pid(&server).await;
}

#[tokio::test]
async fn a_line_of_more_than_twenty_megabytes_ends_the_process() {
    let server = server(&[]);
    let group = pid(&server).await;
    let (reason, message) = unavailable(call_tool(&server, &Call::default(), "long-line").await);
    assert_eq!(reason, "MessageTooLarge");
    assert!(message.contains("20971520 bytes"), "{message}");
    crate::upstream::testing::eventually("the group is gone", || !group_lives(group)).await;
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let options = StdioOptions {
        startup_timeout: Duration::from_millis(500),
        probe_timeout: Duration::from_millis(50),
        ..quick()
    };
    let mut spec = odd(&["--never-answers"]);
    let log = StartLog::new(&mut spec);
    let server = StdioServer::new(spec, options);
    let (reason, message) = unavailable(server.describe(&Call::default()).await);
    assert_eq!(reason, "Timeout");
    assert!(message.contains("handshake within 0.5 s"), "{message}");
    crate::upstream::testing::eventually("the process is gone", || {
        !log.groups().into_iter().any(group_lives)
    })
    .await;
}

#[tokio::test]
async fn a_program_that_is_no_mcp_server_is_told_apart() {
    let mut spec = odd(&[]);
    spec.command = program("cat");
    spec.args.clear();
    // It sends back what we write: requests that nobody answers.
    let options = StdioOptions {
        startup_timeout: Duration::from_secs(2),
        probe_timeout: Duration::from_millis(50),
        ..quick()
    };
    let (reason, message) = unavailable(StdioServer::new(spec, options).describe(&Call::default()).await);
    assert!(matches!(reason, "NotMcp" | "Timeout"), "{reason}: {message}");
}

#[test]
fn nothing_secret_is_in_any_debug_output() {
    let mut spec = odd(&[]);
    spec.credential = Some("planted-credential".to_owned().into());
    spec.secret_env.insert("TOKEN".to_owned(), "planted-variable".to_owned().into());
    let server = StdioServer::new(spec, quick());
    assert!(!format!("{server:?}").contains("planted"));
}
