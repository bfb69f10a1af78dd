//! What tests of upstreams share.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::entries::raw;
use super::{Call, Upstream, UpstreamError};

/// The published reference server.
pub(super) const EVERYTHING: &str = "@modelcontextprotocol/server-everything";
const EVERYTHING_VERSION: &str = "2026.8.31";
const PYTHON_SDK: &str = "mcp==2.3.0";

/// A file below `tests/fixtures`.
pub(super) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A program on `PATH`.
pub(super) fn program(name: &str) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is not on PATH; install it, tests need it")).display().to_string()
}

fn cache() -> PathBuf {
    PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache/sagemcp")
}

/// The script of the published reference server, to be run by `node`.
pub(super) fn everything() -> String {
    let folder = cache().join("npm");
    let script = folder.join("node_modules").join(EVERYTHING).join("dist/index.js");
    let remedy = format!("npm install --prefix {} {EVERYTHING}@{EVERYTHING_VERSION}", folder.display());
    assert!(script.is_file(), "the reference server is missing; run: {remedy}");
    script.display().to_string()
}

/// A Python with the official SDK.
pub(super) fn python_sdk() -> String {
    let venv = cache().join("venv");
    let remedy = format!("python3 -m venv {0} && {0}/bin/pip install {PYTHON_SDK}", venv.display());
    let installed = std::fs::read_dir(venv.join("lib")).is_ok_and(|versions| {
        versions.flatten().any(|version| version.path().join("site-packages/mcp").is_dir())
    });
    assert!(installed, "the Python SDK is missing; run: {remedy}");
    venv.join("bin/python").display().to_string()
}

/// Waits until a condition holds.
pub(super) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Calls a tool without arguments.
pub(super) async fn call_tool(
    server: &impl Upstream,
    call: &Call,
    name: &str,
) -> Result<Box<RawValue>, UpstreamError> {
    server.request(call, "tools/call", Some(&raw(&json!({"name": name})))).await
}

/// Calls a tool that gives back JSON in its first text.
pub(super) async fn call_text(server: &impl Upstream, name: &str) -> Value {
    text(&call_tool(server, &Call::default(), name).await.unwrap())
}

/// The JSON in the first text of a tool's result.
pub(super) fn text(result: &RawValue) -> Value {
    let result: Value = serde_json::from_str(result.get()).unwrap();
    serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap()
}

/// Reason and message of a failure.
pub(super) fn unavailable<T: std::fmt::Debug>(outcome: Result<T, UpstreamError>) -> (&'static str, String) {
    match outcome.unwrap_err() {
        UpstreamError::Unavailable { reason, message } => (reason, message),
        other => panic!("not a failure of the server: {other:?}"),
    }
}
