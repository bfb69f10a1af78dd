//! The lists: filters a program may call, and those that these stand on.

use crate::filters;
use crate::problem::Fault;

/// Filters that a program may call, with the number of their arguments.
const ALLOWED: &[(&str, usize)] = &[
    // Values and choices.
    ("empty", 0),
    ("error", 0),
    ("error", 1),
    ("false", 0),
    ("not", 0),
    ("null", 0),
    ("select", 1),
    ("true", 0),
    ("type", 0),
    ("values", 0),
    ("nulls", 0),
    ("booleans", 0),
    ("numbers", 0),
    ("strings", 0),
    ("arrays", 0),
    ("objects", 0),
    ("scalars", 0),
    ("iterables", 0),
    ("tonumber", 0),
    ("tostring", 0),
    ("tojson", 0),
    // Lists.
    ("add", 0),
    ("add", 1),
    ("all", 0),
    ("all", 1),
    ("all", 2),
    ("any", 0),
    ("any", 1),
    ("any", 2),
    ("first", 0),
    ("first", 1),
    ("flatten", 0),
    ("flatten", 1),
    ("group_by", 1),
    ("isempty", 1),
    ("last", 0),
    ("length", 0),
    ("limit", 2),
    ("map", 1),
    ("max", 0),
    ("max_by", 1),
    ("min", 0),
    ("min_by", 1),
    ("reverse", 0),
    ("sort", 0),
    ("sort_by", 1),
    ("unique", 0),
    ("unique_by", 1),
    // Objects.
    ("contains", 1),
    ("del", 1),
    ("from_entries", 0),
    ("has", 1),
    ("inside", 1),
    ("keys", 0),
    ("keys_unsorted", 0),
    ("map_values", 1),
    ("to_entries", 0),
    ("with_entries", 1),
    // Texts.
    ("ascii_downcase", 0),
    ("ascii_upcase", 0),
    ("endswith", 1),
    ("index", 1),
    ("indices", 1),
    ("join", 1),
    ("ltrimstr", 1),
    ("rtrimstr", 1),
    ("split", 1),
    ("startswith", 1),
    ("trim", 0),
    ("ltrim", 0),
    ("rtrim", 0),
    ("utf8bytelength", 0),
    ("@base64", 0),
    ("@base64d", 0),
    ("@html", 0),
    ("@json", 0),
    ("@text", 0),
    ("@uri", 0),
    ("@urid", 0),
    // Regular expressions, written out in the program.
    ("capture", 1),
    ("gsub", 2),
    ("match", 1),
    ("scan", 1),
    ("sub", 2),
    ("test", 1),
    // Numbers and time.
    ("abs", 0),
    ("ceil", 0),
    ("floor", 0),
    ("round", 0),
    ("fromdate", 0),
    ("fromdateiso8601", 0),
    ("todate", 0),
    ("todateiso8601", 0),
];

/// Definitions of jaq's prelude that allowed filters call, and that no program may call by itself.
const NEEDED: &[&str] = &[
    "!empty",
    "capture_of_match",
    "isarray",
    "isboolean",
    "isnumber",
    "isobject",
    "isstring",
    "recurse",
    "scan_",
];

/// Native filters that allowed filters call.
const NATIVE: &[&str] = &[
    "ascii_downcase",
    "ascii_upcase",
    "ceil",
    "contains",
    "decode_base64",
    "decode_uri",
    "encode_base64",
    "encode_uri",
    "endswith",
    "error_empty",
    "escape_html",
    "first",
    "floor",
    "fromdateiso8601",
    "group_by",
    "has",
    "indices",
    "key_values",
    "keys_unsorted",
    "last",
    "length",
    "limit",
    "ltrim",
    "ltrimstr",
    "matches",
    "max_by_or_empty",
    "min_by_or_empty",
    "reverse",
    "round",
    "rtrim",
    "rtrimstr",
    "sort",
    "sort_by",
    "split_",
    "split_matches",
    "startswith",
    "todateiso8601",
    "tojson",
    "trim",
    "utf8bytelength",
];

/// Filters that take their first argument as a regular expression.
const REGEX: &[&str] = &["capture", "gsub", "match", "scan", "sub", "test"];

/// Other filters that take only a text written out in the program.
const LITERAL: &[&str] = &["index", "indices", "join"];

/// The longest text that these filters take, in bytes.
const MAX_LITERAL: usize = 256;

/// Whether a program may call this filter with this many arguments.
pub(super) fn is_allowed(name: &str, arguments: usize) -> bool {
    ALLOWED.contains(&(name, arguments)) || (arguments == 0 && filters::is_filter(name))
}

/// Whether a definition of jaq's prelude has to be there. Its own `tonumber` is not: see the meter.
pub(super) fn is_needed(name: &str) -> bool {
    name != "tonumber" && (NEEDED.contains(&name) || ALLOWED.iter().any(|(allowed, _)| *allowed == name))
}

/// Whether a native filter has to be there.
pub(super) fn is_native(name: &str) -> bool {
    NATIVE.contains(&name)
}

/// Filters that neither look into their input nor make anything, whatever its size.
pub(super) fn is_free(name: &str) -> bool {
    matches!(name, "empty" | "false" | "null" | "true" | "not" | "select" | "values" | "error")
}

/// Checks the first argument of filters that take only a text written out in the program: a regular expression, so that
/// data never becomes one; the separator of `join`, which is repeated; what `index` looks for at every place.
pub(super) fn check_literal(name: &str, literal: Option<&str>) -> Result<(), Fault> {
    let regex = REGEX.contains(&name);
    if !regex && !LITERAL.contains(&name) {
        return Ok(());
    }
    let Some(text) = literal.filter(|text| text.len() <= MAX_LITERAL) else {
        return Err(Fault::new(
            format!("the first argument of `{name}` is not a short text written out in the program"),
            format!("write it as a text of at most {MAX_LITERAL} bytes, without interpolation"),
        ));
    };
    if regex && let Err(error) = regex::RegexBuilder::new(text).size_limit(64 * 1024).build() {
        return Err(Fault::new(
            format!("the regular expression of `{name}` is refused: {error}"),
            "simplify it",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jq::Program;

    #[test]
    fn every_allowed_filter_exists() {
        for (name, arguments) in ALLOWED {
            let literal = REGEX.contains(name) || LITERAL.contains(name);
            let arguments = (0..*arguments).map(|index| match (index, *name) {
                (0, "limit") => "3",
                (0, _) if literal => "\"a\"",
                _ => ".",
            });
            let arguments = arguments.collect::<Vec<_>>().join("; ");
            let code = if arguments.is_empty() { (*name).to_owned() } else { format!("{name}({arguments})") };
            if let Err(fault) = Program::compile(&code, &[]) {
                panic!("{code}: {}", fault.message);
            }
        }
    }

    #[test]
    fn the_guide_names_every_allowed_filter() {
        let guide = include_str!("../../../../../docs/connectors.md");
        let listed =
            guide.split("These filters exist:").nth(1).and_then(|rest| rest.split("```").nth(1)).unwrap();
        let listed: Vec<&str> = listed.split_whitespace().collect();
        for (name, _) in ALLOWED {
            assert!(listed.contains(name) || matches!(*name, "true" | "false" | "null"), "{name}");
        }
        for name in listed {
            assert!(ALLOWED.iter().any(|(allowed, _)| *allowed == name), "{name}");
        }
    }
}
