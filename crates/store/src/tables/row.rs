//! Reading columns.

use domain::ids::{ObjectKey, Origin, Revision};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Any, Decode, Row, Type, any::AnyRow};

use crate::{Result, StoreError};

/// A row of a table, with what its errors need to say which one.
pub(crate) struct Stored<'r> {
    row: &'r AnyRow,
    table: &'static str,
    id: String,
}

impl<'r> Stored<'r> {
    /// A row whose key is in the column `id`.
    pub(crate) fn new(row: &'r AnyRow, table: &'static str, id: &'static str) -> Result<Self> {
        Ok(Self { row, table, id: row.try_get(id)? })
    }

    /// The row's key.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// A column.
    pub(crate) fn get<T: Decode<'r, Any> + Type<Any>>(&self, column: &'static str) -> Result<T> {
        self.row.try_get(column).map_err(|error| self.corrupt(&error))
    }

    /// A column that holds JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|error| self.corrupt(&format_args!("column {column}: {error}")))
    }

    /// The object that the row was made from. A table of cluster-scoped objects has no column for a namespace.
    pub(crate) fn key(&self) -> Result<ObjectKey> {
        Ok(ObjectKey {
            origin: Origin::new(self.get::<String>("origin")?),
            namespace: self.get("namespace")?,
            name: self.get("name")?,
        })
    }

    /// When the row last changed.
    pub(crate) fn revision(&self) -> Result<Revision> {
        self.get("revision").map(Revision)
    }

    /// The error for a row that cannot be read.
    pub(crate) fn corrupt(&self, reason: &dyn std::fmt::Display) -> StoreError {
        StoreError::Corrupt { table: self.table, row: self.id.clone(), reason: reason.to_string() }
    }
}

/// The JSON of a value that goes into a row.
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("our types have text keys and cannot fail to serialise")
}
