//! A throwaway Postgres server, with a fresh database for each test.

mod server;

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::Context as _;
use store::MigrateOptions;
use tokio::sync::{Mutex, OnceCell};

use server::Server;

/// How long the server may take to start or stop, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running Postgres server on a loopback port, without passwords.
#[derive(Debug)]
pub struct Postgres {
    server: Mutex<Server>,
    port: u16,
    template: OnceCell<()>,
}

impl Postgres {
    /// The one server that the tests of a process share. A test that stops or kills it starts its own.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub async fn shared() -> anyhow::Result<&'static Self> {
        static SHARED: OnceCell<Postgres> = OnceCell::const_new();
        SHARED.get_or_try_init(Self::launch).await
    }

    /// Starts a server of one's own.
    ///
    /// # Errors
    /// If Postgres is not installed, or not ready in time; with the end of its log.
    pub async fn launch() -> anyhow::Result<Self> {
        crate::install_crypto();
        let mut server = Server::create().await?;
        server.start().await?;
        Ok(Self { port: server.port(), server: Mutex::new(server), template: OnceCell::new() })
    }

    /// Makes a migrated database that no other test has and returns its URL, with the superuser as login.
    ///
    /// # Errors
    /// If the migration or the copy fails.
    pub async fn create_database(&self) -> anyhow::Result<String> {
        self.template
            .get_or_try_init(async || {
                self.sql("CREATE DATABASE template_of_tests").await?;
                let url = self.url("template_of_tests");
                store::migrate(&url, MigrateOptions::default()).await.context("migrate the template database")
            })
            .await?;
        self.copy("template_of_tests").await
    }

    /// Makes an empty database that no other test has and returns its URL.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn create_empty_database(&self) -> anyhow::Result<String> {
        self.copy("template0").await
    }

    /// Runs SQL in the database `postgres`, as the superuser.
    ///
    /// # Errors
    /// What the server says.
    pub async fn sql(&self, sql: &str) -> anyhow::Result<String> {
        self.sql_at(&self.url("postgres"), sql).await
    }

    /// Runs SQL at a URL and returns the rows, a line each, with `|` between columns.
    ///
    /// # Errors
    /// What the server says.
    pub async fn sql_at(&self, url: &str, sql: &str) -> anyhow::Result<String> {
        let mut command = tokio::process::Command::new(server::program("psql")?);
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        command.args(["--set", "ON_ERROR_STOP=1", "--dbname", url, "--command", sql]);
        Ok(String::from_utf8(crate::process::run(&mut command).await?)?.trim().to_owned())
    }

    /// Everything in the database at a URL, as `pg_dump` prints it: bytes are in hexadecimal.
    ///
    /// # Errors
    /// What the server says.
    pub async fn dump(&self, url: &str) -> anyhow::Result<String> {
        let mut command = tokio::process::Command::new(server::program("pg_dump")?);
        Ok(String::from_utf8(crate::process::run(command.args(["--dbname", url])).await?)?)
    }

    /// Stops the server in good order; connections end.
    ///
    /// # Errors
    /// If it does not stop.
    pub async fn stop(&self) -> anyhow::Result<()> {
        self.server.lock().await.stop().await
    }

    /// Kills the server, as a crash would.
    ///
    /// # Errors
    /// If it does not run.
    pub async fn kill(&self) -> anyhow::Result<()> {
        self.server.lock().await.kill()
    }

    /// Starts the server again on its port, with its data.
    ///
    /// # Errors
    /// If it is not ready in time.
    pub async fn start(&self) -> anyhow::Result<()> {
        self.server.lock().await.start().await
    }

    async fn copy(&self, template: &str) -> anyhow::Result<String> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.sql(&format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")).await?;
        Ok(self.url(&name))
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

#[cfg(test)]
mod tests;
