//! Which errors of a database pass by themselves.

use sqlx::{Error, error::DatabaseError};

use super::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        if passes(&error) { Self::Unavailable(error) } else { Self::Refused(error) }
    }
}

impl StoreError {
    /// Whether two transactions were in each other's way, so that the same one may be run again at once.
    pub(crate) fn is_conflict(&self) -> bool {
        let Self::Unavailable(Error::Database(error)) = self else {
            return false;
        };
        error.code().is_some_and(|code| CONFLICTS.contains(&code.as_ref()))
    }
}

/// Postgres: serialization failure, deadlock. SQLite: a snapshot too old to be written from.
const CONFLICTS: [&str; 3] = ["40001", "40P01", "517"];

fn passes(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => true,
        Error::Database(error) => report_passes(error.as_ref()),
        _ => false,
    }
}

/// Postgres reports five characters (appendix A of its manual), SQLite a number (<https://sqlite.org/rescode.html>).
fn report_passes(error: &dyn DatabaseError) -> bool {
    let Some(code) = error.code() else {
        return false;
    };
    if code.len() == 5 {
        return PASSING_CLASSES.iter().any(|class| code.starts_with(class));
    }
    // The low byte of an extended code is the plain one: busy, locked, disk full.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 13))
}

/// Beginnings of Postgres codes: connection, serialization, resources (disk, memory, connections), a standby that took
/// over late, a lock or statement that timed out, server shutting down or starting.
const PASSING_CLASSES: [&str; 7] = ["08", "40", "53", "25006", "55P03", "57014", "57P"];
