//! The values of a Notion page's properties, plain: Notion wraps each in an object that names its type twice.

use serde_json::{Map, Value, json};

/// How deep values may lie in each other: a rollup lists values of other pages' properties, formulas among them.
const DEPTH: usize = 4;

/// An object of properties as an object of plain values by the same names.
///
/// Texts, numbers, times and checkboxes are what they are; choices are their names; people are `{id, name}`; relations are
/// ids; files are `{name, url}`; dates are their start, or `start/end`; formulas and rollups are their results.
pub(super) fn notion_values(input: &Value) -> Result<Value, String> {
    let properties = input.as_object().ok_or("notion_values takes an object of properties")?;
    let plain = |(name, property): (&String, &Value)| (name.clone(), plain(property, DEPTH));
    Ok(Value::Object(properties.iter().map(plain).collect::<Map<_, _>>()))
}

/// The value of a property. What is unknown stays as Notion sends it.
fn plain(property: &Value, depth: usize) -> Value {
    let Some(kind) = property.get("type").and_then(Value::as_str) else { return property.clone() };
    let value = property.get(kind).unwrap_or(&Value::Null);
    match kind {
        _ if depth == 0 => value.clone(),
        "title" | "rich_text" => json!(text(value)),
        "select" | "status" => field(value, "name"),
        "multi_select" => each(value, |option| field(option, "name")),
        "relation" => each(value, |page| field(page, "id")),
        "people" => each(value, person),
        "created_by" | "last_edited_by" => person(value),
        "files" => each(value, file),
        "date" => date(value),
        "unique_id" => identifier(value),
        "verification" => field(value, "state"),
        "button" | "unsupported" => Value::Null,
        "formula" => plain(value, depth - 1),
        // A rollup says its result as properties do, a list of results as an array of such.
        "rollup" if field(value, "type") == "array" => {
            each(value.get("array").unwrap_or(&Value::Null), |item| plain(item, depth - 1))
        }
        "rollup" => plain(value, depth - 1),
        _ => value.clone(),
    }
}

fn field(value: &Value, name: &str) -> Value {
    value.get(name).cloned().unwrap_or_default()
}

fn each(list: &Value, of: impl Fn(&Value) -> Value) -> Value {
    list.as_array().map_or(Value::Null, |items| items.iter().map(of).collect())
}

/// The pieces of a rich text, without their looks.
fn text(pieces: &Value) -> String {
    let pieces = pieces.as_array().into_iter().flatten();
    pieces.filter_map(|piece| piece.get("plain_text").and_then(Value::as_str)).collect()
}

/// A user; the name is missing where the connection may not see it.
fn person(user: &Value) -> Value {
    match (user.get("id"), user.get("name")) {
        (Some(id), Some(name)) if !name.is_null() => json!({"id": id, "name": name}),
        (Some(id), _) => json!({"id": id}),
        _ => Value::Null,
    }
}

/// A file that Notion keeps, whose URL works for an hour, or a link.
fn file(file: &Value) -> Value {
    let place = file.get("type").and_then(Value::as_str).and_then(|kind| file.get(kind));
    json!({"name": field(file, "name"), "url": place.map(|place| field(place, "url"))})
}

fn date(date: &Value) -> Value {
    match (date.get("start").and_then(Value::as_str), date.get("end").and_then(Value::as_str)) {
        (Some(start), Some(end)) => json!(format!("{start}/{end}")),
        (start, _) => json!(start),
    }
}

