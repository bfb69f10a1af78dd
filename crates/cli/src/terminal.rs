//! Where a command writes.

use std::io::Write;

/// The two streams of a command: results, and everything about how it went.
pub struct Terminal<'a> {
    /// Results.
    pub out: &'a mut (dyn Write + Send),
    /// Hints and failures.
    pub err: &'a mut (dyn Write + Send),
}
