//! What `kubectl get` prints of a kind.

/// How a cell is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnType {
    /// The value itself.
    Plain,
    /// How long ago a timestamp was.
    Age,
    /// The number of entries in a map or list.
    Count,
    /// A reference to an object, as `tenant/acme`.
    Reference,
}

/// One column.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// The heading.
    pub(crate) name: String,
    /// The type that clients are told: `string`, `integer` or `date`.
    pub(crate) kind: String,
    /// What it shows.
    pub(crate) description: String,
    /// 0 is always shown, more only with `-o wide`.
    pub(crate) priority: i32,
    /// Where the value is; of several paths, separated by `|`, the first that has one.
    pub(crate) path: String,
    /// How it is printed.
    pub(crate) type_: ColumnType,
}

impl Column {
    /// A column of a built-in kind.
    pub(super) fn builtin(name: &str, kind: &str, type_: ColumnType, path: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            description: String::new(),
            priority: 0,
            path: path.to_owned(),
            type_,
        }
    }
}
