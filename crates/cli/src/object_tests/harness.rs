//! A local API of its own for each test, and commands typed as one line.

use std::fmt::Write as _;

use clap::Parser;
use jiff::Timestamp;
use kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    apply,
    args::{Cli, Command},
    connection::Connection,
    delete, describe, get, kinds, manifest,
    terminal::Terminal,
    validate, wait,
};

/// A tenant with a native connector.
pub(super) const TENANT_AND_CONNECTOR: &str = "\
apiVersion: sagemcp.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec: {}
---
apiVersion: sagemcp.io/v1alpha1
kind: Connector
metadata: {name: github}
spec:
  tenantRef: {name: acme}
  native:
    type: github
  credentials: {secretRef: {name: github-token, optional: true}}
";

/// A local API with its directories.
pub(super) struct Harness {
    connection: Connection,
    directory: tempfile::TempDir,
}

impl Harness {
    pub(super) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = localapi::Options {
            manifests: None,
            state_dir: directory.path().join("state"),
            namespace: "default".to_owned(),
        };
        let api = localapi::LocalApi::open(options).await.unwrap();
        let connection = Connection {
            client: api.client(),
            namespace: "default".to_owned(),
            server: "http://127.0.0.1:1".to_owned(),
            is_local: true,
        };
        Self { connection, directory }
    }

    /// With a tenant that is ready, a connector that is not, and an Event that says why.
    pub(super) async fn with_status() -> Self {
        let harness = Self::new().await;
        harness.apply_as("test", TENANT_AND_CONNECTOR).await;
        harness.set_ready("Tenant", "acme", "True", "Ready", "").await;
        let message = "Secret github-token has no entry token; add it";
        harness.set_ready("Connector", "github", "False", "SecretKeyMissing", message).await;
        harness.event("Connector", "github", "SecretKeyMissing", message).await;
        harness
    }

    /// Writes a file for a command to read.
    pub(super) fn file(&self, name: &str, text: &str) -> String {
        let path = self.directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Runs a command line; what it writes, then how it failed. Ages and paths are made the same for each run.
    pub(super) async fn run(&self, line: &str) -> String {
        let words = std::iter::once("sagemcp").chain(line.split(' '));
        let cli = Cli::try_parse_from(words).unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut terminal = Terminal { out: &mut out, err: &mut err };
        let connection = &self.connection;
        let result = match cli.command {
            Command::Get(args) => get::run(&args, connection, &mut terminal).await,
            Command::Describe(args) => {
                describe::run(&args, connection, Timestamp::now(), &mut terminal).await
            }
            Command::Apply(args) => apply::run(&args, connection, &mut terminal).await,
            Command::Delete(args) => delete::run(&args, connection, &mut terminal).await,
            Command::Wait(args) => wait::run(&args, connection, &mut terminal).await,
            Command::Validate(args) => validate::run(&args, &mut terminal).await,
            _ => panic!("no object command: {line}"),
        };
        let mut said = String::from_utf8(out).unwrap();
        said.push_str(&String::from_utf8(err).unwrap());
        if let Err(error) = result {
            writeln!(said, "error: {error} (exit code {})", error.exit_code()).unwrap();
        }
        let said = said.replace(&self.directory.path().display().to_string(), "DIR");
        said.lines().map(|line| with_stable_age(line) + "\n").collect()
    }

    /// Runs `get -w` until it is dropped; its lines go to `lines`.
    pub(super) async fn watch(&self, line: &str, lines: mpsc::UnboundedSender<String>) {
        let cli = Cli::try_parse_from(std::iter::once("sagemcp").chain(line.split(' '))).unwrap();
        let Command::Get(args) = cli.command else { panic!("not get: {line}") };
        let (mut out, mut err) = (Lines(lines), Vec::new());
        let mut terminal = Terminal { out: &mut out, err: &mut err };
        get::run(&args, &self.connection, &mut terminal).await.unwrap();
    }

    /// Applies manifests as another field manager.
    pub(super) async fn apply_as(&self, manager: &str, text: &str) {
        for manifest in manifest::parse("test", text).unwrap() {
            let api = self.api(&manifest.kind.resource.kind);
            let params = PatchParams::apply(manager);
            api.patch(&manifest.name, &params, &Patch::Apply(&manifest.object)).await.unwrap();
        }
    }

    /// Writes the status of an object as the operator would.
    pub(super) async fn set_ready(&self, kind: &str, name: &str, status: &str, reason: &str, message: &str) {
        let api = self.api(kind);
        let object = api.get(name).await.unwrap();
        let condition = |type_: &str, status: &str, reason: &str, message: &str| {
            json!({"type": type_, "status": status, "reason": reason, "message": message,
                "observedGeneration": object.metadata.generation, "lastTransitionTime": Timestamp::now().to_string()})
        };
        let mut conditions = vec![condition("Accepted", "True", "Valid", "")];
        conditions.push(condition("Ready", status, reason, message));
        let mut state =
            json!({"conditions": conditions, "endpoint": format!("http://127.0.0.1:8080/{name}")});
        match kind {
            "Tenant" => state["slug"] = json!(name),
            _ => state["kind"] = json!("native"),
        }
        let patch = json!({ "status": state });
        api.patch_status(name, &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    }

    /// Puts a finalizer on a tenant.
    pub(super) async fn hold(&self, name: &str) {
        let patch = json!({"metadata": {"finalizers": ["sagemcp.io/tenant"]}});
        self.api("Tenant").patch(name, &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    }

    async fn event(&self, kind: &str, name: &str, reason: &str, message: &str) {
        let object = self.api(kind).get(name).await.unwrap();
        let event: Value = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": format!("{name}.1"), "namespace": "default"},
            "involvedObject": {"apiVersion": "sagemcp.io/v1alpha1", "kind": kind, "name": name,
                "namespace": "default", "uid": object.metadata.uid},
            "type": "Warning", "reason": reason, "message": message,
            "reportingComponent": "sagemcp-operator", "lastTimestamp": Timestamp::now().to_string(), "count": 3,
        });
        let event: DynamicObject = serde_json::from_value(event).unwrap();
        self.api("Event").create(&PostParams::default(), &event).await.unwrap();
    }

    fn api(&self, kind: &str) -> Api<DynamicObject> {
        let kind = kinds::all().into_iter().find(|it| it.resource.kind == kind).unwrap();
        Api::namespaced_with(self.connection.client.clone(), &self.connection.namespace, &kind.resource)
    }
}

/// Sends what is written, line by line; every write of `get` ends with a line.
struct Lines(mpsc::UnboundedSender<String>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for line in std::str::from_utf8(bytes).unwrap().lines() {
            self.0.send(with_stable_age(line)).unwrap();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A line with `AGE` in place of every age, and the columns after it moved together.
fn with_stable_age(line: &str) -> String {
    let is_age = |word: &str| {
        let digits = word.trim_end_matches(['s', 'm', 'h']);
        !digits.is_empty() && digits.len() < word.len() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    match line.split(' ').any(is_age) {
        false => line.to_owned(),
        true => {
            line.split(' ').map(|word| if is_age(word) { "AGE" } else { word }).collect::<Vec<_>>().join(" ")
        }
    }
}
