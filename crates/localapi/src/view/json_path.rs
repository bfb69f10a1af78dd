//! The part of JSONPath that printer columns use: `.a.b`, `['a']`, `[0]` and `[?(@.type=="Ready")]`.

use serde_json::Value;

/// The first value that the path leads to; of several paths separated by `|`, that of the first that leads to one.
pub(super) fn find<'a>(object: &'a Value, paths: &str) -> Option<&'a Value> {
    paths.split('|').find_map(|path| follow(object, path)).filter(|value| !value.is_null())
}

fn follow<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let path = path.trim();
    if path.is_empty() {
        return Some(value);
    }
    if let Some(rest) = path.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        return follow(value.get(&rest[..end])?, &rest[end..]);
    }
    let (inside, rest) = path.strip_prefix('[')?.split_once(']')?;
    let next = if let Some(filter) = inside.strip_prefix("?(").and_then(|it| it.strip_suffix(')')) {
        let (field, wanted) = filter.split_once("==")?;
        let field = field.trim().strip_prefix("@.")?;
        let wanted = wanted.trim().trim_matches(['"', '\'']);
        value.as_array()?.iter().find(|item| item[field] == wanted)?
    } else if let Ok(index) = inside.parse::<usize>() {
        value.get(index)?
    } else {
        value.get(inside.trim_matches(['"', '\'']))?
    };
    follow(next, rest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_of_printer_columns_are_followed() {
        let object = json!({"status": {"conditions": [
            {"type": "Accepted", "status": "True"}, {"type": "Ready", "status": "False"}], "a": ["x"]}});
        let cases = [
            (r#".status.conditions[?(@.type=="Ready")].status"#, Some(json!("False"))),
            (".status.a[0]", Some(json!("x"))),
            (".status['a'][0]", Some(json!("x"))),
            (".status.nothing", None),
            (".nothing|.status.a[0]", Some(json!("x"))),
            (r#".status.conditions[?(@.type=="Served")].status"#, None),
        ];
        for (path, value) in cases {
            assert_eq!(find(&object, path), value.as_ref(), "{path}");
        }
    }
}
