//! Whether a request is one that an operation describes.

#[path = "check/body.rs"]
pub(crate) mod body;
#[path = "check/schema.rs"]
pub(crate) mod schema;

use serde_json::Value;

use self::schema::Schemas;
use crate::oracle::{Operation, Oracle, Parameter, Place};

/// A request as the vendor would see it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Scheme, host and path, as the vendor knows them, still percent-encoded.
    pub(crate) url: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// What tells this request from another: all of it but headers, and without what is made up anew each time.
    pub(crate) fn wire(&self) -> String {
        let (method, url, query) = (&self.method, &self.url, &self.query);
        format!("{method} {url} {query:?} {}", body::shown(self))
    }

    /// A header as text, empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// What is wrong with a request for an operation. `path` holds the values of its path.
pub(crate) fn violations(
    oracle: &Oracle,
    operation: &Operation,
    path: &[(String, String)],
    seen: &Seen,
) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(reason) = &operation.removed {
        wrong.push(format!("the operation is gone: {reason}"));
    } else if operation.deprecated {
        wrong.push("the operation is deprecated".to_owned());
    }
    parameters(operation, Place::Path, path, &mut wrong);
    parameters(operation, Place::Query, &seen.query, &mut wrong);
    for parameter in operation.parameters.iter().filter(|one| one.place == Place::Header) {
        match seen.header(&parameter.name) {
            "" if parameter.required => wrong.push(format!("header {} is missing", parameter.name)),
            "" => {}
            value => {
                wrong.extend(text(parameter, value).map(|why| format!("header {}: {why}", parameter.name)));
            }
        }
    }
    let schemas = Schemas { named: &oracle.schemas, caseless: oracle.caseless };
    wrong.extend(body::violations(operation, &schemas, seen));
    wrong
}

fn parameters(operation: &Operation, place: Place, pairs: &[(String, String)], wrong: &mut Vec<String>) {
    let what = if place == Place::Path { "path" } else { "query" };
    let described = || operation.parameters.iter().filter(|one| one.place == place);
    for (at, (name, value)) in pairs.iter().enumerate() {
        let Some(parameter) = described().find(|one| one.name == *name) else {
            // Not every description lists the variables of its paths.
            if place == Place::Query {
                wrong.push(format!("query parameter {name} is unknown"));
            }
            continue;
        };
        if parameter.deprecated {
            wrong.push(format!("{what} parameter {name} is deprecated"));
        }
        let list = parameter.types.is_empty() || parameter.types.iter().any(|one| one == "array");
        if !list && pairs[..at].iter().any(|(before, _)| before == name) {
            wrong.push(format!("query parameter {name} is given twice"));
        }
        wrong.extend(text(parameter, value).map(|why| format!("{what} parameter {name}: {why}")));
    }
    for parameter in described().filter(|one| one.required) {
        if !pairs.iter().any(|(given, _)| *given == parameter.name) {
            wrong.push(format!("{what} parameter {} is missing", parameter.name));
        }
    }
}

/// What is wrong with a parameter's value, which is a text whatever its type.
fn text(parameter: &Parameter, value: &str) -> Option<String> {
    let Parameter { types, minimum, maximum, values, .. } = parameter;
    let list = types.iter().any(|name| name == "array");
    let fits = types.is_empty() || types.iter().any(|name| textual(name, value));
    if !fits {
        return Some(format!("{value:?} is no {}", types.join(" or ")));
    }
    if let Ok(number) = value.parse::<f64>()
        && (minimum.is_some_and(|least| number < least) || maximum.is_some_and(|most| number > most))
        && types.iter().any(|name| matches!(name.as_str(), "integer" | "number"))
    {
        return Some(format!("{value} is out of bounds"));
    }
    let values = values.as_ref().filter(|values| !values.is_empty())?;
    let known = |one: &str| values.iter().any(|value| shown(value) == one);
    let parts: Vec<&str> = if list { value.split(',').collect() } else { vec![value] };
    let unknown: Vec<&str> = parts.into_iter().filter(|part| !known(part)).collect();
    (!unknown.is_empty()).then(|| format!("{unknown:?} is not among {values:?}"))
}

/// Whether a text can stand for a value of this type.
pub(crate) fn textual(name: &str, value: &str) -> bool {
    match name {
        "integer" => value.parse::<i64>().is_ok(),
        "number" => value.parse::<f64>().is_ok(),
        "boolean" => matches!(value, "true" | "false"),
        _ => true,
    }
}

/// A value as a parameter shows it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
