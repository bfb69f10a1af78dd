//! A `sagemcp up` on directories of its own, and commands that use it.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Mutex,
        mpsc::{self, Receiver},
    },
    time::{Duration, Instant},
};

use serde_json::Value;

/// Far more than anything here takes, also on a busy machine.
const DEADLINE: Duration = Duration::from_secs(120);
/// A word of the banner's last line.
const END_OF_BANNER: &str = "kubectl --kubeconfig";

pub(crate) const TENANT: &str =
    "apiVersion: sagemcp.io/v1alpha1\nkind: Tenant\nmetadata: {name: acme}\nspec: {displayName: Acme}\n";
pub(crate) const GITHUB: &str = "apiVersion: sagemcp.io/v1alpha1\nkind: Connector\nmetadata: {name: github}\nspec:\n  \
    tenantRef: {name: acme}\n  native: {type: github}\n  credentials: {secretRef: {name: github-token, optional: true}}\n";
pub(crate) const APIKEY: &str = "apiVersion: sagemcp.io/v1alpha1\nkind: ApiKey\nmetadata: {name: admin}\nspec: {tenantRef: {name: acme}, \
    scope: tenant_admin}\n";

/// Directories for an instance: manifests and data.
pub(crate) struct Site {
    root: tempfile::TempDir,
}

/// A site with these manifests.
pub(crate) fn site(manifests: &[(&str, &str)]) -> Site {
    let site = Site { root: tempfile::tempdir().unwrap() };
    fs::create_dir(site.path("manifests")).unwrap();
    for (name, text) in manifests {
        site.write(name, text);
    }
    site
}

impl Site {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path("manifests").join(name), text).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path("manifests").join(name)).unwrap();
    }

    /// Runs a command against the instance of this site: exit code, output, errors.
    pub(crate) fn sagemcp(&self, line: &str) -> (i32, String, String) {
        self.sagemcp_alone(&format!("{line} --data {}", self.path("data").display()))
    }

    /// Runs a command as it is.
    pub(crate) fn sagemcp_alone(&self, line: &str) -> (i32, String, String) {
        let output = program(self.root.path()).args(line.split(' ')).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

fn program(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sagemcp"));
    command.current_dir(directory).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("HOME", directory).stdin(Stdio::null());
    command
}

/// A running instance.
pub(crate) struct Instance {
    child: Child,
    banner: String,
    lines: Receiver<String>,
    log: Mutex<String>,
}

impl Instance {
    /// Starts one and waits for what it prints.
    pub(crate) fn start(site: &Site, flags: &[&str]) -> Self {
        let mut command = program(site.root.path());
        command.arg("up").arg(site.path("manifests")).arg("--data").arg(site.path("data"));
        command.args(["--listen", "127.0.0.1:0"]).args(flags);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let printed = lines_of(child.stdout.take().unwrap());
        let lines = lines_of(child.stderr.take().unwrap());
        let deadline = Instant::now() + DEADLINE;
        let mut banner = String::new();
        while !banner.contains(END_OF_BANNER) {
            match printed.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => banner.push_str(&(line + "\n")),
                Err(_) => {
                    let _ = child.kill();
                    let log: Vec<String> = lines.iter().collect();
                    panic!("no banner; printed:\n{banner}\nlog:\n{}", log.join("\n"));
                }
            }
        }
        Self { child, banner, lines, log: Mutex::default() }
    }

    /// What it printed.
    pub(crate) fn banner(&self) -> &str {
        &self.banner
    }

    /// The key that it printed.
    pub(crate) fn key(&self) -> String {
        let after = self.banner.split("  key: ").nth(1).expect("a key");
        after.split(' ').next().unwrap().to_owned()
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        let url = self.banner.split(" at http://").nth(1).expect("a URL");
        url.lines().next().unwrap().to_owned()
    }

    /// Runs the `curl` that it printed, as it stands there.
    pub(crate) fn run_printed_curl(&self) -> Value {
        let from = self.banner.find("  curl ").expect("a curl");
        let command: Vec<&str> = self.banner[from..].lines().take_while(|line| !line.is_empty()).collect();
        let output = Command::new("sh").arg("-c").arg(command.join("\n")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&output.stdout)))
    }

    /// Waits for a line of the log that has all these words.
    pub(crate) fn wait_for_log(&self, words: &[&str]) {
        let deadline = Instant::now() + DEADLINE;
        let mut log = self.log.lock().unwrap();
        while let Ok(line) = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            log.push_str(&(line.clone() + "\n"));
            if words.iter().all(|word| line.contains(word)) {
                return;
            }
        }
        panic!("no line with {words:?} in:\n{log}");
    }

    /// Sends Ctrl-C and waits; the exit code.
    pub(crate) fn stop(&mut self) -> i32 {
        assert!(self.signal("INT").success());
        self.child.wait().unwrap().code().expect("it ends by itself")
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The whole log, once it has stopped.
    pub(crate) fn log(&self) -> String {
        let mut log = self.log.lock().unwrap();
        log.extend(self.lines.iter().map(|line| line + "\n"));
        log.clone()
    }

    fn signal(&self, name: &str) -> ExitStatus {
        Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a stream, read by a thread that ends with the stream.
fn lines_of(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Calls `check` with every file and directory below a directory, and its mode.
pub(crate) fn every_file_below(directory: &Path, check: &dyn Fn(&Path, u32)) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        check(&path, fs::metadata(&path).unwrap().permissions().mode());
        if path.is_dir() {
            every_file_below(&path, check);
        }
    }
}
