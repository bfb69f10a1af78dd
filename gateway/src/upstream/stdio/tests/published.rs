//! Servers that others wrote: the reference server (legacy) and the official Python SDK (both eras).

use super::*;
use crate::upstream::testing::{call_tool, everything};
use tokio::sync::mpsc;

fn reference_server() -> StdioServer {
    let mut spec = odd(&[]);
    spec.command = program("node");
    spec.args = vec![everything(), "stdio".to_owned()];
    StdioServer::new(spec, quick())
}

fn python_server() -> StdioServer {
    let mut spec = odd(&[]);
    spec.args = vec![fixture("modern_server.py").display().to_string()];
    StdioServer::new(spec, quick())
}

fn parse(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap()
}

#[tokio::test]
async fn the_reference_server_is_described_listed_and_called() {
    let server = reference_server();
    let call = Call::default();
    let description = server.describe(&call).await.unwrap();
    assert_eq!(description.server_info["name"], "mcp-servers/everything");
    assert!(description.instructions.unwrap().contains("Everything Server"));
    let tools = parse(&server.request(&call, "tools/list", None).await.unwrap());
    assert!(tools["tools"].as_array().unwrap().iter().any(|tool| tool["name"] == "echo"));
    let params = json!({"name": "echo", "arguments": {"message": "grüße"}});
    let echo = parse(&server.request(&call, "tools/call", Some(&raw(&params))).await.unwrap());
    assert_eq!(echo["content"][0]["text"], "Echo: grüße");
    let prompts = parse(&server.request(&call, "prompts/list", None).await.unwrap());
    assert!(!prompts["prompts"].as_array().unwrap().is_empty());
    server.shutdown().await;
}

#[tokio::test]
async fn progress_of_the_reference_server_precedes_its_result() {
    let server = reference_server();
    let (sender, mut hears) = mpsc::channel(8);
    let call = Call { notifications: Some(sender), ..Call::default() };
    let params = json!({
        "name": "trigger-long-running-operation",
        "arguments": {"duration": 0.2, "steps": 2},
        "_meta": {"progressToken": "t"}
    });
    server.request(&call, "tools/call", Some(&raw(&params))).await.unwrap();
    let heard: Vec<Value> =
        std::iter::from_fn(|| hears.try_recv().ok()).map(|message| parse(&message)).collect();
    let progress: Vec<_> =
        heard.iter().filter(|message| message["method"] == "notifications/progress").collect();
    assert_eq!(progress.len(), 2, "{heard:?}");
    assert!(progress.iter().all(|message| message["params"]["progressToken"] == "t"));
    server.shutdown().await;
}

#[tokio::test]
async fn a_modern_server_is_spoken_to_in_its_own_era() {
    let server = python_server();
    let call = Call::default();
    let description = server.describe(&call).await.unwrap();
    assert_eq!(description.server_info["name"], "fixture");
    assert_eq!(description.instructions.as_deref(), Some("A server for tests."));
    let tools = parse(&server.request(&call, "tools/list", None).await.unwrap());
    assert_eq!(tools["resultType"], "complete", "results of a modern server come as they are");
    let (sender, mut hears) = mpsc::channel(8);
    let call = Call { notifications: Some(sender), ..Call::default() };
    let params = json!({"name": "count", "arguments": {"to": 2}, "_meta": {"progressToken": 7}});
    let counted = parse(&server.request(&call, "tools/call", Some(&raw(&params))).await.unwrap());
    assert_eq!(counted["structuredContent"]["result"], "counted to 2");
    assert_eq!(parse(&hears.try_recv().unwrap())["params"]["progressToken"], 7);
    server.shutdown().await;
}

#[tokio::test]
async fn a_slow_start_does_not_mislead_about_the_era() {
    let mut spec = odd(&[]);
    spec.args = vec![fixture("modern_server.py").display().to_string()];
    let server = StdioServer::new(spec, StdioOptions { probe_timeout: Duration::ZERO, ..quick() });
    let call = Call::default();
    assert_eq!(server.describe(&call).await.unwrap().server_info["name"], "fixture");
    assert!(call_tool(&server, &call, "process").await.unwrap().get().contains("group"));
    server.shutdown().await;
}
