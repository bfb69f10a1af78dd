//! Which manager owns which field: the sets of `metadata.managedFields`, and server-side apply's merge over them.

mod merge;
mod ownership;
mod path;

pub(crate) use ownership::{Entry, Managers, Operation};
pub(crate) use path::{Element, FieldSet};
