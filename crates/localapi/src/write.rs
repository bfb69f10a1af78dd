//! Creating and changing objects.
//!
//! Everything here runs under the store's lock, on the state as it is: checks first, then one change.

mod apply;
mod collect;
mod create;
mod delete;
mod patch;
mod update;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use apply::apply;
pub(crate) use collect::{delete as remove_or_mark, sweep};
pub(crate) use create::{create, ensure_namespace};
pub(crate) use delete::{DeleteOptions, Deleted, delete, delete_all, success};
pub(crate) use patch::{PatchKind, patch};
pub(crate) use update::replace;

use crate::{
    fields::{Entry, FieldSet, Operation},
    request::WriteOptions,
    resource::{Registry, Resource},
    store::{Key, Origin, State},
};

/// What a write works on.
pub(crate) struct Writing<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) state: &'a mut State,
    pub(crate) resource: &'a Resource,
    pub(crate) options: &'a WriteOptions,
    /// Where an object that is created now comes from.
    pub(crate) origin: Origin,
    pub(crate) now: Timestamp,
}

impl Writing<'_> {
    fn key(&self, namespace: &str, name: &str) -> Key {
        let storage = Arc::clone(&self.resource.storage);
        Key { storage, namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// This writer as it appears in `managedFields`.
    fn entry(&self, operation: Operation, fields: FieldSet) -> Entry {
        Entry {
            manager: self.options.manager.clone(),
            operation,
            subresource: if self.options.status { "status".to_owned() } else { String::new() },
            api_version: self.resource.api_version(),
            time: timestamp(self.now),
            fields,
        }
    }
}

/// What a write came to.
pub(crate) struct Written {
    /// The object as it is now, or as it was last.
    pub(crate) object: Arc<Value>,
    /// Whether it was not there before.
    pub(crate) created: bool,
    /// What to warn the client of.
    pub(crate) warnings: Vec<String>,
}

/// A time as `metadata` has it: in whole seconds.
pub(crate) fn timestamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
