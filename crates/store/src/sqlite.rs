//! SQLite: one file, one process.

use std::path::{Path, PathBuf};

use domain::ids::Revision;
use sqlx::AssertSqlSafe;
use tokio::{fs, sync::watch, task::JoinSet};

use crate::{
    Result, StoreError,
    database::{Database, Dialect},
    open::{Options, connect, not_a_url},
    schema,
    sql_store::SqlStore,
};

/// A write begins by taking the file's only write lock, so that it never finds out half-way that it must wait.
/// Everybody who reads is in this process and watches [`Database::revisions`].
static DIALECT: Dialect =
    Dialect { begin_read: "BEGIN", begin_write: "BEGIN IMMEDIATE", lock: None, notify: None };

/// Opens a file, creates it if there is none and migrates it.
pub(crate) async fn open(path: &str, options: &Options) -> Result<SqlStore> {
    Ok(SqlStore::new(database(path, options).await?, JoinSet::new()))
}

/// The database in a file.
pub(crate) async fn database(path: &str, options: &Options) -> Result<Database> {
    let path = file(path)?;
    create(&path).await.map_err(|error| StoreError::Config {
        setting: "database URL",
        reason: format!("{}: {error}", path.display()),
    })?;
    let busy_ms = options.statement_timeout.as_millis();
    let settings =
        format!("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = {busy_ms};");
    let pool = options.pool().after_connect(move |connection, _| {
        let settings = AssertSqlSafe(settings.clone());
        Box::pin(async move { sqlx::raw_sql(settings).execute(connection).await.map(drop) })
    });
    let pool = connect(pool, &url(&path)).await?;
    schema::migrate(&pool).await?;
    let newest = sqlx::query_scalar("SELECT value FROM revision").fetch_one(&pool).await?;
    let revisions = watch::Sender::new(Revision(newest));
    Ok(Database { pool, dialect: &DIALECT, deadline: options.deadline(), revisions })
}

/// The file that a URL's path names.
fn file(path: &str) -> Result<PathBuf> {
    if path.is_empty() || path.starts_with(':') {
        return Err(not_a_url());
    }
    std::path::absolute(path).map_err(|_| not_a_url())
}

/// The URL of a file, for the driver: whatever has a meaning in a URL is escaped.
fn url(path: &Path) -> String {
    let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite://{escaped}?mode=rw")
}

/// Makes sure that the file is there and only its owner reads it. SQLite gives its journal the same mode.
async fn create(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let mut open = fs::OpenOptions::new();
    open.create(true).truncate(false).write(true).mode(0o600).open(path).await?;
    fs::set_permissions(path, PermissionsExt::from_mode(0o600)).await
}
