//! What `sagemcp up` logs unless it is told otherwise.

/// Our own words at `info`; of libraries only what is wrong.
pub(super) const DEFAULT_FILTER: &str = "warn,cli=info,operator=info,gateway=info,localapi=info";
