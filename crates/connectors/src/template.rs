//! URL templates (RFC 6570) whose values cannot leave the place that the author gave them.
//!
//! A value is percent-encoded whole: the operators `+` and `#`, which would let it bring its own slashes and queries,
//! are refused, and so is a value that would make a path segment empty, `.` or `..`, encoded or not.

use iri_string::spec::UriSpec;
use iri_string::template::simple_context::{SimpleContext, Value as TemplateValue};
use iri_string::template::{UriTemplateStr, UriTemplateString};
use serde_json::{Map, Value};
use url::Url;

use crate::failure::Failure;
use crate::problem::Fault;

/// A checked template.
#[derive(Clone, Debug)]
pub(crate) struct UrlTemplate {
    template: UriTemplateString,
    /// Whether its path is empty or `/`, as the author wrote it.
    bare: bool,
    /// The host of a template that names one; others are appended to the base URL.
    host: Option<String>,
    variables: Vec<String>,
}

impl UrlTemplate {
    /// Checks a template.
    pub(crate) fn compile(text: &str) -> Result<Self, Fault> {
        if let Some(operator) = ["{+", "{#"].into_iter().find(|operator| text.contains(operator)) {
            return Err(Fault::new(
                format!("the operator `{operator}...}}` would let a value leave its place"),
                "use `{name}`, or `{/name*}` with a list of segments",
            ));
        }
        let host = match text.split_once("://") {
            None if text.is_empty() || text.starts_with("{?") => None,
            None if text.starts_with('/') || text.starts_with("{/") => None,
            Some(("https", rest)) => Some(literal_host(rest)?),
            _ => {
                return Err(Fault::new(
                    "the URL begins neither with `/` nor with `https://`",
                    "begin it with `/` to append it to baseUrl",
                ));
            }
        };
        let template = parse(text)?;
        let variables = names(template);
        let relative = host.as_ref().map_or(text, |host: &String| &text["https://".len() + host.len()..]);
        let path = relative.split(['?', '#']).next().unwrap_or_default().trim_end_matches('{');
        let bare = matches!(path, "" | "/");
        Ok(Self { template: template.to_owned(), bare, host, variables })
    }

    /// The host that the template names by itself.
    pub(crate) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The names of its variables.
    pub(crate) fn variables(&self) -> &[String] {
        &self.variables
    }

    /// The URL with these values.
    pub(crate) fn expand(&self, base: &Url, values: &Map<String, Value>) -> Result<Url, Failure> {
        let expanded = expand(&self.template, &self.variables, values)?;
        let relative = match &self.host {
            Some(host) => &expanded["https://".len() + host.len()..],
            None => &expanded,
        };
        match relative.split(['?', '#']).next().unwrap_or_default() {
            // A template without a path adds none.
            "" | "/" if self.bare => {}
            _ => check_path(relative)?,
        }
        let whole = match &self.host {
            Some(_) => expanded,
            None => format!("{}{expanded}", base.as_str().trim_end_matches('/')),
        };
        Url::parse(&whole).map_err(|error| Failure::new(format!("the URL cannot be built: {error}")))
    }
}

/// A template of URIs that name something here, such as a resource: nothing is sent to them.
#[derive(Debug)]
pub(crate) struct UriTemplate {
    template: UriTemplateString,
    variables: Vec<String>,
}

impl UriTemplate {
    /// Checks a template.
    pub(crate) fn compile(text: &str) -> Result<Self, Fault> {
        let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
        if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') {
            return Err(Fault::new("the URI has no scheme", "write it as `scheme://literal/{name}`"));
        }
        let template = parse(text)?;
        Ok(Self { variables: names(template), template: template.to_owned() })
    }

    /// The names of its variables.
    pub(crate) fn variables(&self) -> &[String] {
        &self.variables
    }

    /// The URI with these values.
    pub(crate) fn expand(&self, values: &Map<String, Value>) -> Result<String, Failure> {
        expand(&self.template, &self.variables, values)
    }
}

