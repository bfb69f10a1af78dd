//! Whether a tool's name and input schema are ones that the clients of large models can pass on.
//!
//! JSON Schema is larger than what the APIs of models admit, and one schema that an API refuses fails every request that
//! lists the tool. What is checked here is what these APIs document or answer with status 400:
//!
//! - Claude: names of tools and properties, no `oneOf`, `anyOf`, `allOf` at the root, no references;
//! - OpenAI: `type: object` with properties and nothing else at the root, `items` for every list; in strict mode
//!   fewer keywords, and bounds on nesting, names and enumerations;
//! - Gemini: its own subset, in which an enumeration holds texts and a schema has one type;
//! - clients that check arguments in JavaScript: patterns that its regular expressions understand.
//!
//! [`Level::Error`] is what an API refuses as it stands. [`Level::Warning`] is what one mode of one API refuses, and
//! clients of that mode rewrite.

mod keywords;
mod names;
mod size;

use std::fmt;

use serde_json::{Map, Value};

/// Something about a tool that not every client can pass on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The tool.
    pub tool: String,
    /// Where in the input schema, as a JSON Pointer; empty for the schema itself, its name or description.
    pub place: String,
    /// How bad it is.
    pub level: Level,
    /// Whose API or mode is concerned.
    pub clients: &'static [Client],
    /// What is wrong.
    pub message: String,
    /// What mends it.
    pub remedy: &'static str,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Clients have to rewrite the schema, or lose a mode.
    Warning,
    /// A request that lists the tool is refused.
    Error,
}

/// Whose API or mode a finding concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// The Messages API of Anthropic, and Claude's applications.
    Claude,
    /// Function calling of OpenAI.
    OpenAi,
    /// Function calling of OpenAI in strict mode.
    OpenAiStrict,
    /// Function calling of Gemini.
    Gemini,
    /// Clients that check arguments with JavaScript's regular expressions.
    JavaScript,
}

/// A tool as MCP lists it.
#[derive(Clone, Copy, Debug)]
pub struct ListedTool<'a> {
    /// Its full name.
    pub name: &'a str,
    /// Its description.
    pub description: &'a str,
    /// Its input schema.
    pub input_schema: &'a Map<String, Value>,
}

/// Checks a tool of a server. Clients that know several servers call it `mcp__<server>__<tool>`.
#[must_use]
pub fn check(server: &str, tool: ListedTool<'_>) -> Vec<Finding> {
    let mut report = Report { tool: tool.name, findings: Vec::new() };
    names::check(server, tool, &mut report);
    keywords::check(tool.input_schema, &mut report);
    size::check(tool.input_schema, &mut report);
    report.findings
}

/// Collects findings about one tool.
struct Report<'a> {
    tool: &'a str,
    findings: Vec<Finding>,
}

impl Report<'_> {
    fn push(
        &mut self,
        level: Level,
        clients: &'static [Client],
        place: &str,
        message: impl Into<String>,
        remedy: &'static str,
    ) {
        let (tool, place, message) = (self.tool.to_owned(), place.to_owned(), message.into());
        self.findings.push(Finding { tool, place, level, clients, message, remedy });
    }

    fn error(
        &mut self,
        clients: &'static [Client],
        place: &str,
        message: impl Into<String>,
        remedy: &'static str,
    ) {
        self.push(Level::Error, clients, place, message, remedy);
    }

    fn warning(
        &mut self,
        clients: &'static [Client],
        place: &str,
        message: impl Into<String>,
        remedy: &'static str,
    ) {
        self.push(Level::Warning, clients, place, message, remedy);
    }
}

/// Keywords that hold one schema.
const ONE: [&str; 8] =
    ["items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"];
/// Keywords that hold a list of schemas.
const LIST: [&str; 4] = ["anyOf", "oneOf", "allOf", "prefixItems"];
/// Keywords that hold schemas by name.
const NAMED: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];

/// What is done with each schema of a schema: it gets its place, and how many objects and lists it lies in.
type Each<'a, 'f> = dyn FnMut(&'a Map<String, Value>, &str, usize) + 'f;

/// Visits a schema and all schemas in it.
fn visit<'a>(schema: &'a Map<String, Value>, place: &str, depth: usize, each: &mut Each<'a, '_>) {
    each(schema, place, depth);
    let mut below = |part: &'a Value, place: String, depth: usize| {
        if let Value::Object(part) = part {
            visit(part, &place, depth, each);
        }
    };
    for key in ONE {
        if let Some(part) = schema.get(key) {
            below(part, format!("{place}/{key}"), depth + 1);
        }
    }
    for key in LIST.into_iter().chain(["items"]) {
        for (at, part) in schema.get(key).and_then(Value::as_array).into_iter().flatten().enumerate() {
            below(part, format!("{place}/{key}/{at}"), depth);
        }
    }
    for key in NAMED {
        for (name, part) in schema.get(key).and_then(Value::as_object).into_iter().flatten() {
            let name = name.replace('~', "~0").replace('/', "~1");
            below(part, format!("{place}/{key}/{name}"), depth + 1);
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clients: Vec<String> = self.clients.iter().map(ToString::to_string).collect();
        write!(
            formatter,
            "{}{}: {} ({}); {}",
            self.tool,
            self.place,
            self.message,
            clients.join(", "),
            self.remedy
        )
    }
}

impl fmt::Display for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Claude => "Claude",
            Self::OpenAi => "OpenAI",
            Self::OpenAiStrict => "OpenAI in strict mode",
            Self::Gemini => "Gemini",
            Self::JavaScript => "clients in JavaScript",
        })
    }
}

#[cfg(test)]
mod tests;
