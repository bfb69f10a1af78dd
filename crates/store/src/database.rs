//! Transactions: how configuration is read at one revision and written under the fence.
//!
//! This is where the two databases meet: a pool of either, and the few statements in which they differ.

use std::time::Duration;

use async_trait::async_trait;
use domain::ids::{Origin, Revision};
use sqlx::{Any, AnyConnection, AnyPool, Transaction};
use tokio::sync::watch;

use crate::{Result, StoreError, model::Writer};

/// The statements in which Postgres and SQLite differ.
pub(crate) struct Dialect {
    /// Begins a transaction that reads everything as of one moment.
    pub(crate) begin_read: &'static str,
    /// Begins a transaction that writes.
    pub(crate) begin_write: &'static str,
    /// Waits until no other transaction writes configuration, where `begin_write` has not.
    pub(crate) lock: Option<&'static str>,
    /// Tells other processes of the revision `$1` when the transaction commits.
    pub(crate) notify: Option<&'static str>,
}

/// A database, open.
pub(crate) struct Database {
    pub(crate) pool: AnyPool,
    pub(crate) dialect: &'static Dialect,
    pub(crate) deadline: Duration,
    /// The newest revision this process knows of.
    pub(crate) revisions: watch::Sender<Revision>,
}

/// One change of configuration, made in one transaction. It may be run again after a conflict.
#[async_trait]
pub(crate) trait Edit: Sync {
    /// What the caller learns.
    type Outcome: Send;

    /// Makes the change.
    async fn run(&self, change: &mut Change) -> Result<Self::Outcome>;
}

/// A transaction that holds the lock of configuration.
pub(crate) struct Change {
    transaction: Transaction<'static, Any>,
    revision: Option<Revision>,
}

impl Change {
    /// The connection to run statements on.
    pub(crate) fn sql(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// The revision of this change: the next one, taken when first asked for.
    pub(crate) async fn revision(&mut self) -> Result<Revision> {
        if let Some(revision) = self.revision {
            return Ok(revision);
        }
        let next = sqlx::query_scalar("UPDATE revision SET value = value + 1 RETURNING value")
            .fetch_one(self.sql())
            .await?;
        Ok(*self.revision.insert(Revision(next)))
    }
}

/// How often a change is tried when the database finds that it conflicts with another transaction.
const ATTEMPTS: u32 = 5;

impl Database {
    /// Makes a change as `writer`, or as nobody in particular.
    pub(crate) async fn change<E: Edit>(&self, writer: Option<&Writer>, edit: &E) -> Result<E::Outcome> {
        for _ in 1..ATTEMPTS {
            match self.attempt(writer, edit).await {
                Err(error) if error.is_conflict() => {}
                outcome => return outcome,
            }
        }
        self.attempt(writer, edit).await
    }

    async fn attempt<E: Edit>(&self, writer: Option<&Writer>, edit: &E) -> Result<E::Outcome> {
        let transaction = self.pool.begin_with(self.dialect.begin_write).await?;
        let mut change = Change { transaction, revision: None };
        if let Some(lock) = self.dialect.lock {
            sqlx::query(lock).execute(change.sql()).await?;
        }
        if let Some(writer) = writer {
            check_epoch(change.sql(), writer).await?;
        }
        let outcome = edit.run(&mut change).await?;
        let Change { mut transaction, revision } = change;
        if let (Some(notify), Some(revision)) = (self.dialect.notify, revision) {
            sqlx::query(notify).bind(revision.to_string()).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        if let (None, Some(revision)) = (self.dialect.notify, revision) {
            advance(&self.revisions, revision);
        }
        Ok(outcome)
    }

    /// Begins a transaction that sees one moment.
    pub(crate) async fn view(&self) -> Result<Transaction<'static, Any>> {
        Ok(self.pool.begin_with(self.dialect.begin_read).await?)
    }
}

/// Moves what is known of the newest revision, forward only.
pub(crate) fn advance(revisions: &watch::Sender<Revision>, to: Revision) {
    revisions.send_if_modified(|known| {
        let newer = to > *known;
        *known = to.max(*known);
        newer
    });
}

/// Refuses a writer that is not the one in force. One whose epoch is ahead of the database's is refused too: the
/// database was restored, and another may have been raised since.
pub(crate) async fn check_epoch(sql: &mut AnyConnection, writer: &Writer) -> Result<()> {
    let current = sqlx::query_scalar("SELECT epoch FROM writers WHERE origin = $1")
        .bind(writer.origin.as_str())
        .fetch_optional(sql)
        .await?
        .unwrap_or(0);
    if current == writer.epoch {
        return Ok(());
    }
    Err(StoreError::Deposed { origin: writer.origin.clone(), epoch: writer.epoch, current })
}

/// Raises a writer.
pub(crate) struct Raise<'a> {
    pub(crate) origin: &'a Origin,
    pub(crate) holder: &'a str,
}

#[async_trait]
impl Edit for Raise<'_> {
    type Outcome = Writer;

    async fn run(&self, change: &mut Change) -> Result<Writer> {
        let epoch = sqlx::query_scalar(
            "INSERT INTO writers (origin, epoch, holder) VALUES ($1, 1, $2)
             ON CONFLICT (origin) DO UPDATE SET epoch = writers.epoch + 1, holder = excluded.holder
             RETURNING epoch",
        )
        .bind(self.origin.as_str())
        .bind(self.holder)
        .fetch_one(change.sql())
        .await?;
        Ok(Writer { origin: self.origin.clone(), epoch })
    }
}

#[cfg(test)]
mod tests;
