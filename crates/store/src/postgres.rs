//! Postgres: several processes on one database.

mod follow;
pub(crate) mod migrate;
mod roles;

use std::time::Duration;

use domain::ids::Revision;
use tokio::{sync::watch, task::JoinSet};

use crate::{
    Result,
    database::{Database, Dialect},
    open::{Options, connect, not_a_url},
    schema,
    sql_store::SqlStore,
};

/// Whoever writes configuration holds one advisory lock until its transaction ends. Revisions are taken under it, so
/// they are committed in their order and no reader passes one by. The number is arbitrary and ours alone.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7305807345)";

static DIALECT: Dialect = Dialect {
    begin_read: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    begin_write: "BEGIN",
    lock: Some(LOCK),
    notify: Some("SELECT pg_notify('sagemcp_revision', $1)"),
};

/// The channel of the notices that [`DIALECT`] sends.
const CHANNEL: &str = "sagemcp_revision";

/// Opens a database that has been migrated, and follows its revision.
pub(crate) async fn open(url: &str, options: &Options) -> Result<SqlStore> {
    check_url(url)?;
    let listen_url = options.listen_url.as_deref().unwrap_or(url).to_owned();
    check_url(&listen_url)?;
    let pool = options.pool().after_connect({
        let timeout = milliseconds(options.statement_timeout);
        // `set_config` with 'none' is what `SET ROLE NONE` does: the login keeps its own rights.
        let role = options.role.clone().unwrap_or_else(|| "none".to_owned());
        move |connection, _| {
            let (timeout, role) = (timeout.clone(), role.clone());
            Box::pin(async move {
                sqlx::query(
                    "SELECT set_config('statement_timeout', $1, false), set_config('role', $2, false),
                         set_config('idle_in_transaction_session_timeout', $1, false)",
                )
                .bind(timeout)
                .bind(role)
                .execute(connection)
                .await
                .map(drop)
            })
        }
    });
    let pool = connect(pool, url).await?;
    schema::check(&pool).await?;
    let newest = sqlx::query_scalar("SELECT value FROM revision").fetch_one(&pool).await?;
    let revisions = watch::Sender::new(Revision(newest));
    let database = Database { pool, dialect: &DIALECT, deadline: options.deadline(), revisions };
    let mut followers = JoinSet::new();
    followers.spawn(follow::poll(database.pool.clone(), database.revisions.clone()));
    followers.spawn(follow::listen(listen_url, database.revisions.clone()));
    Ok(SqlStore::new(database, followers))
}

fn check_url(url: &str) -> Result<()> {
    let ours = url.starts_with("postgres://") || url.starts_with("postgresql://");
    ours.then_some(()).ok_or_else(not_a_url)
}

/// A duration as Postgres' settings take it.
fn milliseconds(duration: Duration) -> String {
    format!("{}ms", duration.as_millis())
}
