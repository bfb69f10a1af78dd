//! One request of a document: compiled, then rendered with arguments.

mod body;
mod graphql;
mod multipart;

use domain::document::{Encoding, Method, RequestDocument};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Map, Value};
use url::Url;

pub(crate) use self::body::Body;
use self::graphql::Operation;
use crate::failure::Failure;
use crate::headers;
use crate::hosts::Hosts;
use crate::jq::{Program, RunError};
use crate::problem::{Fault, Report};
use crate::schema::ObjectSchema;
use crate::template::UrlTemplate;

/// Variables of the programs that build a request; their input is the arguments.
const VARIABLES: &[&str] = &["$settings", "$now"];

/// What requests ask for, unless a document says otherwise.
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// What requests for files ask for.
const ANYTHING: HeaderValue = HeaderValue::from_static("*/*");

/// A compiled request.
#[derive(Debug)]
pub(crate) struct Request {
    method: Method,
    safe: bool,
    server: Option<String>,
    url: UrlTemplate,
    headers: HeaderMap,
    variables: Option<Program>,
    body: Option<Program>,
    encoding: Encoding,
    graphql: Option<Operation>,
    accept: HeaderValue,
}

/// What a request is rendered with besides its arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Givens<'a> {
    /// The Connector's settings.
    pub(crate) settings: &'a Value,
    /// The time of the call, in seconds since 1970.
    pub(crate) now: &'a Value,
}

/// A request with everything filled in but the credential.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Body>,
    /// What kind of reply is asked for, unless `headers` say so.
    pub(crate) accept: HeaderValue,
    /// Whether sending it again is harmless.
    pub(crate) repeatable: bool,
    /// Whether it goes without the credential, wherever it goes.
    pub(crate) anonymous: bool,
    /// Whether its reply is one of GraphQL, which reports failures in its own way.
    pub(crate) graphql: bool,
}

impl Rendered {
    /// A GET request, without the credential, for whatever is at a URL.
    pub(crate) fn get(url: Url) -> Self {
        Self {
            method: Method::Get,
            url,
            headers: HeaderMap::new(),
            body: None,
            accept: ANYTHING,
            repeatable: true,
            anonymous: true,
            graphql: false,
        }
    }
}

impl Request {
    /// Compiles a request. `arguments` says which names are arguments.
    pub(crate) fn compile(
        document: &RequestDocument,
        arguments: &dyn Fn(&str) -> bool,
        hosts: &Hosts,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let url = UrlTemplate::compile(&document.url);
        let url = report.at("url").keep(url);
        check_place(document, url.as_ref(), hosts, report);
        let mut program = |field: &str, code: &Option<String>| match code {
            None => Some(None),
            Some(code) => report.at(field).keep(Program::compile(code, VARIABLES)).map(Some),
        };
        let variables = program("variables", &document.variables);
        let body = program("body", &document.body);
        check_body(document, report);
        let graphql = document.graphql.as_ref().map(|text| Operation::compile(text));
        let graphql = graphql.map(|operation| report.at("graphql").keep(operation));
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
        Some(Self {
            method: document.method,
            safe: document.safe,
            server: document.server.clone(),
            url,
            headers,
            variables: variables?,
            body: body?,
            encoding: document.encoding,
            graphql: graphql.flatten(),
            accept: JSON,
        })
    }

    /// The same request for a reply that is a file: of any kind, and never read for what it might report.
    pub(crate) fn for_a_file(self) -> Self {
        Self { accept: ANYTHING, ..self }
    }

    /// Whether its reply is a file.
    pub(crate) fn is_for_a_file(&self) -> bool {
        self.accept == ANYTHING
    }

    /// The server that it goes to, where that is not the base URL.
    pub(crate) fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// Whether it is appended to the base URL.
    pub(crate) fn uses_base(&self) -> bool {
        self.server.is_none() && self.url.host().is_none()
    }

    /// Whether it has a JSON body, which could hold a credential.
    pub(crate) fn has_json_body(&self) -> bool {
        !self.method.is_safe() && self.encoding.is_json()
    }

    /// Whether it changes nothing.
    pub(crate) fn is_read_only(&self) -> bool {
        self.method.is_safe() || self.safe || self.graphql.as_ref().is_some_and(Operation::is_query)
    }

