//! When a change is tried again.

use std::{
    borrow::Cow,
    error::Error,
    fmt,
    sync::atomic::{AtomicU32, Ordering},
};

use sqlx::error::{DatabaseError, ErrorKind};

use super::*;
use crate::{Options, sqlite};

/// What a database says when two transactions were in each other's way, or something else.
#[derive(Debug)]
struct Report(&'static str);

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Report {}

impl DatabaseError for Report {
    fn message(&self) -> &str {
        "a row was: secret"
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.0.into())
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

/// Takes a revision, then fails with a code as often as it is told.
struct Failing {
    code: &'static str,
    failures: u32,
    runs: AtomicU32,
}

#[async_trait]
impl Edit for Failing {
    type Outcome = Revision;

    async fn run(&self, change: &mut Change) -> Result<Revision> {
        let revision = change.revision().await?;
        if self.runs.fetch_add(1, Ordering::Relaxed) < self.failures {
            return Err(sqlx::Error::Database(Box::new(Report(self.code))).into());
        }
        Ok(revision)
    }
}

/// Makes the change in a fresh database: what came of it, how often it ran, and the newest revision afterwards.
async fn outcome(code: &'static str, failures: u32) -> (Result<Revision>, u32, Revision) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let database = sqlite::database(path.to_str().unwrap(), &Options::default()).await.unwrap();
    let edit = Failing { code, failures, runs: AtomicU32::new(0) };
    let outcome = database.change(None, &edit).await;
    let newest = *database.revisions.borrow();
    (outcome, edit.runs.into_inner(), newest)
}

#[tokio::test]
async fn a_change_in_conflict_is_made_again_as_a_whole() {
    for code in ["40001", "40P01", "517"] {
        let (outcome, runs, newest) = outcome(code, 2).await;
        assert_eq!((outcome.unwrap(), runs), (Revision(1), 3), "{code}");
        assert_eq!(newest, Revision(1), "what failed took no revision");
    }
}

#[tokio::test]
async fn a_conflict_that_does_not_end_is_reported() {
    let (outcome, runs, newest) = outcome("40001", u32::MAX).await;
    assert!(outcome.unwrap_err().is_transient());
    assert_eq!((runs, newest), (ATTEMPTS, Revision(0)));
}

#[tokio::test]
async fn another_failure_is_not_tried_again() {
    for (code, transient) in
        [("57P01", true), ("53300", true), ("08006", true), ("5", true), ("23505", false)]
    {
        let (outcome, runs, _) = outcome(code, 1).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.is_transient(), runs), (transient, 1), "{code}");
    }
}

#[test]
fn an_error_does_not_show_the_row_that_the_database_quotes() {
    let error = StoreError::from(sqlx::Error::Database(Box::new(Report("23505"))));
    assert_eq!(
        format!("{error:?}"),
        "StoreError(the database refused a statement: error returned from database: 23505)"
    );
}
