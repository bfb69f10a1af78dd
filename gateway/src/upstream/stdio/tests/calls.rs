//! Calls: nothing lost, nothing mixed up between callers, nobody waits for ever.

use tokio::sync::mpsc;

use super::*;
use crate::upstream::testing::{call_tool, eventually, unavailable};

fn listening() -> (Call, mpsc::Receiver<Box<RawValue>>) {
    let (sender, receiver) = mpsc::channel(8);
    (Call { notifications: Some(sender), ..Call::default() }, receiver)
}

#[tokio::test]
async fn results_and_errors_are_the_servers_own_bytes() {
    let server = server(&[]);
    let result = call_tool(&server, &Call::default(), "raw").await.unwrap();
    let sent = r#"{"n":1.50,"big":12345678901234567890123,"content":[ {"type":"future", "é":"\u00e9"} ]}"#;
    assert_eq!(result.get(), sent);
    let error = call_tool(&server, &Call::default(), "error").await.unwrap_err();
    let sent = r#"{"code": -32042, "message": "as it came", "data": {"x": [1.5]}}"#;
    assert!(matches!(error, UpstreamError::Rpc(error) if error.get() == sent));
}

#[tokio::test]
async fn callers_with_equal_progress_tokens_hear_of_their_own_call_only() {
    let server = server(&[]);
    pid(&server).await;
    let held = json!({"name": "hold", "_meta": {"progressToken": "same"}});
    let held = raw(&held);
    let ((one, mut one_hears), (two, mut two_hears)) = (listening(), listening());
    let (first, second, _) = tokio::join!(
        server.request(&one, "tools/call", Some(&held)),
        server.request(&two, "tools/call", Some(&held)),
        // The process runs, so calls are written in this order.
        call_text(&server, "release")
    );
    for (result, hears) in [(first.unwrap(), &mut one_hears), (second.unwrap(), &mut two_hears)] {
        let own_id = crate::upstream::testing::text(&result);
        let heard: Value = serde_json::from_str(hears.recv().await.unwrap().get()).unwrap();
        assert_eq!(heard["params"]["message"], format!("for {own_id}"));
        assert_eq!(heard["params"]["progressToken"], "same");
        assert!(hears.try_recv().is_err(), "one call, one notification");
    }
}

#[tokio::test]
async fn log_messages_reach_a_caller_that_listens() {
    let server = server(&[]);
    let (call, mut hears) = listening();
    call_tool(&server, &call, "log").await.unwrap();
    assert!(hears.try_recv().unwrap().get().contains(r#""data": "hello""#));
}

#[tokio::test]
async fn a_log_message_that_may_be_another_callers_reaches_nobody() {
    let server = server(&[]);
    pid(&server).await;
    let ((one, mut one_hears), (two, mut two_hears)) = (listening(), listening());
    let in_order = async {
        call_tool(&server, &two, "log").await.unwrap();
        call_text(&server, "release").await;
    };
    let (held, ()) = tokio::join!(call_tool(&server, &one, "hold"), in_order);
    held.unwrap();
    assert!(one_hears.try_recv().is_err() && two_hears.try_recv().is_err());
    call_tool(&server, &two, "log").await.unwrap();
    assert!(two_hears.try_recv().is_ok(), "alone, its caller hears it again");
}

#[tokio::test]
async fn a_caller_that_goes_away_cancels_its_request() {
    let server = server(&[]);
    pid(&server).await;
    {
        let call = Call::default();
        let mut never = Box::pin(call_tool(&server, &call, "never"));
        assert!(futures::poll!(&mut never).is_pending());
    }
    let seen = call_text(&server, "seen").await;
    assert_eq!(seen["cancelled"].as_array().unwrap().len(), 1, "{seen}");
}

#[tokio::test]
async fn a_call_without_an_answer_ends_and_is_cancelled() {
    let options = StdioOptions { call_timeout: Duration::from_millis(100), ..quick() };
    let server = StdioServer::new(odd(&[]), options);
    let (reason, message) = unavailable(call_tool(&server, &Call::default(), "never").await);
    assert_eq!(reason, "Timeout");
    assert!(message.contains("0.1 s"), "{message}");
    assert_eq!(call_text(&server, "seen").await["cancelled"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_servers_own_questions_are_answered() {
    let server = server(&[]);
    call_text(&server, "ask").await;
    let mut answers = Vec::new();
    while answers.len() < 2 {
        answers = call_text(&server, "seen").await["answers"].as_array().unwrap().clone();
    }
    assert_eq!(answers[0], json!({"jsonrpc": "2.0", "id": "p", "result": {}}));
    assert_eq!(answers[1]["error"]["code"], -32601);
}

#[tokio::test]
async fn missing_arguments_arrive_as_an_empty_object() {
    assert_eq!(call_text(&server(&[]), "seen").await["arguments"], json!({}));
}

#[tokio::test]
async fn a_changed_list_is_told() {
    let server = server(&[]);
    let versions = server.list_versions();
    pid(&server).await;
    let before = *versions.borrow();
    call_text(&server, "changed").await;
    eventually("the change is told", || versions.borrow().tools == before.tools + 1).await;
    assert_eq!(versions.borrow().prompts, before.prompts);
}
