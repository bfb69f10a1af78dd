//! `sagemcp up` on the quick start, by clients that nobody here wrote.

use std::{fs, process::Stdio, time::Duration};

use anyhow::{Context as _, ensure};
use e2e::Standalone;
use serde_json::{Value, json};
use testkit::clients::{self, Call, Endpoint, Mode};

const PATIENCE: Duration = Duration::from_secs(60);

/// What a client saw of the reference server through the gateway.
fn assert_served(seen: &Value, mode: Mode) {
    let revision = if mode == Mode::Legacy { "2025-11-25" } else { "2026-07-28" };
    assert_eq!(seen["protocolVersion"], revision, "{mode:?}: {seen}");
    assert!(seen["tools"].as_array().is_some_and(|tools| tools.contains(&json!("echo"))), "{mode:?}: {seen}");
    assert_eq!(seen["result"]["content"][0]["text"], "Echo: hello", "{mode:?}: {seen}");
}

#[tokio::test]
async fn published_clients_list_and_call_the_quick_start_s_tools() -> anyhow::Result<()> {
    let up = Standalone::start(&e2e::quickstart()).await?;
    let (url, key) = up.hosted_endpoint().await?;
    let endpoint = Endpoint { url: &url, key: &key };
    let arguments = json!({ "message": "hello" });
    let call = Call { tool: "echo", arguments: &arguments };
    for mode in Mode::ALL {
        assert_served(&clients::python(endpoint, mode, call).await?, mode);
        assert_served(&clients::typescript(endpoint, mode, call).await?, mode);
    }
    let listed = clients::inspector(endpoint).await?;
    let tools = listed["tools"].as_array().context("tools")?;
    assert!(tools.iter().any(|tool| tool["name"] == "echo"), "{listed}");
    assert!(!up.process.log().contains("Traceback"), "{}", up.process.log());
    Ok(())
}

#[tokio::test]
async fn the_printed_curl_works_as_printed() -> anyhow::Result<()> {
    let up = Standalone::start(&e2e::quickstart()).await?;
    let printed = testkit::eventually(PATIENCE, async || {
        let log = up.process.log();
        let (_, printed) = log.split_once("curl ").context("no curl was printed")?;
        // It is printed in one piece; what follows says that all of it is there.
        ensure!(printed.contains("kubectl works too"), "the banner is not complete");
        Ok(printed.to_owned())
    })
    .await?;
    // The command goes on over lines that end with a backslash.
    let mut command = String::from("curl ");
    for line in printed.lines() {
        command.push_str(line);
        command.push('\n');
        if !line.trim_end().ends_with('\\') {
            break;
        }
    }
    let mut shell = tokio::process::Command::new("sh");
    let answer = testkit::process::run(shell.args(["-c", &command]).stderr(Stdio::piped())).await?;
    let answer = String::from_utf8(answer)?;
    assert!(answer.contains("\"tools\""), "{command} printed {answer}");
    Ok(())
}

#[tokio::test]
async fn an_edited_file_is_served_at_once_and_a_broken_one_changes_nothing() -> anyhow::Result<()> {
    let folder = testkit::process::folder("manifests")?;
    for entry in fs::read_dir(e2e::quickstart())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            fs::copy(&path, folder.path().join(path.file_name().context("a file has a name")?))?;
        }
    }
    let up = Standalone::start(folder.path()).await?;
    let named =
        |objects: &[Value], name: &str| objects.iter().any(|object| object["metadata"]["name"] == name);

    let added = folder.path().join("added.yaml");
    let manifest = "apiVersion: sagemcp.io/v1alpha1\nkind: Tenant\nmetadata: {name: added}\nspec: {}\n";
    fs::write(&added, manifest)?;
    up.until("tenants", |tenants| {
        ensure!(named(tenants, "added"), "the added tenant is not there");
        Ok(())
    })
    .await?;

    fs::write(&added, manifest.replace("spec: {}", "spec: {slgu: x}"))?;
    let mut process_log = String::new();
    testkit::eventually(PATIENCE, async || {
        process_log = up.process.log();
        ensure!(process_log.contains("slgu"), "the broken file is not reported");
        Ok(())
    })
    .await?;
    assert!(named(&up.list("tenants").await?, "added"), "the last good state must stay: {process_log}");

    fs::remove_file(&added)?;
    up.until("tenants", |tenants| {
        ensure!(!named(tenants, "added"), "the removed tenant is still there");
        Ok(())
    })
    .await
}
