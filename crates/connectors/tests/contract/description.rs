//! The description: operations, and whether a request is one of them.

use serde_json::Value;

/// GitHub's description, as far as tools use it.
#[derive(Clone)]
pub(crate) struct Description {
    pub(crate) operations: Vec<Value>,
    pub(crate) schemas: Value,
}

impl Description {
    pub(crate) fn load() -> Self {
        let mut fixture: Value = serde_json::from_str(include_str!("github.json")).unwrap();
        let Value::Array(operations) = fixture["operations"].take() else { panic!("operations are a list") };
        Self { operations, schemas: fixture["schemas"].take() }
    }

    /// The largest number of examples of one operation.
    pub(crate) fn most_examples(&self) -> usize {
        let lengths =
            self.operations.iter().map(|operation| operation["reply"]["examples"].as_object().unwrap().len());
        lengths.max().unwrap()
    }

    /// The operation of a request, and the values of its path: of several the one with most literal segments.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<(usize, Vec<(String, String)>)> {
        let fitting =
            self.operations.iter().enumerate().filter(|(_, operation)| operation["method"] == method);
        let fitting = fitting.filter_map(|(index, operation)| {
            let template = operation["path"].as_str().unwrap();
            Some((index, match_path(template, path)?))
        });
        fitting.min_by_key(|(_, values)| values.len())
    }
}

fn match_path(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let mut values = Vec::new();
    let mut segments = path.split('/');
    for expected in template.split('/') {
        if expected == "{path}" {
            values.push(("path".to_owned(), segments.by_ref().collect::<Vec<_>>().join("/")));
            return Some(values);
        }
        let segment = segments.next()?;
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !segment.is_empty() => values.push((name.to_owned(), segment.to_owned())),
            None if expected == segment => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(values)
}

/// What is wrong with a request's parameters and body.
pub(crate) fn violations(
    operation: &Value,
    path: &[(String, String)],
    query: &[(String, String)],
    body: &[u8],
) -> Vec<String> {
    let mut wrong = Vec::new();
    if operation["deprecated"] == true {
        wrong.push("the operation is deprecated".to_owned());
    }
    let described = operation["parameters"].as_array().unwrap();
    for (place, pairs) in [("path", path), ("query", query)] {
        for (name, value) in pairs {
            let parameter = described.iter().find(|one| one["name"] == name.as_str() && one["in"] == place);
            match parameter {
                None => wrong.push(format!("{place} parameter {name} is unknown")),
                Some(parameter) => {
                    wrong.extend(wrong_text(parameter, value).map(|why| format!("{name}: {why}")));
                }
            }
        }
        for parameter in described.iter().filter(|one| one["in"] == place && one["required"] == true) {
            let name = parameter["name"].as_str().unwrap();
            if !pairs.iter().any(|(given, _)| given == name) {
                wrong.push(format!("{place} parameter {name} is missing"));
            }
        }
    }
    match (operation.get("body"), body.is_empty()) {
        (None, true) => {}
        (None, false) => wrong.push("a body where none is described".to_owned()),
        (Some(_), true) => wrong.push("no body".to_owned()),
        (Some(described), false) => wrong.extend(wrong_body(described, body)),
    }
    wrong
}

fn wrong_text(parameter: &Value, value: &str) -> Option<String> {
    let types: Vec<&str> = parameter["types"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let fits = types.iter().any(|name| match *name {
        "integer" => value.parse::<i64>().is_ok(),
        "boolean" => matches!(value, "true" | "false"),
        _ => true,
    });
    if !fits {
        return Some(format!("{value} is none of {types:?}"));
    }
    let values = parameter.get("enum").and_then(Value::as_array)?;
    (!values.contains(&Value::from(value))).then(|| format!("{value} is not one of {values:?}"))
}

fn wrong_body(described: &Value, body: &[u8]) -> Vec<String> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return vec!["the body is no object".to_owned()];
    };
    let mut wrong = Vec::new();
    for (name, value) in &fields {
        let Some(field) = described["fields"].get(name) else {
            wrong.push(format!("body field {name} is unknown"));
            continue;
        };
        let kind = match value {
            Value::String(_) => "string",
            Value::Number(_) => "integer",
            Value::Array(_) => "array",
            _ => "object",
        };
        if !field["types"].as_array().unwrap().iter().any(|name| name == kind) {
            wrong.push(format!("body field {name} is no {kind}"));
        }
        if field.get("enum").is_some_and(|values| !values.as_array().unwrap().contains(value)) {
            wrong.push(format!("body field {name} cannot be {value}"));
        }
    }
    let required = described["required"].as_array().unwrap().iter().filter_map(Value::as_str);
    wrong.extend(
        required
            .filter(|name| !fields.contains_key(*name))
            .map(|name| format!("body field {name} is missing")),
    );
    wrong
}
