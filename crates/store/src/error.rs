//! What can go wrong in the store.

mod class;

use std::{error::Error, fmt};

use domain::ids::{ObjectKey, Origin, TenantId};

/// An error of the store. None of its texts shows a secret or a connection URL, and its `Debug` is made of those texts:
/// the database's own report may quote a whole row.
#[derive(thiserror::Error)]
pub enum StoreError {
    /// Another object holds the slug.
    #[error("slug \"{slug}\" is taken by tenant {by}; choose another in spec.slug")]
    SlugTaken {
        /// The slug.
        slug: String,
        /// Who holds it.
        by: ObjectKey,
    },
    /// Another installation's definition holds the name.
    #[error("connector definition \"{name}\" belongs to installation {}; choose another metadata.name", by.origin)]
    DefinitionTaken {
        /// The definition's name.
        name: String,
        /// Who holds it.
        by: ObjectKey,
    },
    /// Another API key holds the key id.
    #[error("key id {key_id} belongs to {by}; a key can be adopted by one ApiKey only")]
    KeyIdTaken {
        /// The key's public id.
        key_id: String,
        /// Who holds it.
        by: ObjectKey,
    },
    /// Another writer took over; this process must end.
    #[error("writer {epoch} of {origin} was deposed by writer {current}")]
    Deposed {
        /// The installation.
        origin: Origin,
        /// The caller's epoch.
        epoch: i64,
        /// The epoch in force.
        current: i64,
    },
    /// The row already holds a later generation of the same incarnation.
    #[error("{key} is stored at generation {stored}, later than {given}")]
    Stale {
        /// The object.
        key: ObjectKey,
        /// The generation in the row.
        stored: i64,
        /// The generation given.
        given: i64,
    },
    /// A row refers to another one that is gone.
    #[error("{what} does not exist any more")]
    Gone {
        /// What is gone.
        what: String,
    },
    /// A row belongs to a tenant that has no row.
    #[error("tenant {tenant} is not in service")]
    TenantGone {
        /// The tenant.
        tenant: TenantId,
    },
    /// A row cannot be read.
    #[error("table {table}, row {row}: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's key.
        row: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The schema is not the one this program knows.
    #[error(
        "the database schema is at version {found}, this program needs {needed}; run `operator migrate`, or a newer \
         program if the schema is ahead"
    )]
    Schema {
        /// The version found.
        found: i64,
        /// The version needed.
        needed: i64,
    },
    /// A setting of the store is wrong.
    #[error("{setting}: {reason}")]
    Config {
        /// The setting.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The database did not answer, or not in time.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The database refused a statement.
    #[error("the database refused a statement")]
    Refused(#[source] sqlx::Error),
}

impl StoreError {
    /// Whether the same call may succeed later with nothing changed by people.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreError({self}")?;
        if let Some(source) = self.source() {
            write!(f, ": {source}")?;
        }
        f.write_str(")")
    }
}
