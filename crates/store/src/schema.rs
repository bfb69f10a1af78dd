//! The schema: which migrations there are, how they are run, which version a database has.

use std::borrow::Cow;

use sqlx::{
    AnyPool, SqlStr,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use crate::{Result, StoreError};

/// Every migration, oldest first. Its number is its place in this list, counted from one.
const MIGRATIONS: [(&str, &str); 2] = [
    ("configuration", include_str!("../migrations/0001_configuration.sql")),
    ("runtime", include_str!("../migrations/0002_runtime.sql")),
];

/// The version this program needs.
const NEEDED: i64 = MIGRATIONS.len() as i64;

/// Brings a database to [`NEEDED`]. A database that is ahead is left alone and refused.
pub(crate) async fn migrate(pool: &AnyPool) -> Result<()> {
    let migrations = (1..).zip(MIGRATIONS).map(|(version, (description, sql))| {
        let (sql, own_transaction) = (SqlStr::from_static(sql), false);
        Migration::new(version, Cow::Borrowed(description), MigrationType::Simple, sql, own_transaction)
    });
    Migrator::with_migrations(migrations.collect()).run(pool).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        MigrateError::VersionMissing(found) => StoreError::Schema { found, needed: NEEDED },
        other => StoreError::Config { setting: "database schema", reason: other.to_string() },
    })
}

/// Refuses a database that has not been migrated far enough. One that is ahead is fine: a migration leaves the programs
/// of the release before it working.
pub(crate) async fn check(pool: &AnyPool) -> Result<()> {
    let found =
        sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations WHERE success").fetch_one(pool).await;
    let found: Option<i64> = match found {
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(UNDEFINED_TABLE) => None,
        other => other?,
    };
    match found.unwrap_or(0) {
        found if found < NEEDED => Err(StoreError::Schema { found, needed: NEEDED }),
        _ => Ok(()),
    }
}

/// Postgres: no such table.
const UNDEFINED_TABLE: &str = "42P01";
