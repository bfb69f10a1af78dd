//! One request of a document: compiled, then rendered with arguments.

use domain::document::{Method, RequestDocument};
use reqwest::header::HeaderMap;
use serde_json::{Map, Value};
use url::Url;

use crate::failure::Failure;
use crate::headers;
use crate::hosts::Hosts;
use crate::jq::Program;
use crate::problem::Report;
use crate::schema::ObjectSchema;
use crate::template::UrlTemplate;

/// Variables of the programs that build a request; their input is the arguments.
const VARIABLES: &[&str] = &["$settings"];

/// A compiled request.
#[derive(Debug)]
pub(crate) struct Request {
    method: Method,
    url: UrlTemplate,
    headers: HeaderMap,
    variables: Option<Program>,
    body: Option<Program>,
}

/// A request with everything filled in but the credential.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Value>,
}

impl Request {
    /// Compiles a request. `arguments` is the schema of what it may use; `None` where it gets no arguments.
    pub(crate) fn compile(
        document: &RequestDocument,
        arguments: &dyn Fn(&str) -> bool,
        hosts: &Hosts,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let url = UrlTemplate::compile(&document.url);
        let url = report.at("url").keep(url);
        if let Some(host) = url.as_ref().and_then(UrlTemplate::host)
            && !hosts.declares(host)
        {
            report.at("url").push(format!("the host {host} is not declared"), "add it to allowedHosts");
        }
        let mut program = |field: &str, code: &Option<String>| match code {
            None => Some(None),
            Some(code) => report.at(field).keep(Program::compile(code, VARIABLES)).map(Some),
        };
        let variables = program("variables", &document.variables);
        let body = program("body", &document.body);
        if document.method.is_safe() && document.body.is_some() {
            report.at("body").push("a GET or HEAD request has no body", "remove it, or change the method");
        }
        let headers = headers::compile(&document.headers, &mut report.at("headers"));
        let url = url?;
        if document.variables.is_none()
            && let Some(name) = url.variables().iter().find(|name| !arguments(name))
        {
            report.at("url").push(
                format!("the variable `{name}` is no argument"),
                "add it to the input's properties, or give it in `variables`",
            );
        }
        Some(Self { method: document.method, url, headers, variables: variables?, body: body? })
    }

    /// The method.
    pub(crate) fn method(&self) -> Method {
        self.method
    }

    /// Fills in arguments that the schema has admitted.
    pub(crate) fn render(
        &self,
        base: &Url,
        arguments: &Map<String, Value>,
        settings: &Value,
    ) -> Result<Rendered, Failure> {
        let url = match &self.variables {
            None => self.url.expand(base, arguments)?,
            Some(program) => {
                let Value::Object(computed) = run(program, "variables", arguments, settings)? else {
                    return Err(Failure::new("the connector's `variables` program gives no object"));
                };
                let mut values = arguments.clone();
                values.extend(computed);
                self.url.expand(base, &values)?
            }
        };
        let body = self.body.as_ref().map(|program| run(program, "body", arguments, settings)).transpose()?;
        Ok(Rendered { method: self.method, url, headers: self.headers.clone(), body })
    }
}

fn run(
    program: &Program,
    what: &str,
    arguments: &Map<String, Value>,
    settings: &Value,
) -> Result<Value, Failure> {
    program
        .run(&Value::Object(arguments.clone()), &[settings])
        .map_err(|error| Failure::new(format!("the connector's `{what}` program failed: {error}")))
}

/// Whether a name is a property of a schema, for [`Request::compile`].
pub(crate) fn property_of(schema: Option<&ObjectSchema>) -> impl Fn(&str) -> bool + '_ {
    move |name| schema.is_none_or(|schema| schema.names(name))
}