/// A number with the prefix that the database gives, as in `TASK-12`.
fn identifier(value: &Value) -> Value {
    match (value.get("prefix").and_then(Value::as_str), value.get("number")) {
        (Some(prefix), Some(number)) if !number.is_null() => json!(format!("{prefix}-{number}")),
        (_, number) => number.cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::notion_values;

    #[allow(clippy::needless_pass_by_value, reason = "tests read better without borrowing each property")]
    fn value(property: Value) -> Value {
        notion_values(&Value::Object(Map::from_iter([("it".to_owned(), property)]))).unwrap()["it"].clone()
    }

    #[test]
    fn texts_and_choices_are_plain() {
        let pieces =
            json!([{"plain_text": "Half ", "type": "text"}, {"plain_text": "full", "type": "mention"}]);
        assert_eq!(value(json!({"id": "title", "type": "title", "title": pieces})), "Half full");
        assert_eq!(value(json!({"type": "rich_text", "rich_text": []})), "");
        assert_eq!(
            value(json!({"type": "status", "status": {"id": "1", "name": "Done", "color": "red"}})),
            "Done"
        );
        assert_eq!(value(json!({"type": "select", "select": null})), Value::Null);
        let options = json!([{"name": "a", "id": "1"}, {"name": "b", "id": "2"}]);
        assert_eq!(value(json!({"type": "multi_select", "multi_select": options})), json!(["a", "b"]));
        assert_eq!(value(json!({"type": "number", "number": 1.5})), 1.5);
        assert_eq!(value(json!({"type": "checkbox", "checkbox": false})), false);
    }

    #[test]
    fn people_files_and_relations_keep_what_leads_to_them() {
        let people = json!([{"object": "user", "id": "u1", "name": "Ada", "avatar_url": null}, {"object": "user", "id": "u2"}]);
        assert_eq!(
            value(json!({"type": "people", "people": people})),
            json!([{"id": "u1", "name": "Ada"}, {"id": "u2"}])
        );
        assert_eq!(value(json!({"type": "created_by", "created_by": {"id": "u3"}})), json!({"id": "u3"}));
        let files = json!([
            {"name": "a.pdf", "type": "file", "file": {"url": "https://example.com/a", "expiry_time": "x"}},
            {"name": "b", "type": "external", "external": {"url": "https://example.com/b"}},
        ]);
        let expected = json!([{"name": "a.pdf", "url": "https://example.com/a"}, {"name": "b", "url": "https://example.com/b"}]);
        assert_eq!(value(json!({"type": "files", "files": files})), expected);
        assert_eq!(
            value(json!({"type": "relation", "relation": [{"id": "p1"}], "has_more": false})),
            json!(["p1"])
        );
    }

    #[test]
    fn dates_and_identifiers_are_texts() {
        assert_eq!(
            value(json!({"type": "date", "date": {"start": "2026-01-02", "end": null}})),
            "2026-01-02"
        );
        let days = json!({"start": "2026-01-02", "end": "2026-01-05"});
        assert_eq!(value(json!({"type": "date", "date": days})), "2026-01-02/2026-01-05");
        assert_eq!(value(json!({"type": "date", "date": null})), Value::Null);
        assert_eq!(
            value(json!({"type": "unique_id", "unique_id": {"prefix": "TASK", "number": 12}})),
            "TASK-12"
        );
        assert_eq!(value(json!({"type": "unique_id", "unique_id": {"prefix": null, "number": 12}})), 12);
    }

    #[test]
    fn formulas_and_rollups_are_their_results() {
        assert_eq!(value(json!({"type": "formula", "formula": {"type": "string", "string": "x"}})), "x");
        let date = json!({"type": "date", "date": {"start": "2026-01-02"}});
        assert_eq!(value(json!({"type": "formula", "formula": date})), "2026-01-02");
        assert_eq!(
            value(json!({"type": "rollup", "rollup": {"type": "number", "number": 3, "function": "sum"}})),
            3
        );
        let array =
            json!([{"type": "title", "title": [{"plain_text": "a"}]}, {"type": "number", "number": 2}]);
        let rollup = json!({"type": "rollup", "rollup": {"type": "array", "array": array, "function": "show_original"}});
        assert_eq!(value(rollup), json!(["a", 2]));
    }

    #[test]
    fn what_is_unknown_stays() {
        let place = json!({"lat": 1.0, "lon": 2.0});
        assert_eq!(value(json!({"type": "place", "place": place})), place);
        assert_eq!(value(json!("odd")), "odd");
        assert!(notion_values(&json!([])).is_err());
    }
}
