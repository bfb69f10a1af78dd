//! The end of processes: orderly where they let us, and nothing left behind in any case.

use super::*;
use crate::upstream::testing::{call_tool, eventually, unavailable};

#[tokio::test]
async fn shutdown_fails_calls_in_flight_and_leaves_nothing() {
    let server = server(&[]);
    let group = pid(&server).await;
    let call = Call::default();
    let waiting = call_tool(&server, &call, "never");
    let (outcome, ()) = tokio::join!(waiting, server.shutdown());
    assert_eq!(unavailable(outcome).0, "Stopped");
    assert!(!group_lives(group));
    assert_eq!(unavailable(server.describe(&call).await).0, "Stopped");
    server.shutdown().await;
}

#[tokio::test]
async fn children_of_the_process_die_with_it() {
    let server = server(&[]);
    let group = call_text(&server, "fork").await["group"].as_i64().unwrap();
    server.shutdown().await;
    // The grandchild is collected by init; until then it counts as a member.
    eventually("the group is gone", || !group_lives(group)).await;
}

#[tokio::test]
async fn a_process_that_exits_leaves_no_children_behind() {
    let server = server(&[]);
    let group = call_text(&server, "fork").await["group"].as_i64().unwrap();
    unavailable(call_tool(&server, &Call::default(), "exit").await);
    eventually("the group is gone", || !group_lives(group)).await;
}

#[tokio::test]
async fn a_process_that_ignores_sigterm_is_killed() {
    let server = server(&["--ignores-sigterm"]);
    let group = pid(&server).await;
    server.shutdown().await;
    assert!(!group_lives(group));
}

#[tokio::test]
async fn dropping_the_server_kills_its_processes() {
    let server = server(&["--ignores-sigterm"]);
    let group = call_text(&server, "fork").await["group"].as_i64().unwrap();
    assert!(group_lives(group));
    drop(server);
    eventually("the group is gone", || !group_lives(group)).await;
}

#[test]
fn the_end_of_the_runtime_kills_the_processes() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = server(&["--ignores-sigterm"]);
    let group = runtime.block_on(pid(&server));
    drop(runtime);
    let gone = tokio::runtime::Runtime::new().unwrap();
    gone.block_on(eventually("the group is gone", || !group_lives(group)));
}

#[tokio::test]
async fn an_idle_process_is_stopped_and_comes_back_when_needed() {
    let options = StdioOptions { idle_timeout: Duration::from_millis(100), ..quick() };
    let server = StdioServer::new(odd(&[]), options);
    let group = pid(&server).await;
    eventually("the idle process is gone", || !group_lives(group)).await;
    assert_ne!(pid(&server).await, group);
    server.shutdown().await;
}

#[tokio::test]
async fn a_process_with_a_call_in_flight_is_not_idle() {
    let options = StdioOptions {
        idle_timeout: Duration::from_millis(20),
        call_timeout: Duration::from_millis(400),
        ..quick()
    };
    let server = StdioServer::new(odd(&[]), options);
    let outcome = call_tool(&server, &Call::default(), "never").await;
    assert_eq!(unavailable(outcome).0, "Timeout", "not `Stopped`");
}
