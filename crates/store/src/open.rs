//! Opening a store by its URL.

use std::{sync::Arc, time::Duration};

use sqlx::{
    AnyPool,
    any::{AnyConnectOptions, AnyPoolOptions},
};

use crate::{Result, Store, StoreError, postgres, sqlite};

/// How a store is opened.
#[derive(Clone)]
pub struct Options {
    /// Postgres: the role that every connection takes on after login, so that it can do no more than that role may. The
    /// login must be a member of it. Leave it out behind a transaction pooler and log in as a member that inherits.
    pub role: Option<String>,
    /// Postgres: where to LISTEN, if not at the store's own URL, which may lead to a transaction pooler.
    pub listen_url: Option<String>,
    /// Most connections at once. Default: 10.
    pub max_connections: u32,
    /// How long to wait for a free connection. Default: 5 s.
    pub acquire_timeout: Duration,
    /// How long one statement may take. A use case as a whole gets the sum of both. Default: 10 s.
    pub statement_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            role: None,
            listen_url: None,
            max_connections: 10,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("role", &self.role)
            .field("listens_elsewhere", &self.listen_url.is_some())
            .field("max_connections", &self.max_connections)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .finish()
    }
}

impl Options {
    /// A pool's options that both databases share.
    pub(crate) fn pool(&self) -> AnyPoolOptions {
        AnyPoolOptions::new()
            .max_connections(self.max_connections.max(1))
            .acquire_timeout(self.acquire_timeout)
    }

    /// How long a use case may take in all.
    pub(crate) fn deadline(&self) -> Duration {
        self.acquire_timeout + self.statement_timeout
    }
}

/// Opens the store at `postgres://user:password@host/database` or `sqlite://path`.
///
/// A Postgres database must have been migrated ([`crate::migrate`]); a SQLite file is created and migrated here.
///
/// # Errors
///
/// [`StoreError::Config`] for a URL that is neither, [`StoreError::Schema`] for a database that is not migrated,
/// [`StoreError::Unavailable`] for one that does not answer.
pub async fn open(url: &str, options: Options) -> Result<Arc<dyn Store>> {
    if let Some(path) = url.strip_prefix("sqlite://") {
        return Ok(Arc::new(sqlite::open(path, &options).await?));
    }
    Ok(Arc::new(postgres::open(url, &options).await?))
}

/// Connects a pool. The drivers are installed first; doing so again changes nothing.
pub(crate) async fn connect(pool: AnyPoolOptions, url: &str) -> Result<AnyPool> {
    sqlx::any::install_default_drivers();
    // The parser's own message might repeat the URL, which holds a password.
    let url: AnyConnectOptions = url.parse().map_err(|_| not_a_url())?;
    Ok(pool.connect_with(sqlx::ConnectOptions::disable_statement_logging(url)).await?)
}

/// The refusal of a URL that leads to no database we know.
pub(crate) fn not_a_url() -> StoreError {
    StoreError::Config {
        setting: "database URL",
        reason: "must be postgres://user:password@host/database or sqlite://path".to_owned(),
    }
}