fn parse(text: &str) -> Result<&UriTemplateStr, Fault> {
    UriTemplateStr::new(text)
        .map_err(|error| Fault::new(format!("not an RFC 6570 template: {error}"), "correct the template"))
}

fn names(template: &UriTemplateStr) -> Vec<String> {
    template.variables().map(|name| name.as_str().to_owned()).collect()
}

fn expand(
    template: &UriTemplateStr,
    variables: &[String],
    values: &Map<String, Value>,
) -> Result<String, Failure> {
    let mut context = SimpleContext::new();
    for name in variables {
        let value =
            values.get(name).map_or(Ok(TemplateValue::Undefined), |value| template_value(name, value))?;
        context.insert(name.as_str(), value);
    }
    let expanded = template.expand::<UriSpec, _>(&context);
    expanded
        .map(|expanded| expanded.to_string())
        .map_err(|error| Failure::new(format!("the URL cannot be built: {error}")))
}

/// The authority of an absolute template, which has to be written out.
fn literal_host(rest: &str) -> Result<String, Fault> {
    let host = rest
        .split_once('/')
        .map(|(host, _)| host)
        .filter(|host| !host.contains(['{', '@']) && !host.is_empty());
    host.map(str::to_owned).ok_or_else(|| {
        Fault::new("the host of the URL is not written out", "write it out, with a `/` behind it")
    })
}

fn template_value(name: &str, value: &Value) -> Result<TemplateValue, Failure> {
    let scalar = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        _ => Err(Failure::new(format!("argument `{name}` holds a nested value, which a URL cannot say"))),
    };
    Ok(match value {
        Value::Null => TemplateValue::Undefined,
        Value::Array(items) => TemplateValue::List(items.iter().map(scalar).collect::<Result<_, _>>()?),
        // A list within an object repeats its field, which is how names with brackets say lists: `{"ids[]": [1, 2]}`.
        Value::Object(fields) => {
            let mut pairs = Vec::new();
            for (key, value) in fields {
                match value {
                    Value::Null => {}
                    Value::Array(items) => {
                        for item in items {
                            pairs.push((key.clone(), scalar(item)?));
                        }
                    }
                    one => pairs.push((key.clone(), scalar(one)?)),
                }
            }
            TemplateValue::Assoc(pairs)
        }
        scalar_value => TemplateValue::String(scalar(scalar_value)?),
    })
}

/// Refuses a path whose segments would make the server look elsewhere. Encoded slashes count as slashes, because some
/// servers decode before they resolve dots.
fn check_path(relative: &str) -> Result<(), Failure> {
    let path = relative.split(['?', '#']).next().unwrap_or_default();
    let Some(segments) = path.strip_prefix('/') else {
        return Err(Failure::new("a value of the URL's path is missing"));
    };
    for segment in segments.split('/') {
        let decoded = percent_decode(segment);
        if decoded.is_empty() {
            return Err(Failure::new("a value of the URL's path is empty"));
        }
        if decoded.split(['/', '\\']).any(|piece| piece == "." || piece == "..") {
            return Err(Failure::new(
                "a value of the URL's path is `.` or `..`, or holds one between slashes",
            ));
        }
    }
    Ok(())
}

