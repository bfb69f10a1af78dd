//! Hosted servers with real processes: published servers, and one that misbehaves.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Pid, test_kill_process_group};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{StdioOptions, StdioServer, StdioSpec};
use crate::upstream::entries::raw;
use crate::upstream::testing::{call_text, fixture, program, python_sdk};
use crate::upstream::{Call, Upstream, UpstreamError};

mod calls;
mod ends;
mod failures;
mod published;
mod starts;
mod users;

/// The server that misbehaves, started with some flags. It needs no library, but an interpreter that is not behind a shell
/// script: those have open files and children of their own.
fn odd(flags: &[&str]) -> StdioSpec {
    let script = fixture("odd_server.py").display().to_string();
    StdioSpec {
        tenant: "acme".to_owned(),
        connector: "odd".to_owned(),
        command: python_sdk(),
        args: [script].into_iter().chain(flags.iter().map(|flag| (*flag).to_owned())).collect(),
        env: BTreeMap::new(),
        secret_env: BTreeMap::new(),
        credential: None,
        user_level: false,
    }
}

/// Limits that let a test see a timeout without waiting for long.
fn quick() -> StdioOptions {
    StdioOptions { shutdown_grace: Duration::from_millis(300), ..StdioOptions::default() }
}

fn server(flags: &[&str]) -> StdioServer {
    StdioServer::new(odd(flags), quick())
}

/// Where the odd server notes each start.
struct StartLog(PathBuf);

impl StartLog {
    fn new(spec: &mut StdioSpec) -> Self {
        let path = std::env::temp_dir().join(format!("sagemcp-test-{:x}", rand::random::<u64>()));
        spec.env.insert("START_LOG".to_owned(), path.display().to_string());
        Self(path)
    }

    fn starts(&self) -> usize {
        self.groups().len()
    }

    /// The process groups started.
    fn groups(&self) -> Vec<i64> {
        let log = std::fs::read_to_string(&self.0).unwrap_or_default();
        log.lines().map(|line| line.parse().unwrap()).collect()
    }
}

impl Drop for StartLog {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn group_lives(group: i64) -> bool {
    let group = Pid::from_raw(i32::try_from(group).unwrap()).unwrap();
    test_kill_process_group(group).is_ok()
}

/// The process id of the server, which is also its group's.
async fn pid(server: &StdioServer) -> i64 {
    call_text(server, "pid").await["pid"].as_i64().unwrap()
}
