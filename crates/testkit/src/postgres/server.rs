//! The server program: where it is, as whom it runs, how it starts and ends.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use rustix::process::geteuid;
use tempfile::TempDir;

use super::PATIENCE;
use crate::{Process, ports, process::Signal, process::run, programs};

/// The account that the server runs as where we are root, which it refuses to be.
const ACCOUNT: &str = "postgres";

/// A data directory and, between start and stop, the server on it.
#[derive(Debug)]
pub(super) struct Server {
    process: Option<Process>,
    folder: TempDir,
    port: u16,
}

impl Server {
    /// Makes the data directory.
    pub(super) async fn create() -> anyhow::Result<Self> {
        let folder = crate::process::folder("postgres")?;
        // The server's account must get through to its own folder in it.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let home = home(folder.path());
        let mut install = tokio::process::Command::new("install");
        install.args(["-d", "-m", "700"]);
        if geteuid().is_root() {
            install.args(["-o", ACCOUNT]);
        }
        run(install.arg(&home)).await?;
        let mut initdb: tokio::process::Command = as_server(&program("initdb")?, &home).into();
        initdb.arg("-D").arg(home.join("data"));
        initdb.args(["-N", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-instructions"]);
        run(&mut initdb).await.context("make a Postgres data directory")?;
        Ok(Self { process: None, folder, port: ports::free()? })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Starts the server and waits until it takes connections.
    pub(super) async fn start(&mut self) -> anyhow::Result<()> {
        let home = home(self.folder.path());
        let mut command = as_server(&program("postgres")?, &home);
        command.arg("-D").arg(home.join("data"));
        let sockets = format!("unix_socket_directories={}", home.display());
        let port = format!("port={}", self.port);
        for setting in [
            &*port,
            &*sockets,
            "listen_addresses=127.0.0.1",
            // The data need not outlive the machine; a kill of the server it must, so commits stay synchronous.
            "fsync=off",
            "full_page_writes=off",
            "shared_buffers=64MB",
            "max_connections=300",
        ] {
            command.args(["-c", setting]);
        }
        let process = self.process.insert(Process::start("postgres", &mut command, self.folder.path())?);
        let probe = program("pg_isready")?;
        process
            .until(PATIENCE, async || {
                let mut ask = tokio::process::Command::new(&probe);
                run(ask.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])).await
            })
            .await?;
        Ok(())
    }

    /// Asks the server to end now (`INT`: a fast shutdown) and waits for that.
    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        let mut process = self.process.take().context("Postgres does not run")?;
        process.signal(Signal::INT)?;
        process.wait(PATIENCE).await?;
        Ok(())
    }

    /// Kills the server.
    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        self.process.take().context("Postgres does not run")?.kill()
    }
}

/// What the server's account owns.
fn home(folder: &Path) -> PathBuf {
    folder.join("home")
}

/// A command that runs as the server's account if we are root, in place and not as a child of a wrapper.
fn as_server(program: &Path, home: &Path) -> Command {
    let mut command = if geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--init-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(home);
    command
}

/// A program of Postgres. Debian keeps those of the server out of `PATH`; the newest version wins.
pub(super) fn program(name: &str) -> anyhow::Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin")))
        })
        .collect();
    versions.sort();
    let folders: Vec<PathBuf> = versions.into_iter().rev().map(|(_, folder)| folder).collect();
    // The versions' own folders first: all programs of one version.
    folders
        .iter()
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .map_or_else(|| programs::find(name, &[]), Ok)
}
