//! The parts of a description as text: fields, tables, conditions.

use jiff::Timestamp;
use kube::api::DynamicObject;
use serde_json::Value;

use crate::{age, table};

/// `Name:   value` lines, the values in one column.
pub(super) fn fields(fields: &[(&str, String)]) -> String {
    let lines: Vec<Vec<String>> =
        fields.iter().map(|(name, value)| vec![format!("{name}:"), value.clone()]).collect();
    table::align(&lines, &mut Vec::new())
}

/// A heading with a table under it, or with `<none>`.
pub(super) fn section(heading: &str, columns: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return format!("{heading}: <none>\n");
    }
    let headings = columns.iter().map(|&it| it.to_owned()).collect();
    let lines: Vec<Vec<String>> = std::iter::once(headings).chain(rows).collect();
    let indented: String =
        table::align(&lines, &mut Vec::new()).lines().map(|line| format!("  {line}\n")).collect();
    format!("{heading}:\n{indented}")
}

/// The conditions, in the order in which the operator wrote them.
pub(super) fn conditions(object: &DynamicObject, now: Timestamp) -> String {
    let Some(conditions) = object.data["status"]["conditions"].as_array() else { return String::new() };
    let generation = object.metadata.generation.unwrap_or_default();
    let rows = conditions.iter().map(|condition| {
        let since = condition["lastTransitionTime"].as_str().and_then(|it| it.parse().ok());
        let is_stale = condition["observedGeneration"].as_i64().is_some_and(|seen| seen < generation);
        let status = if is_stale {
            format!("{} (stale)", text(&condition["status"]))
        } else {
            text(&condition["status"])
        };
        vec![
            text(&condition["type"]),
            status,
            since.map(|since| age::since(since, now)).unwrap_or_default(),
            text(&condition["reason"]),
            text(&condition["message"]),
        ]
    });
    section("Conditions", &["TYPE", "STATUS", "SINCE", "REASON", "MESSAGE"], rows.collect())
}

/// A text, or nothing.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_without_rows_says_so() {
        assert_eq!(section("Events", &["TYPE"], Vec::new()), "Events: <none>\n");
    }

    #[test]
    fn a_condition_of_an_older_generation_is_marked() {
        let object: DynamicObject = serde_json::from_value(serde_json::json!({
            "metadata": {"name": "acme", "generation": 2},
            "status": {"conditions": [
                {"type": "Accepted", "status": "True", "reason": "Valid", "message": "", "observedGeneration": 2,
                 "lastTransitionTime": "1970-01-01T00:00:00Z"},
                {"type": "Ready", "status": "False", "reason": "SlugTaken", "message": "choose another in spec.slug",
                 "observedGeneration": 1, "lastTransitionTime": "1970-01-01T00:01:00Z"},
            ]},
        }))
        .unwrap();
        insta::assert_snapshot!(conditions(&object, Timestamp::from_second(90).unwrap()), @r"
        Conditions:
          TYPE       STATUS          SINCE   REASON      MESSAGE
          Accepted   True            90s     Valid
          Ready      False (stale)   30s     SlugTaken   choose another in spec.slug
        ");
    }
}
