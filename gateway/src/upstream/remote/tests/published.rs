//! Servers that others wrote: the reference server (legacy, with sessions) and the official Python SDK (both eras).

use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::*;
use crate::upstream::testing::{everything, fixture, program, python_sdk};

/// A published server on a port of this machine; ends with the test.
struct Published {
    port: u16,
    _child: Child,
}

impl Published {
    async fn start(command: &mut Command, port: u16) -> Self {
        let child = command.kill_on_drop(true).stderr(std::process::Stdio::null()).spawn().unwrap();
        let listens = || std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        eventually("the published server listens", listens).await;
        Self { port, _child: child }
    }

    async fn reference(port: u16) -> Self {
        let mut command = Command::new(program("node"));
        command.args([everything(), "streamableHttp".to_owned()]).env("PORT", port.to_string());
        command.stdout(std::process::Stdio::null());
        Self::start(&mut command, port).await
    }

    async fn python() -> Self {
        let port = free_port();
        let mut command = Command::new(python_sdk());
        command.arg(fixture("modern_server.py")).arg(port.to_string());
        Self::start(&mut command, port).await
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/mcp", self.port)
    }
}

#[tokio::test]
async fn the_reference_server_is_described_listed_and_called() {
    let published = Published::reference(free_port()).await;
    let server = server(&published.url());
    let call = Call::default();
    assert_eq!(server.describe(&call).await.unwrap().server_info["name"], "mcp-servers/everything");
    let tools = parse(&server.request(&call, "tools/list", None).await.unwrap());
    assert!(tools["tools"].as_array().unwrap().iter().any(|tool| tool["name"] == "echo"));
    let (sender, mut hears) = mpsc::channel(8);
    let call = Call { notifications: Some(sender), ..Call::default() };
    let params = json!({
        "name": "trigger-long-running-operation",
        "arguments": {"duration": 0.2, "steps": 2},
        "_meta": {"progressToken": "t"}
    });
    server.request(&call, "tools/call", Some(&raw(&params))).await.unwrap();
    let heard: Vec<_> = std::iter::from_fn(|| hears.try_recv().ok()).map(|message| parse(&message)).collect();
    let progress = heard.iter().filter(|message| message["params"]["progressToken"] == "t").count();
    assert_eq!(progress, 2, "{heard:?}");
    server.shutdown().await;
}

#[tokio::test]
async fn a_reference_server_that_was_restarted_is_greeted_again() {
    let published = Published::reference(free_port()).await;
    let server = server(&published.url());
    let params = raw(&json!({"name": "echo", "arguments": {"message": "hello"}}));
    server.request(&Call::default(), "tools/call", Some(&params)).await.unwrap();
    let port = published.port;
    drop(published);
    let stopped = || std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    eventually("the old server is gone", stopped).await;
    let _restarted = Published::reference(port).await;
    let echo = parse(&server.request(&Call::default(), "tools/call", Some(&params)).await.unwrap());
    assert_eq!(echo["content"][0]["text"], "Echo: hello");
}

#[tokio::test]
async fn a_modern_server_is_spoken_to_in_its_own_era() {
    let published = Published::python().await;
    let server = server(&published.url());
    let call = Call::default();
    assert_eq!(server.describe(&call).await.unwrap().server_info["name"], "fixture");
    let tools = parse(&server.request(&call, "tools/list", None).await.unwrap());
    assert_eq!(tools["resultType"], "complete");
    let (sender, mut hears) = mpsc::channel(8);
    let call = Call { notifications: Some(sender), ..Call::default() };
    let params = json!({"name": "count", "arguments": {"to": 2}, "_meta": {"progressToken": 7}});
    let counted = parse(&server.request(&call, "tools/call", Some(&raw(&params))).await.unwrap());
    assert_eq!(counted["structuredContent"]["result"], "counted to 2");
    assert_eq!(parse(&hears.try_recv().unwrap())["params"]["progressToken"], 7);
}
