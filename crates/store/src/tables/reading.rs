//! Reading an installation's rows of configuration.

use domain::ids::{Origin, Revision};
use sqlx::{AnyConnection, any::AnyRow};

use crate::{
    Result, StoreError,
    model::{Kind, Removed},
};

/// Reads what of an installation changed after a revision.
pub(crate) struct Reading<'a> {
    view: &'a mut AnyConnection,
    origin: &'a Origin,
    after: Revision,
    unreadable: Vec<Removed>,
}

impl<'a> Reading<'a> {
    /// Begins to read.
    pub(crate) fn new(view: &'a mut AnyConnection, origin: &'a Origin, after: Revision) -> Self {
        Self { view, origin, after, unreadable: Vec::new() }
    }

    /// The rows of a query whose parameters are the installation and the revision. One that cannot be read is logged and
    /// left out: it must not keep a gateway from all others.
    pub(crate) async fn rows<T>(
        &mut self,
        kind: Kind,
        query: &'static str,
        read: fn(&AnyRow) -> Result<T>,
    ) -> Result<Vec<T>> {
        let found = sqlx::query(query)
            .bind(self.origin.as_str())
            .bind(self.after.0)
            .fetch_all(&mut *self.view)
            .await?;
        let mut rows = Vec::with_capacity(found.len());
        for row in &found {
            match read(row) {
                Ok(row) => rows.push(row),
                Err(StoreError::Corrupt { table, row, reason }) => {
                    tracing::error!(table, row, reason, "a row cannot be read and is not served");
                    self.unreadable.push(Removed { kind, id: row });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(rows)
    }

    /// What could not be read. A reader must not go on with what it knew of these: the change that it cannot see may be
    /// one that takes something away.
    pub(crate) fn unreadable(self) -> Vec<Removed> {
        self.unreadable
    }
}
