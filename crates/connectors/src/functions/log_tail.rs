//! `log_tail`: the last lines of a log, as people see them in a terminal.
//!
//! What went wrong stands at the end of a log, and a log may be longer than a model can read. Colours and what a progress
//! bar has overwritten are taken out.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use super::{Function, Output, Requests, options};
use crate::failure::Failure;

/// `log` asks for the log, or with a `Range` header for the end of it. The argument `lines` says how many are wanted.
pub(super) const FUNCTION: Function = Function {
    name: "log_tail",
    requests: Some(&["log"]),
    adds: &[],
    check: options::none,
    run: |requests| Box::pin(run(requests)),
};

/// How many lines, where the tool has no argument `lines`.
const DEFAULT_LINES: u64 = 200;

/// The longest text, in bytes: more is cut at the front, wherever lines end.
const MAX_TEXT: usize = 256 * 1024;

/// Control sequences of terminals (ECMA-48): CSI with its parameters, and OSC up to its end.
static CONTROL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)").ok());

async fn run(requests: &Requests<'_>) -> Result<Output, Failure> {
    let reply = requests.send("log").await?;
    let lines = requests.arguments.get("lines").and_then(Value::as_u64).unwrap_or(DEFAULT_LINES);
    let lines = usize::try_from(lines).unwrap_or(usize::MAX);
    let range = reply.headers.get("content-range").and_then(|value| value.to_str().ok());
    let tail = tail(&String::from_utf8_lossy(&reply.body), lines, range.is_some_and(starts_late));
    Ok(Output::Value(tail, reply.body.len()))
}

/// Whether a part of a file, as `Content-Range` has it, leaves out the file's beginning.
fn starts_late(range: &str) -> bool {
    let first = range.trim().strip_prefix("bytes ").and_then(|range| range.split('-').next());
    first.is_some_and(|first| first != "0" && first != "*/0")
}

/// The last lines of a log, how many they are, and whether others stand before them.
fn tail(log: &str, lines: usize, late: bool) -> Value {
    let mut all: Vec<String> = log.lines().map(shown).collect();
    // The first line of a part is the rest of a line.
    if late && all.len() > 1 {
        all.remove(0);
    }
    let mut first = all.len().saturating_sub(lines);
    let mut size: usize = all.iter().skip(first).map(|line| line.len() + 1).sum();
    while size > MAX_TEXT && first + 1 < all.len() {
        size -= all.get(first).map_or(0, |line| line.len() + 1);
        first += 1;
    }
    let mut text = all.get(first..).unwrap_or_default().join("\n");
    if text.len() > MAX_TEXT {
        text = text.split_off(text.ceil_char_boundary(text.len() - MAX_TEXT));
    }
    json!({"text": text, "lines": all.len() - first, "more": late || first > 0})
}

/// What a terminal shows of a line in the end.
fn shown(line: &str) -> String {
    let line = line.trim_end_matches('\r');
    let last = line.rsplit('\r').next().unwrap_or(line);
    match CONTROL.as_ref() {
        Some(control) => control.replace_all(last, "").into_owned(),
        None => last.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_given() {
        assert_eq!(tail("a\nb\nc\n", 2, false), json!({"text": "b\nc", "lines": 2, "more": true}));
        assert_eq!(tail("a\nb\n", 9, false), json!({"text": "a\nb", "lines": 2, "more": false}));
        assert_eq!(tail("", 9, false), json!({"text": "", "lines": 0, "more": false}));
    }

    #[test]
    fn a_part_begins_with_its_first_whole_line() {
        assert_eq!(tail("half\nb\nc", 9, true), json!({"text": "b\nc", "lines": 2, "more": true}));
        assert!(starts_late("bytes 100-199/200"));
        assert!(!starts_late("bytes 0-199/200"));
        assert!(!starts_late("bytes */0"));
    }

    #[test]
    fn lines_are_shown_as_a_terminal_shows_them() {
        assert_eq!(shown("section_start:1:build\r\u{1b}[0K\u{1b}[36;1mCompiling\u{1b}[0;m"), "Compiling");
        assert_eq!(shown("10 %\r100 %\r"), "100 %");
        assert_eq!(shown("\u{1b}]8;;https://example.com\u{7}link\u{1b}]8;;\u{7}"), "link");
    }

    #[test]
    fn a_long_log_is_cut_at_the_front() {
        let log = "x".repeat(1_000).to_owned() + "\n";
        let tail = tail(&log.repeat(1_000), 1_000, false);
        assert!(tail["text"].as_str().unwrap().len() <= MAX_TEXT);
        assert_eq!(tail["more"], true);
        assert_eq!(tail["lines"], 261);
        let one = super::tail(&"é".repeat(MAX_TEXT), 1, false);
        assert!(one["text"].as_str().unwrap().len() <= MAX_TEXT);
    }
}
