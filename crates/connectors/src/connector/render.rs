//! What a call would send, without sending it.

use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use super::Connector;
use crate::base::Base;
use crate::failure::Failure;
use crate::hosts::is_trusted;
use crate::http::{assemble, method};
use crate::paging::MAX_PAGES;
use crate::request::{Givens, Request};

/// A request of a tool, as far as it can be told before the tool runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedRequest {
    /// The name by which a function calls it; `None` for the one request of a tool.
    pub name: Option<String>,
    /// The request, or why it cannot be rendered yet: a function may give it values that it has read before.
    pub message: Result<RequestMessage, String>,
}

/// A request as it goes over the wire, but for its secrets: `<credential>` and `<secret>` stand where they would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestMessage {
    /// The method, as in `GET`.
    pub method: String,
    /// The URL. Variables of the base URL that would be looked up stand in it as `{name}`.
    pub url: String,
    /// The headers, by name.
    pub headers: Vec<(String, String)>,
    /// The body, where there is one; of bytes that are no text, how many they are.
    pub body: Option<String>,
}

impl Connector {
    /// The requests that a call of a tool would send, without sending any: for functions all that it may send, with
    /// the arguments of the call. `base` replaces the document's base URL, as [`crate::CallTarget::base_url`] does.
    ///
    /// # Errors
    /// What is wrong with the tool's name, the arguments or the settings.
    pub fn render(
        &self,
        tool: &str,
        arguments: &Map<String, Value>,
        settings: &Map<String, Value>,
        base: Option<&Url>,
    ) -> Result<Vec<RenderedRequest>, String> {
        let Some(tool) = self.find(tool) else {
            let gone = self.removed(tool).map(str::to_owned);
            return Err(gone.unwrap_or_else(|| format!("there is no tool {tool:?}")));
        };
        let settings = Value::Object(self.check_settings(settings)?);
        let mut arguments = tool.input.admit(arguments).map_err(|failure| failure.to_string())?;
        if tool.paging.is_some() {
            arguments.remove(MAX_PAGES);
        }
        let now = Value::from(Timestamp::now().as_second());
        let givens = Givens { settings: &settings, now: &now };
        let rendered = tool.action.named_requests().map(|(name, request)| RenderedRequest {
            name: name.map(str::to_owned),
            message: self.message(request, &arguments, givens, base).map_err(|failure| failure.to_string()),
        });
        Ok(rendered.collect())
    }

    fn message(
        &self,
        request: &Request,
        arguments: &Map<String, Value>,
        givens: Givens<'_>,
        installation: Option<&Url>,
    ) -> Result<RequestMessage, Failure> {
        let place = match installation {
            _ if !request.uses_base() => self.place(request, installation)?,
            Some(installation) => installation.clone(),
            None => self.base.with(&unknown(&self.base))?,
        };
        let rendered = request.render(&place, arguments, givens)?;
        let may_carry = is_trusted(&self.hosts.trusted(installation), &rendered.url);
        let credential = self.authentication.placeholder().filter(|_| may_carry);
        let (mut headers, body) = assemble(&self.headers, &rendered, credential.as_ref());
        if may_carry {
            headers.extend(self.secret_headers.placeholders());
        }
        let mut headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        headers.sort();
        let body = body.map(|body| {
            let text = String::from_utf8(body.to_vec());
            text.unwrap_or_else(|error| format!("({} bytes)", error.as_bytes().len()))
        });
        let url = self.base.variables().iter().fold(rendered.url.to_string(), |url, name| {
            url.replace(&format!("%7B{name}%7D"), &format!("{{{name}}}"))
        });
        Ok(RequestMessage { method: method(rendered.method).to_string(), url, headers, body })
    }
}

