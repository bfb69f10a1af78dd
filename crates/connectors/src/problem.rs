//! What is wrong with a document: the field, the fault and the remedy, as a condition or an editor shows it.

use std::fmt;

/// One fault of a connector document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it is, as in `tools[3].request.url`. Empty: the document as a whole.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// What mends it.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(formatter, "{}: ", self.field)?;
        }
        write!(formatter, "{}; {}", self.message, self.remedy)
    }
}

impl std::error::Error for Problem {}

/// Collects the problems of a document below one field, so that an author sees all of them at once.
pub(crate) struct Report<'a> {
    field: String,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(problems: &'a mut Vec<Problem>) -> Self {
        Self { field: String::new(), problems }
    }

    /// The same report for a field below this one; `[3]` continues without a dot.
    pub(crate) fn at(&mut self, field: impl fmt::Display) -> Report<'_> {
        let field = field.to_string();
        let dot = if self.field.is_empty() || field.starts_with('[') { "" } else { "." };
        Report { field: format!("{}{dot}{field}", self.field), problems: self.problems }
    }

    pub(crate) fn push(&mut self, message: impl Into<String>, remedy: impl Into<String>) {
        let (message, remedy) = (message.into(), remedy.into());
        self.problems.push(Problem { field: self.field.clone(), message, remedy });
    }

    /// The value, or `None` with the problem noted.
    pub(crate) fn keep<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.push(fault.message, fault.remedy)).ok()
    }
}

/// A problem whose field is not known yet.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) remedy: String,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { message: message.into(), remedy: remedy.into() }
    }
}