/// A text with its percent-encoded bytes decoded.
pub(crate) fn percent_decode(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expand(template: &str, values: Value) -> Result<String, String> {
        let template = UrlTemplate::compile(template).map_err(|fault| fault.message)?;
        let Value::Object(values) = values else { panic!("values are an object") };
        let base = Url::parse("https://api.test/v1/").unwrap();
        template.expand(&base, &values).map(|url| url.to_string()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn values_are_encoded_whole_and_absent_ones_leave_nothing() {
        for (template, values, expected) in [
            (
                "/repos/{owner}/{repo}{?state,page}",
                json!({"owner": "a b", "repo": "c/d?e#f", "page": 2}),
                "repos/a%20b/c%2Fd%3Fe%23f?page=2",
            ),
            ("/x{?labels*}", json!({"labels": ["a", "b&c"]}), "x?labels=a&labels=b%26c"),
            ("/x{?labels}", json!({"labels": ["a", "b"]}), "x?labels=a,b"),
            (
                "/x{?q*,page}",
                json!({"q": {"at[gte]": 5, "ids[]": ["a", "b&c"], "none": null}, "page": 1}),
                "x?at%5Bgte%5D=5&ids%5B%5D=a&ids%5B%5D=b%26c&page=1",
            ),
            ("/x{?q*,page}", json!({"q": {}, "page": 1}), "x?page=1"),
            (
                "/contents{/path*}{?ref}",
                json!({"path": ["src", "a b.rs"], "ref": null}),
                "contents/src/a%20b.rs",
            ),
            ("/actions{/scope*}/runs", json!({"scope": []}), "actions/runs"),
            ("/compare/{base}...{head}", json!({"base": "main", "head": "f/x"}), "compare/main...f%2Fx"),
            ("/s?q=is%3Aissue{&page}", json!({"page": true}), "s?q=is%3Aissue&page=true"),
            ("/u/{u}", json!({"u": "%2e%2e"}), "u/%252e%252e"),
            ("/x?fixed=1{&labels*}", json!({"labels": ["a", "b"]}), "x?fixed=1&labels=a&labels=b"),
        ] {
            assert_eq!(expand(template, values), Ok(format!("https://api.test/v1/{expected}")), "{template}");
        }
    }

    #[test]
    fn the_base_url_may_be_all_of_it() {
        assert_eq!(expand("", json!({})), Ok("https://api.test/v1".to_owned()));
        assert_eq!(expand("{?q}", json!({"q": "../a&b"})), Ok("https://api.test/v1?q=..%2Fa%26b".to_owned()));
        assert_eq!(expand("{?q}", json!({})), Ok("https://api.test/v1".to_owned()));
        assert_eq!(expand("/{?q}", json!({"q": 1})), Ok("https://api.test/v1/?q=1".to_owned()));
        assert_eq!(expand("https://a.test/", json!({})), Ok("https://a.test/".to_owned()));
    }

    #[test]
    fn a_value_cannot_move_the_path() {
        for (template, values) in [
            ("/repos/{owner}", json!({"owner": ".."})),
            ("/repos/{owner}/x", json!({"owner": "."})),
            ("/repos/{owner}/x", json!({"owner": ""})),
            ("/repos/{owner}/x", json!({})),
            ("/repos/{owner}", json!({"owner": "a/../../user"})),
            ("/repos/{owner}", json!({"owner": "..\\x"})),
            ("/contents{/path*}", json!({"path": ["a", "..", "b"]})),
            ("/contents{/path*}", json!({"path": ["a", "", "b"]})),
            ("/x/{v}", json!({"v": {"a": [[1]]}})),
            ("{?page}{/v}", json!({"v": ".."})),
            ("/{?page}/{v}", json!({"v": ".."})),
            ("{/v}", json!({})),
            ("/{v}", json!({})),
            ("/{v}{?q}", json!({"q": 1})),
            ("https://a.test/{v}", json!({})),
        ] {
            assert!(expand(template, values.clone()).is_err(), "{template} {values}");
        }
    }

    #[test]
    fn templates_that_let_values_leave_their_place_are_refused() {
        for template in [
            "/x/{+path}",
            "/x{#f}",
            "{host}/x",
            "https://{host}/x",
            "https://a.test",
            "http://a.test/x",
            "x",
            "/x/{a",
            "https://u@a.test/",
        ] {
            assert!(UrlTemplate::compile(template).is_err(), "{template}");
        }
        let absolute = UrlTemplate::compile("https://up.test/x/{v}").unwrap();
        assert_eq!(absolute.host(), Some("up.test"));
    }
}
