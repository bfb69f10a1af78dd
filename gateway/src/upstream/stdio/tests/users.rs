//! Callers that bring their own credential.

use std::sync::Arc;

use domain::ids::TenantId;

use super::*;
use crate::upstream::stdio::Places;
use crate::upstream::testing::{call_tool, eventually, text, unavailable};

fn user(credential: &str) -> Call {
    Call { user_credential: Some(credential.to_owned().into()), ..Call::default() }
}

fn for_users(options: StdioOptions) -> StdioServer {
    let mut spec = odd(&[]);
    spec.user_level = true;
    StdioServer::new(spec, options)
}

async fn pid_for(server: &StdioServer, credential: &str) -> i64 {
    text(&call_tool(server, &user(credential), "pid").await.unwrap())["pid"].as_i64().unwrap()
}

#[tokio::test]
async fn each_credential_has_a_process_to_itself() {
    let server = for_users(quick());
    let alice = pid_for(&server, "alice-token").await;
    let bob = pid_for(&server, "bob-token").await;
    assert_ne!(alice, bob);
    assert_ne!(alice, pid(&server).await, "callers without one have the connector's own");
    assert_eq!(alice, pid_for(&server, "alice-token").await);
    let env = text(&call_tool(&server, &user("bob-token"), "environment").await.unwrap());
    assert_eq!(env["OAUTH_TOKEN"], "bob-token");
    server.shutdown().await;
    assert!(![alice, bob].into_iter().any(group_lives));
}

#[tokio::test]
async fn every_process_takes_a_place_of_the_tenants_share() {
    let share = Arc::new(Places::default()).share(TenantId::new("t"), 2);
    let for_users = |name: &str| {
        let mut spec = odd(&[]);
        (spec.user_level, spec.connector) = (true, name.to_owned());
        StdioServer::within(share.clone(), spec, quick())
    };
    let (one, other) = (for_users("one"), for_users("other"));
    let alice = pid_for(&one, "alice-token").await;
    let elsewhere = pid_for(&other, "alice-token").await;
    let bob = pid_for(&one, "bob-token").await;
    assert!(!group_lives(alice), "the idle process of the same server made room");
    assert!(group_lives(bob) && group_lives(elsewhere));
    let call = user("bob-token");
    let mut busy = Box::pin(call_tool(&one, &call, "never"));
    assert!(futures::poll!(&mut busy).is_pending());
    for token in ["alice-token", "carol-token"] {
        let (reason, message) = unavailable(call_tool(&one, &user(token), "pid").await);
        assert_eq!(reason, "TooManyServers");
        assert!(message.contains("maxHostedServers"), "{message}");
    }
    other.shutdown().await;
    pid_for(&one, "carol-token").await;
}

#[tokio::test]
async fn a_server_that_ended_has_its_place_again_at_once() {
    let share = Arc::new(Places::default()).share(TenantId::new("t"), 1);
    let options = StdioOptions { healthy_after: Duration::ZERO, ..quick() };
    let server = StdioServer::within(share, odd(&[]), options);
    let first = pid(&server).await;
    let (reason, _) = unavailable(call_tool(&server, &Call::default(), "exit").await);
    assert_eq!(reason, "Exited");
    assert_ne!(pid(&server).await, first);
}

#[tokio::test]
async fn a_credential_is_ignored_where_users_bring_none() {
    let server = server(&[]);
    let env = text(&call_tool(&server, &user("alice-token"), "environment").await.unwrap());
    assert!(env.get("OAUTH_TOKEN").is_none());
}

#[tokio::test]
async fn the_number_of_processes_is_bounded_and_busy_ones_stay() {
    let server = for_users(StdioOptions { max_user_processes: 1, ..quick() });
    let alice = pid_for(&server, "alice-token").await;
    let bob = pid_for(&server, "bob-token").await;
    eventually("the idle process made room", || !group_lives(alice)).await;
    let call = user("bob-token");
    let mut busy = Box::pin(call_tool(&server, &call, "never"));
    assert!(futures::poll!(&mut busy).is_pending());
    let (reason, message) = unavailable(call_tool(&server, &user("carol-token"), "pid").await);
    assert_eq!(reason, "Busy");
    assert!(!message.contains("carol-token"));
    assert!(group_lives(bob));
}