/// Values for the variables of a base URL that nobody has looked up: their names in braces.
fn unknown(base: &Base) -> Map<String, Value> {
    base.variables().iter().map(|name| (name.clone(), Value::from(format!("{{{name}}}")))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{compile, parse};

    const DOCUMENT: &str = r#"
service: demo
title: Demo
baseUrl: https://api.demo.test/sites/{site}/v1
servers: {files: https://files.demo.test/v2}
allowedHosts: [public.demo.test]
headers: {X-Version: "3"}
config: {type: object, additionalProperties: false, properties: {region: {type: string, default: eu}}}
baseVariables: {request: {method: GET, server: files, url: /sites}, response: .}
tools:
  - name: add
    description: Adds.
    input: {type: object, additionalProperties: false, required: [title], properties: {title: {type: string}}}
    request: {method: POST, url: "/things{?region}", variables: "{region: $settings.region}", body: .}
  - name: upload
    description: Uploads.
    input: {type: object, properties: {data: {type: string}}}
    request: {method: PUT, server: files, url: /raw, encoding: raw, body: '{contentType: "image/png", base64: .data}'}
  - name: both
    description: Gets.
    input: {type: object, properties: {id: {type: string}}}
    function:
      name: gather
      requests:
        one: {method: GET, url: "https://public.demo.test/{id}"}
        two: {method: GET, url: "/{id}"}
removed: [{name: old, reason: Gone in 2025.}]
"#;

    fn render(
        document: &str,
        tool: &str,
        arguments: Value,
        base: Option<&str>,
    ) -> Result<Vec<RenderedRequest>, String> {
        let connector = compile(&parse(document).unwrap()).unwrap();
        let Value::Object(arguments) = arguments else { panic!("no object") };
        let base: Option<Url> = base.map(|base| base.parse().unwrap());
        connector.render(tool, &arguments, &Map::new(), base.as_ref())
    }

    fn one(document: &str, tool: &str, arguments: Value, base: Option<&str>) -> RequestMessage {
        render(document, tool, arguments, base).unwrap().remove(0).message.unwrap()
    }

    fn header<'m>(message: &'m RequestMessage, name: &str) -> Option<&'m str> {
        message.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn a_request_is_shown_as_it_would_be_sent() {
        let message = one(DOCUMENT, "demo_add", json!({"title": "A"}), None);
        assert_eq!(message.method, "POST");
        assert_eq!(message.url, "https://api.demo.test/sites/{site}/v1/things?region=eu");
        assert_eq!(message.body.as_deref(), Some(r#"{"title":"A"}"#));
        let expected = [
            ("accept", "application/json"),
            ("authorization", "Bearer <credential>"),
            ("content-type", "application/json"),
            ("x-version", "3"),
        ];
        let shown: Vec<(&str, &str)> =
            message.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(shown, expected);
        let own = one(DOCUMENT, "demo_add", json!({"title": "A"}), Some("https://own.test/api"));
        assert_eq!(own.url, "https://own.test/api/things?region=eu");
    }

    #[test]
    fn servers_bytes_and_other_hosts_are_shown() {
        let message = one(DOCUMENT, "demo_upload", json!({"data": "iVBORw=="}), None);
        assert_eq!(
            (message.method.as_str(), message.url.as_str()),
            ("PUT", "https://files.demo.test/v2/raw")
        );
        assert_eq!(
            (header(&message, "content-type"), message.body.as_deref()),
            (Some("image/png"), Some("(4 bytes)"))
        );
        let both = render(DOCUMENT, "demo_both", json!({"id": "a b"}), None).unwrap();
        let first = both[0].message.as_ref().unwrap();
        assert_eq!(
            (both[0].name.as_deref(), first.url.as_str()),
            (Some("one"), "https://public.demo.test/a%20b")
        );
        assert_eq!(header(first, "authorization"), None, "another host");
        assert!(header(both[1].message.as_ref().unwrap(), "authorization").is_some());
        let unknown = render(DOCUMENT, "demo_both", json!({}), None).unwrap();
        assert!(unknown[1].message.as_ref().unwrap_err().contains("path"), "{unknown:?}");
    }

    #[test]
    fn each_scheme_has_its_place_for_the_credential() {
        let shown = |auth: &str| {
            let document = DOCUMENT.replace("servers:", &format!("auth: {auth}\nservers:"));
            let message = one(&document, "demo_add", json!({"title": "A"}), None);
            (header(&message, "authorization").map(str::to_owned), message.body.unwrap())
        };
        let plain = r#"{"title":"A"}"#.to_owned();
        assert_eq!(shown("{scheme: basic}"), (Some("Basic <credential>".to_owned()), plain.clone()));
        assert_eq!(shown("{scheme: bot}").0.as_deref(), Some("Bot <credential>"));
        assert_eq!(shown("{scheme: none}"), (None, plain));
        let two = DOCUMENT.replace("servers:", "auth: {secretHeaders: {X-Second-Key: A key.}}\nservers:");
        let message = one(&two, "demo_add", json!({"title": "A"}), None);
        assert_eq!(header(&message, "x-second-key"), Some("<secret>"));
    }

    #[test]
    fn what_a_call_would_refuse_is_refused() {
        for (tool, arguments, expected) in [
            ("demo_fly", json!({}), "no tool"),
            ("demo_old", json!({}), "Gone in 2025."),
            ("demo_add", json!({}), "argument `title` is required"),
            ("demo_add", json!({"title": "a", "x": 1}), "no argument `x`"),
        ] {
            let refused = render(DOCUMENT, tool, arguments, None).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
        let connector = compile(&parse(DOCUMENT).unwrap()).unwrap();
        let Value::Object(settings) = json!({"x": 1}) else { panic!("no object") };
        assert!(
            connector.render("demo_both", &Map::new(), &settings, None).unwrap_err().contains("setting `x`")
        );
    }
}