    /// Whether sending it again is harmless.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.method.is_idempotent() || self.is_read_only()
    }

    /// Fills in arguments that the schema has admitted.
    pub(crate) fn render(
        &self,
        base: &Url,
        arguments: &Map<String, Value>,
        givens: Givens<'_>,
    ) -> Result<Rendered, Failure> {
        let url = match &self.variables {
            None => self.url.expand(base, arguments)?,
            Some(program) => {
                let Value::Object(computed) = run(program, "variables", arguments, givens)? else {
                    return Err(Failure::new("the connector's `variables` program gives no object"));
                };
                let mut values = arguments.clone();
                values.extend(computed);
                self.url.expand(base, &values)?
            }
        };
        let value = self.body.as_ref().map(|program| run(program, "body", arguments, givens)).transpose()?;
        let body = match (&self.graphql, value) {
            (Some(operation), variables) => Some(Body::Json(operation.body(variables)?)),
            (None, Some(value)) => Some(Body::of(value, self.encoding)?),
            (None, None) => None,
        };
        Ok(Rendered {
            method: self.method,
            url,
            headers: self.headers.clone(),
            body,
            accept: self.accept.clone(),
            repeatable: self.is_repeatable(),
            anonymous: false,
            graphql: self.graphql.is_some(),
        })
    }
}

/// Notes what is wrong with where a request goes.
fn check_place(
    document: &RequestDocument,
    url: Option<&UrlTemplate>,
    hosts: &Hosts,
    report: &mut Report<'_>,
) {
    let host = url.and_then(UrlTemplate::host);
    if let Some(host) = host
        && !hosts.declares(host)
    {
        report.at("url").push(format!("the host {host} is not declared"), "add it to allowedHosts");
    }
    let Some(server) = &document.server else { return };
    if !hosts.servers().any(|known| known == server) {
        let known: Vec<&str> = hosts.servers().collect();
        let known = if known.is_empty() { "none are given".to_owned() } else { known.join(", ") };
        report
            .at("server")
            .push(format!("there is no server {server:?}"), format!("name one of `servers`: {known}"));
    }
    if host.is_some() {
        report.at("server").push("given, and the URL names its host", "keep one of them");
    }
}

/// Notes what is wrong with whether and how a request has a body.
fn check_body(document: &RequestDocument, report: &mut Report<'_>) {
    if document.method.is_safe() && document.body.is_some() {
        report.at("body").push("a GET or HEAD request has no body", "remove it, or change the method");
    }
    if document.safe && document.method != Method::Post {
        report
            .at("safe")
            .push("said of a request that is no POST", "remove it: other methods say by themselves");
    }
    if document.graphql.is_some() {
        if document.method != Method::Post {
            report.at("graphql").push("the method is not POST", "use POST");
        }
        if !document.encoding.is_json() {
            report.at("encoding").push("GraphQL is sent as JSON", "remove it");
        }
        if document.safe {
            report.at("safe").push("said of GraphQL, which shows by itself", "remove it");
        }
    } else if document.body.is_none() && !document.encoding.is_json() {
        report.at("encoding").push("given, and there is no body", "add `body`, or remove it");
    }
}

fn run(
    program: &Program,
    what: &str,
    arguments: &Map<String, Value>,
    givens: Givens<'_>,
) -> Result<Value, Failure> {
    program.run(&Value::Object(arguments.clone()), &[givens.settings, givens.now]).map_err(
        |error| match error {
            RunError::Said(words) => Failure::new(format!("The request cannot be made: {words}.")),
            error => Failure::new(format!("the connector's `{what}` program failed: {error}")),
        },
    )
}

/// Whether a name is a property of a schema, for [`Request::compile`].
pub(crate) fn property_of(schema: Option<&ObjectSchema>) -> impl Fn(&str) -> bool + '_ {
    move |name| schema.is_none_or(|schema| schema.names(name))
}

/// A lookup's request gives what others need, so it has to do without the base URL.
pub(crate) fn without_base(request: &Request) -> Result<(), Fault> {
    if request.uses_base() {
        return Err(Fault::new(
            "the request needs the base URL that it is to find",
            "name one of `servers`, or begin its URL with `https://`",
        ));
    }
    Ok(())
}
