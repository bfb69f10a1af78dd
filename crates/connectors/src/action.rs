//! What a tool or resource does: one request or a function, and the shape of what comes back.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::document::{FileDocument, FunctionDocument, RequestDocument};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::file::FileReply;
use crate::functions::{Function, Output, Requests, Said};
use crate::hosts::Hosts;
use crate::jq::Program;
use crate::problem::Report;
use crate::request::Request;
use crate::session::Session;
use crate::shape::VARIABLES;

/// A compiled action.
#[derive(Debug)]
pub(crate) struct Action {
    source: Source,
    finish: Finish,
}

/// What becomes of a reply.
#[derive(Debug)]
enum Finish {
    /// It stays as it came.
    AsItCame,
    /// A program shapes it.
    Program(Arc<Program>),
    /// It is a file.
    File(FileReply),
}

/// What a document says of an action.
pub(crate) struct ActionDocument<'a> {
    pub(crate) request: Option<&'a RequestDocument>,
    pub(crate) function: Option<&'a FunctionDocument>,
    pub(crate) response: Option<&'a String>,
    pub(crate) file: Option<&'a FileDocument>,
}

#[derive(Debug)]
enum Source {
    Request(Box<Request>),
    Function(&'static Function, BTreeMap<String, Request>, Map<String, Value>),
}

impl Action {
    /// Compiles an action, with what is wrong noted. `arguments` says which names are arguments.
    pub(crate) fn compile(
        document: &ActionDocument<'_>,
        arguments: &dyn Fn(&str) -> bool,
        hosts: &Hosts,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let finish = match (document.response, document.file) {
            (None, None) => Some(Finish::AsItCame),
            (Some(code), None) => {
                let program = report.at("response").keep(Program::compile(code, VARIABLES));
                program.map(|program| Finish::Program(Arc::new(program)))
            }
            (None, Some(file)) => {
                FileReply::compile(file, arguments, &mut report.at("file")).map(Finish::File)
            }
            (Some(_), Some(_)) => {
                report.at("file").push("given together with `response`", "keep one of them");
                None
            }
        };
        let source = match (document.request, document.function) {
            (Some(request), None) => Request::compile(request, arguments, hosts, &mut report.at("request"))
                .map(|request| if document.file.is_some() { request.for_a_file() } else { request })
                .map(|request| Source::Request(Box::new(request))),
            (None, Some(function)) => {
                if document.file.is_some() {
                    report
                        .at("file")
                        .push("given together with `function`", "remove it: the function gives the file");
                }
                compile_function(function, arguments, hosts, &mut report.at("function"))
            }
            (Some(_), Some(_)) => {
                report.push("both `request` and `function` are given", "keep one of them");
                None
            }
            (None, None) => {
                report.push("neither `request` nor `function` is given", "add one of them");
                None
            }
        };
        Some(Self { source: source?, finish: finish? })
    }

    /// The same action, whose reply is read under a URI that the reader knows: without a program it is passed on as it
    /// came, byte by byte. What is no JSON is asked for as a file is.
    pub(crate) fn of_a_resource(self, mime_type: Option<&String>) -> Self {
        match (self.source, self.finish) {
            (Source::Request(request), Finish::AsItCame) => {
                let is_json = mime_type.is_none_or(|kind| kind == "application/json");
                let request = if is_json { request } else { Box::new(request.for_a_file()) };
                let finish = Finish::File(FileReply::of_a_resource(mime_type));
                Self { source: Source::Request(request), finish }
            }
            (source, finish) => Self { source, finish },
        }
    }

    /// All requests that it may make.
    pub(crate) fn requests(&self) -> impl Iterator<Item = &Request> {
        self.named_requests().map(|(_, request)| request)
    }

    /// All requests that it may make, those of a function with their names.
    pub(crate) fn named_requests(&self) -> impl Iterator<Item = (Option<&str>, &Request)> {
        let (one, many) = match &self.source {
            Source::Request(request) => (Some((None, request.as_ref())), None),
            Source::Function(_, requests, _) => (None, Some(requests)),
        };
        let many = many.into_iter().flatten().map(|(name, request)| (Some(name.as_str()), request));
        one.into_iter().chain(many)
    }

    /// Whether nothing it sends changes anything.
    pub(crate) fn is_read_only(&self) -> bool {
        self.requests().all(Request::is_read_only)
    }

    /// Runs it with arguments that the schema has admitted.
    pub(crate) async fn run(
        &self,
        session: &Session<'_>,
        arguments: &Map<String, Value>,
        scopes: &[String],
    ) -> Result<Output, Failure> {
        let program = match &self.finish {
            Finish::Program(program) => Some(program),
            Finish::AsItCame | Finish::File(_) => None,
        };
        match &self.source {
            Source::Request(request) => {
                let reply = session.send(request, arguments, scopes).await?;
                if let Finish::File(file) = &self.finish {
                    return Ok(Output::File(String::new(), file.contents(&reply, arguments)?));
                }
                let size = reply.body.len();
                Ok(Output::Value(session.shape(reply, program, arguments).await?, size))
            }
            Source::Function(function, requests, options) => {
                let requests = Requests { session, requests, arguments, options, scopes };
                match (function.run)(&requests).await? {
                    Output::Value(value, size) => {
                        Ok(Output::Value(session.shape_output(value, size, program, arguments).await?, size))
                    }
                    file @ Output::File(..) => Ok(file),
                }
            }
        }
    }
}

fn compile_function(
    document: &FunctionDocument,
    arguments: &dyn Fn(&str) -> bool,
    hosts: &Hosts,
    report: &mut Report<'_>,
) -> Option<Source> {
    let function = Function::find(&document.name);
    if function.is_none() {
        let known: Vec<&str> = Function::names().collect();
        report
            .at("name")
            .push(format!("there is no function {:?}", document.name), format!("use {}", known.join(" or ")));
    }
    let adds = function.map_or(&[][..], |function| function.adds);
    let arguments = |name: &str| arguments(name) || adds.contains(&name);
    let mut requests = BTreeMap::new();
    for (name, request) in &document.requests {
        let mut report = report.at(format!("requests.{name}"));
        if let Some(request) = Request::compile(request, &arguments, hosts, &mut report) {
            requests.insert(name.clone(), request);
        }
    }
    let function = function?;
    let said = Said { options: &document.options, requests: &document.requests, is_argument: &arguments };
    report.at("options").keep((function.check)(&said));
    match function.requests {
        None if document.requests.is_empty() => {
            report.at("requests").push("missing", "name at least one request");
        }
        Some(needed) if !needed.iter().copied().eq(document.requests.keys()) => report
            .at("requests")
            .push(format!("the function makes the requests {}", needed.join(", ")), "give exactly these"),
        _ => {}
    }
    (requests.len() == document.requests.len())
        .then(|| Source::Function(function, requests, document.options.clone()))
}
