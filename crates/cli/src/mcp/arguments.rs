//! The arguments of a tool call, from texts to the types that the tool's schema wants.

use std::io::Read;

use serde_json::{Map, Value};

use super::McpError;
use crate::error::Error;

/// The largest arguments, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// Arguments as they were given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    json: Map<String, Value>,
    texts: Vec<(String, String)>,
}

/// Reads the flags.
pub(crate) fn given(args: &[String], json: Option<&str>) -> Result<Given, Error> {
    let json = match json {
        None => Map::new(),
        Some(text) => object(text)?,
    };
    let pair = |arg: &String| {
        let pair = arg.split_once('=').filter(|(name, _)| !name.is_empty());
        let pair = pair.map(|(name, value)| (name.to_owned(), value.to_owned()));
        pair.ok_or_else(|| Error::Usage(format!("--arg {arg}: write it as NAME=VALUE")))
    };
    Ok(Given { json, texts: args.iter().map(pair).collect::<Result<_, _>>()? })
}

fn object(text: &str) -> Result<Map<String, Value>, Error> {
    let mut read = String::new();
    let text = if text == "-" {
        std::io::stdin().lock().take(MAX_BYTES).read_to_string(&mut read)?;
        &read
    } else {
        text
    };
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Error::Usage("--json: write a JSON object, as in '{\"name\": \"value\"}'".to_owned())),
        Err(error) => Err(Error::Usage(format!("--json: {error}"))),
    }
}

impl Given {
    /// The arguments in the types of a tool's input schema.
    pub(crate) fn fit(self, schema: &Value) -> Result<Map<String, Value>, McpError> {
        let mut arguments = self.json;
        let properties = schema["properties"].as_object();
        for (name, text) in self.texts {
            let property = properties.and_then(|it| it.get(&name));
            let is_closed = schema["additionalProperties"] == false;
            if let (None, Some(properties), true) = (property, properties, is_closed) {
                let known: Vec<&str> = properties.keys().map(String::as_str).collect();
                let reason = format!("the tool has no such argument; it has {}", known.join(", "));
                return Err(McpError::Argument { name, reason });
            }
            let value = typed(property.unwrap_or(&Value::Null), &text)
                .map_err(|reason| McpError::Argument { name: name.clone(), reason })?;
            arguments.insert(name, value);
        }
        Ok(arguments)
    }
}

/// A text as the type that its schema wants. Where the schema says nothing, JSON counts as JSON, all else as text.
fn typed(schema: &Value, text: &str) -> Result<Value, String> {
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let parsed: Option<Value> = serde_json::from_str(text).ok();
    let fits = |value: &Value| {
        types.iter().any(|type_| match *type_ {
            "integer" => value.as_f64().is_some_and(|it| it.fract() == 0.0),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            "null" => value.is_null(),
            _ => false,
        })
    };
    match parsed {
        Some(value) if fits(&value) => Ok(value),
        _ if types.contains(&"string") => Ok(Value::from(text)),
        Some(value) if types.is_empty() => Ok(value),
        _ if types.is_empty() => Ok(Value::from(text)),
        // A list of texts is the one type that people write without quotes.
        _ if types.contains(&"array") && schema["items"]["type"] == "string" => {
            Ok(text.split(',').map(Value::from).collect())
        }
        _ => Err(format!("\"{text}\" is no {}", types.join(" or "))),
    }
}

/// The name that is most like another one, if any is.
pub(super) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let tail = |name: &'a str| name.ends_with(wanted) || name.starts_with(wanted);
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        let distance = if tail(name) { 1 } else { distance(wanted, name) };
        if distance <= 3 && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// The Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fit(args: &[&str], json: Option<&str>, schema: &Value) -> Result<Value, String> {
        let args: Vec<String> = args.iter().map(|&it| it.to_owned()).collect();
        let given = given(&args, json).map_err(|error| error.to_string())?;
        given.fit(schema).map(Value::Object).map_err(|error| error.to_string())
    }

    #[test]
    fn the_schema_decides_what_a_text_means() {
        let schema = json!({"properties": {
            "owner": {"type": "string"}, "page": {"type": "integer"}, "draft": {"type": "boolean"},
            "labels": {"type": "array", "items": {"type": "string"}}, "any": {},
        }});
        let args = ["owner=42", "page=2", "draft=true", "labels=a,b", "any={\"x\":1}", "new=text"];
        assert_eq!(
            fit(&args, None, &schema).unwrap(),
            json!({"owner": "42", "page": 2, "draft": true, "labels": ["a", "b"], "any": {"x": 1}, "new": "text"})
        );
    }

    #[test]
    fn single_arguments_go_on_top_of_json() {
        let schema = json!({"properties": {"a": {"type": "integer"}}});
        assert_eq!(fit(&["a=2"], Some(r#"{"a": 1, "b": 3}"#), &schema).unwrap(), json!({"a": 2, "b": 3}));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_name() {
        let schema = json!({"properties": {"page": {"type": "integer"}}, "additionalProperties": false});
        insta::assert_snapshot!(fit(&["page=two"], None, &schema).unwrap_err(), @r#"--arg page: "two" is no integer"#);
        insta::assert_snapshot!(fit(&["pag=2"], None, &schema).unwrap_err(), @"--arg pag: the tool has no such argument; it has page");
        insta::assert_snapshot!(fit(&["page"], None, &schema).unwrap_err(), @"--arg page: write it as NAME=VALUE");
        insta::assert_snapshot!(fit(&[], Some("[]"), &schema).unwrap_err(), @r#"--json: write a JSON object, as in '{"name": "value"}'"#);
    }

    #[test]
    fn a_mistyped_tool_has_a_nearest_one() {
        let names = ["github_list_issues", "github_get_issue"];
        assert_eq!(nearest("list_issues", names.into_iter()), Some("github_list_issues"));
        assert_eq!(nearest("github_get_isue", names.into_iter()), Some("github_get_issue"));
        assert_eq!(nearest("jira", names.into_iter()), None);
    }
}
