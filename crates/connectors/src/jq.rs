//! jq programs of documents: compiled once behind a fence, run on capped input with a capped amount of work.
//!
//! A program is parsed, every construct and filter in it is checked against an allow-list ([`fence`]), and everything
//! that can repeat or grow is made to pay for the data it touches ([`meter`]). A program that cannot pay ends; it cannot
//! loop, recurse, read the environment or the clock, or write anything.

mod convert;
mod fence;
mod meter;
mod prelude;

use std::cell::Cell;

use jaq_core::load::{Arena, File, Loader, parse::Def};
use jaq_core::{Ctx, Vars};
use serde_json::Value;

pub(crate) use self::meter::{Metered, apply};

use self::meter::Meter;
use crate::failure::shorten;
use crate::problem::Fault;

/// The longest program, in bytes.
const MAX_PROGRAM: usize = 16 * 1024;
/// The stack for compiling a program, in bytes: only what is used of it takes memory.
const COMPILE_STACK: usize = 64 * 1024 * 1024;
/// The work any run may do: bytes of data looked at or made, repetitions included.
const WORK: u64 = 16 * 1024 * 1024;
/// The work a run may do besides for each byte of its input.
const WORK_PER_BYTE: u64 = 16;
/// The largest result, in bytes of data.
const MAX_RESULT: u64 = 10 * 1024 * 1024;

/// How [`RunError::NotOneValue`] calls no value at all.
pub(crate) const NONE: &str = "none";

/// The longest error, in bytes.
const MAX_ERROR: usize = 300;

/// A compiled program.
pub(crate) struct Program {
    filter: jaq_core::Filter<Metered>,
    variables: &'static [&'static str],
}

impl std::fmt::Debug for Program {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Program").field("variables", &self.variables).finish_non_exhaustive()
    }
}

/// Why a run gave no result.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum RunError {
    /// Data did not have the form that the program expects.
    #[error("{0}")]
    Raised(String),
    /// The program said itself what is wrong, with `error`, or a filter of ours did.
    #[error("{0}")]
    Said(String),
    /// It ran out of work.
    #[error("the program needs more work than one run may do")]
    TooMuchWork,
    /// Its result is too large.
    #[error("the result is larger than {} MiB", MAX_RESULT / (1024 * 1024))]
    TooLarge,
    /// It gave no value, or more than one.
    #[error("the program must give exactly one value, and gave {0}")]
    NotOneValue(&'static str),
}

thread_local! {
    /// Whether this thread has the stack that programs are compiled on.
    static HAS_STACK: Cell<bool> = const { Cell::new(false) };
}

/// Does some work on a stack on which programs can be compiled: the parser recurses once for each operator, so the longest
/// program must not exhaust it. `None` if there is no such thread to be had, or the work panics.
pub(crate) fn with_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    if HAS_STACK.get() {
        return Some(work());
    }
    let work = || {
        HAS_STACK.set(true);
        work()
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(COMPILE_STACK).spawn_scoped(scope, work);
        thread.ok().and_then(|thread| thread.join().ok())
    })
}

impl Program {
    /// Compiles a program that sees these variables (names with `$`) besides its input.
    pub(crate) fn compile(code: &str, variables: &'static [&'static str]) -> Result<Self, Fault> {
        if code.len() > MAX_PROGRAM {
            return Err(Fault::new(
                format!("the jq program is longer than {MAX_PROGRAM} bytes"),
                "shorten it, or use a function",
            ));
        }
        with_stack(|| Self::compile_here(code, variables))
            .unwrap_or_else(|| Err(Fault::new("the jq program could not be compiled", "try again")))
    }

    fn compile_here(code: &str, variables: &'static [&'static str]) -> Result<Self, Fault> {
        let body = fence::admit(code)?;
        // The checked program goes in as a definition and the main program is its name: that is the one way to hand
        // over a program that is already parsed. Nothing a document says can have this name, as definitions are refused.
        let mut definitions: Vec<Def<&str>> = prelude::definitions_for(&body).collect();
        definitions.push(Def { name: "program", args: Vec::new(), body });
        let arena = Arena::default();
        let modules = Loader::new(definitions)
            .load(&arena, File { code: "program", path: () })
            .map_err(|_| Fault::new("the jq program does not load", "simplify it"))?;
        let filter = jaq_core::Compiler::default()
            .with_funs(fence::natives())
            .with_global_vars(variables.iter().copied())
            .compile(modules)
            .map_err(|errors| undefined(&errors, variables))?;
        Ok(Self { filter, variables })
    }

    /// Runs the program. `values` are those of its variables, in order.
    pub(crate) fn run(&self, input: &Value, values: &[&Value]) -> Result<Value, RunError> {
        debug_assert_eq!(values.len(), self.variables.len(), "a value for each variable");
        let input = convert::from_json(input);
        let left = Cell::new(WORK + WORK_PER_BYTE * meter::size(&input));
        let data = Meter { lut: &self.filter.lut, left: &left };
        let variables = Vars::new(values.iter().map(|value| convert::from_json(value)));
        let mut outputs = self.filter.id.run((Ctx::<Metered>::new(data, variables), input));
        let first = outputs
            .next()
            .ok_or(RunError::NotOneValue(NONE))?
            .map_err(|exception| raised(exception, &left))?;
        match outputs.next() {
            None => {}
            Some(Ok(_)) => return Err(RunError::NotOneValue("several")),
            Some(Err(exception)) => return Err(raised(exception, &left)),
        }
        let mut room = MAX_RESULT;
        convert::to_json(&first, &mut room).ok_or(RunError::TooLarge)
    }
}

/// Tells an error of the program from running out of work, which ends a run as `halt` would and cannot be caught.
fn raised(exception: jaq_core::Exn<'_, jaq_json::Val>, left: &Cell<u64>) -> RunError {
    match exception.get_err() {
        Ok(error) if left.get() > 0 => {
            let text = error.to_string();
            // Only what was said is a value; what jq says by itself is no JSON.
            match serde_json::from_str(&text) {
                Ok(Value::String(said)) => RunError::Said(shorten(said, MAX_ERROR)),
                _ => RunError::Raised(shorten(text, MAX_ERROR)),
            }
        }
        _ => RunError::TooMuchWork,
    }
}

fn undefined(errors: &jaq_core::compile::Errors<&str, ()>, variables: &[&str]) -> Fault {
    let names: Vec<String> = errors
        .iter()
        .flat_map(|(_, errors)| errors.iter().map(|(name, kind)| format!("{} {name}", kind.as_str())))
        .collect();
    let known = if variables.is_empty() { "none are given here".to_owned() } else { variables.join(", ") };
    Fault::new(
        format!("the jq program uses what is not defined: {}", names.join(", ")),
        format!("use the program's input or a variable that is given ({known})"),
    )
}

#[cfg(test)]
mod tests;
