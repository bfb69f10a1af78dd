//! What a hosted server is, and how it is to be kept.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// One hosted server of one tenant's connector.
#[derive(Clone, Debug)]
pub struct StdioSpec {
    /// The tenant's slug; the server sees it as `TENANT_ID`.
    pub tenant: String,
    /// The connector's name; the server sees it as `CONNECTOR_ID`.
    pub connector: String,
    /// The program: a name on `PATH` or an absolute path. A relative path would be looked up in a fresh empty directory.
    pub command: String,
    /// Its arguments. They show in error messages: no place for secrets.
    pub args: Vec<String>,
    /// Variables whose values may be shown.
    pub env: BTreeMap<String, String>,
    /// Variables whose values are masked in whatever the server prints. They win over [`StdioSpec::env`].
    pub secret_env: BTreeMap<String, SecretString>,
    /// The connector's own credential, which the server sees as `OAUTH_TOKEN` and `ACCESS_TOKEN`.
    pub credential: Option<SecretString>,
    /// Whether callers bring their own credential. Each such credential gets a process to itself; where this is false
    /// a caller's credential is ignored.
    pub user_level: bool,
}

/// Limits of a hosted server. The defaults are for production.
#[derive(Clone, Debug)]
pub struct StdioOptions {
    /// From the start of the process to the end of the handshake; `npx` and `uvx` may have to download first.
    pub startup_timeout: Duration,
    /// How long `server/discover` may stay unanswered before `initialize` is sent as well.
    pub probe_timeout: Duration,
    /// How long a call may take; progress starts it anew.
    pub call_timeout: Duration,
    /// How long a call may take whatever progress it makes.
    pub call_hard_timeout: Duration,
    /// How long the server may leave its standard input unread.
    pub write_timeout: Duration,
    /// How long a process without calls is kept.
    pub idle_timeout: Duration,
    /// The wait after the first failure; it doubles with each further one.
    pub backoff_min: Duration,
    /// The longest wait.
    pub backoff_max: Duration,
    /// A process that lived this long is healthy: its end counts as the first failure, and it is restarted at once.
    pub healthy_after: Duration,
    /// Each of the two waits of a shutdown: after closing standard input, and after SIGTERM.
    pub shutdown_grace: Duration,
    /// The longest line accepted from the server, in bytes.
    pub max_line_bytes: usize,
    /// How many processes for callers' own credentials may live at once.
    pub max_user_processes: usize,
    /// Where the working directories are made.
    pub work_root: PathBuf,
}

impl Default for StdioOptions {
    fn default() -> Self {
        Self {
            startup_timeout: Duration::from_secs(120),
            probe_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(60),
            call_hard_timeout: Duration::from_secs(600),
            write_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30 * 60),
            backoff_min: Duration::from_secs(1),
            backoff_max: Duration::from_secs(60),
            healthy_after: Duration::from_secs(60),
            shutdown_grace: Duration::from_secs(3),
            max_line_bytes: 20 * 1024 * 1024,
            max_user_processes: 32,
            work_root: std::env::temp_dir(),
        }
    }
}
