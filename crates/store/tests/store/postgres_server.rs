//! A throwaway Postgres server for this test process, and a fresh database for each test.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::{MigrateOptions, Options, Store};
use tokio::sync::OnceCell;

use crate::fixtures::Scene;

/// The server that most tests share. It ends with the process.
static SERVER: OnceCell<Server> = OnceCell::const_new();

/// The database that every test's own is a copy of.
const TEMPLATE: &str = "sagemcp_template";

/// A migrated database on the shared server.
pub(crate) async fn database() -> Database {
    SERVER.get_or_init(Server::start).await.database().await
}

/// A running server.
pub(crate) struct Server {
    folder: PathBuf,
    bin: PathBuf,
    databases: AtomicU32,
    _guard: (Child, ChildStdin),
}

impl Server {
    /// Starts a server and migrates its template.
    pub(crate) async fn start() -> Self {
        let bin = binaries();
        let folder = tempfile::Builder::new().prefix("sagemcp-pg-").tempdir().unwrap().keep();
        if is_root() {
            check(Command::new("chown").arg("postgres").arg(&folder));
        }
        let data = folder.join("data");
        let init =
            ["-N", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-instructions", "-D"];
        check(as_postgres(&bin.join("initdb")).args(init).arg(&data));
        let settings = format!(
            "\nlisten_addresses = ''\nunix_socket_directories = '{}'\nmax_connections = 300\nshared_buffers = 64MB
             fsync = off\nfull_page_writes = off\n",
            folder.display()
        );
        let configuration = data.join("postgresql.conf");
        let defaults = std::fs::read_to_string(&configuration).unwrap();
        std::fs::write(&configuration, defaults + &settings).unwrap();
        let guard = guard(&bin, &folder);
        let server = Self { folder, bin, databases: AtomicU32::new(0), _guard: guard };
        server.control("start");
        server.run("postgres", &format!("CREATE DATABASE {TEMPLATE}")).await;
        store::migrate(&server.url("postgres", TEMPLATE), MigrateOptions::default()).await.unwrap();
        server
    }

    /// A copy of the template.
    pub(crate) async fn database(&self) -> Database {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run("postgres", &format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await;
        Database { url: self.url("postgres", &name) }
    }

    /// The URL of a database for a login.
    pub(crate) fn url(&self, login: &str, database: &str) -> String {
        format!("postgres://{login}@localhost/{database}?host={}", self.folder.display())
    }

    /// Runs a statement as the superuser.
    pub(crate) async fn run(&self, database: &str, statement: &str) {
        run(&self.url("postgres", database), statement).await;
    }

    /// Starts, stops or restarts the server; connections are cut without a word.
    pub(crate) fn control(&self, action: &str) {
        let mut command = as_postgres(&self.bin.join("pg_ctl"));
        command.arg(action).args(["-w", "-s", "-t", "60", "-D"]).arg(self.folder.join("data"));
        command.arg("-l").arg(self.folder.join("log"));
        if action != "start" {
            command.args(["-m", "immediate"]);
        }
        check(&mut command);
    }
}

/// A database of one test.
pub(crate) struct Database {
    pub(crate) url: String,
}

impl Database {
    /// Opens the store as an operator and as a gateway has it.
    pub(crate) async fn scene(&self) -> Scene {
        let roles = MigrateOptions::default();
        Scene::new(self.open_as(&roles.operator_role).await, self.open_as(&roles.gateway_role).await).await
    }

    /// Opens the store with the rights of a role.
    pub(crate) async fn open_as(&self, role: &str) -> Arc<dyn Store> {
        self.open(Options { role: Some(role.to_owned()), ..Options::default() }).await
    }

    /// Opens the store.
    pub(crate) async fn open(&self, options: Options) -> Arc<dyn Store> {
        store::open(&self.url, Options { max_connections: 4, ..options }).await.unwrap()
    }

    /// A connection of the superuser.
    pub(crate) async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    /// Runs a statement as the superuser.
    pub(crate) async fn run(&self, statement: &str) {
        run(&self.url, statement).await;
    }
}

async fn run(url: &str, statement: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// A process that waits for our end, however it comes, and then stops the server and removes its files: it reads from a
/// pipe whose other end only we hold.
fn guard(bin: &Path, folder: &Path) -> (Child, ChildStdin) {
    let stop = as_postgres(&bin.join("pg_ctl"));
    let words = std::iter::once(stop.get_program()).chain(stop.get_args()).map(|word| word.to_string_lossy());
    let stop = words.collect::<Vec<_>>().join(" ");
    let script = format!(
        "trap '' INT TERM HUP; cat; {stop} stop -s -m immediate -D '{0}/data'; rm -rf '{0}'",
        folder.display()
    );
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let pipe = child.stdin.take().unwrap();
    (child, pipe)
}

/// A command under a user that Postgres accepts: it refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/").stdin(Stdio::null());
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;

    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn check(command: &mut Command) {
    let output =
        command.stdout(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Where Postgres' programs are: on the path, or where Debian puts them.
fn binaries() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::split_paths(&path));
    let runs = |file: PathBuf| file.metadata().is_ok_and(|file| file.permissions().mode() & 0o111 != 0);
    folders.into_iter().find(|folder| runs(folder.join("initdb")) && runs(folder.join("pg_ctl"))).expect(
        "these tests need PostgreSQL's initdb and pg_ctl: install postgresql (apt-get install postgresql)",
    )
}
