//! The clients against a published server, so that a failure against ours is not the clients'.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::{Process, ports};

const SOON: Duration = Duration::from_secs(60);

#[tokio::test]
async fn each_client_lists_and_calls_the_reference_server() -> anyhow::Result<()> {
    crate::install_crypto();
    let folder = process::folder("clients")?;
    let port = ports::free()?;
    let mut command = std::process::Command::new("node");
    command
        .arg(
            programs::node_prefix()?
                .join("node_modules/@modelcontextprotocol/server-everything/dist/index.js"),
        )
        .arg("streamableHttp")
        .env("PORT", port.to_string());
    let mut server = Process::start("server-everything", &mut command, folder.path())?;
    server.until(SOON, async || Ok(tokio::net::TcpStream::connect(("127.0.0.1", port)).await?)).await?;

    let url = format!("http://127.0.0.1:{port}/mcp");
    let endpoint = Endpoint { url: &url, key: "the reference server asks for none" };
    let arguments = json!({ "message": "hello" });
    let call = Call { tool: "echo", arguments: &arguments };
    // The reference server knows no revision after 2025-11-25, so a client that wants 2026-07-28 alone is refused.
    for mode in [Mode::Auto, Mode::Legacy] {
        for seen in [python(endpoint, mode, call).await?, typescript(endpoint, mode, call).await?] {
            assert_eq!(seen["protocolVersion"], "2025-11-25", "{mode:?}: {seen}");
            assert!(seen["tools"].as_array().is_some_and(|tools| tools.contains(&json!("echo"))), "{seen}");
            assert_eq!(seen["result"]["content"][0]["text"], "Echo: hello", "{seen}");
        }
    }
    assert!(python(endpoint, Mode::Modern, call).await.is_err());
    assert!(typescript(endpoint, Mode::Modern, call).await.is_err());
    let listed = inspector(endpoint).await?;
    assert!(listed["tools"].as_array().is_some_and(|tools| tools.iter().any(|tool| tool["name"] == "echo")));
    Ok(())
}
