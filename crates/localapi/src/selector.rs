//! Label and field selectors.

use serde_json::Value;

use crate::{error::ApiError, resource::Resource};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Missing,
}

/// Which objects a list or watch is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    labels: Vec<(String, Requirement)>,
    fields: Vec<(String, Requirement)>,
}

impl Selector {
    /// Reads both selectors.
    ///
    /// # Errors
    /// 400 for a selector that cannot be read, or a field that this resource cannot be selected by.
    pub(crate) fn parse(resource: &Resource, labels: &str, fields: &str) -> Result<Self, ApiError> {
        let labels = terms(labels).map(|term| requirement(&term)).collect::<Result<_, _>>()?;
        let fields: Vec<_> = terms(fields).map(|term| requirement(&term)).collect::<Result<_, _>>()?;
        for (field, _) in &fields {
            let is_known = ["metadata.name", "metadata.namespace"].contains(&field.as_str())
                || resource.selectable.contains(field);
            if !is_known {
                return Err(ApiError::bad_request(format!("field label not supported: {field}")));
            }
        }
        Ok(Self { labels, fields })
    }

    /// Whether an object is meant.
    pub(crate) fn matches(&self, object: &Value) -> bool {
        let label = |key: &str| object["metadata"]["labels"][key].as_str();
        self.labels.iter().all(|(key, requirement)| requirement.allows(label(key)))
            // A field that is not there counts as empty, as in Kubernetes.
            && self.fields.iter().all(|(path, requirement)| requirement.allows(Some(field(object, path))))
    }
}

fn field<'a>(object: &'a Value, path: &str) -> &'a str {
    // Events are stored as core v1 has them, where `regarding` is called `involvedObject`.
    let stored = path.strip_prefix("regarding.").map(|rest| format!("involvedObject.{rest}"));
    let path = match path {
        "source" => "source.component",
        _ => stored.as_deref().unwrap_or(path),
    };
    path.split('.').fold(object, |value, name| &value[name]).as_str().unwrap_or_default()
}

impl Requirement {
    fn allows(&self, value: Option<&str>) -> bool {
        let is_in = |values: &[String]| value.is_some_and(|value| values.iter().any(|it| it == value));
        match self {
            Self::In(values) => is_in(values),
            Self::NotIn(values) => !is_in(values),
            Self::Exists => value.is_some(),
            Self::Missing => value.is_none(),
        }
    }
}

/// The terms between commas that are not inside parentheses.
fn terms(selector: &str) -> impl Iterator<Item = String> {
    let mut depth = 0_i32;
    let mut terms = vec![String::new()];
    for letter in selector.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        match terms.last_mut() {
            Some(term) if letter != ',' || depth > 0 => term.push(letter),
            _ => terms.push(String::new()),
        }
    }
    terms.into_iter().map(|term| term.trim().to_owned()).filter(|term| !term.is_empty())
}

fn requirement(term: &str) -> Result<(String, Requirement), ApiError> {
    let unreadable = || ApiError::bad_request(format!("unable to parse requirement: {term}"));
    let one = |key: &str, value: &str, is_in: bool| {
        let values = vec![value.trim().to_owned()];
        let requirement = if is_in { Requirement::In(values) } else { Requirement::NotIn(values) };
        (key.trim().to_owned(), requirement)
    };
    let (key, requirement) = if let Some((key, value)) = term.split_once("!=") {
        one(key, value, false)
    } else if let Some((key, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
        one(key, value, true)
    } else if let Some((head, values)) = term.split_once('(') {
        let values = values.strip_suffix(')').ok_or_else(unreadable)?;
        let values = values.split(',').map(|it| it.trim().to_owned()).collect();
        let mut words = head.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(key), Some("in"), None) => (key.to_owned(), Requirement::In(values)),
            (Some(key), Some("notin"), None) => (key.to_owned(), Requirement::NotIn(values)),
            _ => return Err(unreadable()),
        }
    } else if let Some(key) = term.strip_prefix('!') {
        (key.trim().to_owned(), Requirement::Missing)
    } else {
        (term.to_owned(), Requirement::Exists)
    };
    if key.is_empty() || key.contains(char::is_whitespace) {
        return Err(unreadable());
    }
    Ok((key, requirement))
}
