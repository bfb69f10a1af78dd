//! What a document cannot say: named functions, called from documents.
//!
//! A function never touches the network by itself. It gets the named requests of the document and may send these.

mod copilot_report;
mod days;
mod gather;
mod gather_pages;
mod gather_then;
mod github_contents;
mod gmail_attachment;
mod log_tail;
mod look_up;
mod office_upload;
mod options;
mod presentation_slides;
mod with_details;
mod workbook_session;

use std::collections::BTreeMap;
use std::fmt;

use futures::future::BoxFuture;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value};
use url::Url;

pub(crate) use self::options::Said;
use crate::failure::Failure;
use crate::http::Reply;
use crate::problem::Fault;
use crate::request::Request;
use crate::result::ResourceContents;
use crate::session::Session;

/// The functions, in alphabetical order.
#[rustfmt::skip]
const ALL: &[Function] = &[
    copilot_report::FUNCTION,
    gather::FUNCTION,
    gather_pages::FUNCTION,
    gather_then::FUNCTION,
    github_contents::FUNCTION,
    gmail_attachment::FUNCTION,
    log_tail::FUNCTION,
    look_up::FUNCTION,
    office_upload::FUNCTION,
    presentation_slides::FUNCTION,
    with_details::FUNCTION,
    workbook_session::FUNCTION,
];

/// A function. Each module defines one as `FUNCTION`.
pub(crate) struct Function {
    /// The name that documents use.
    pub(crate) name: &'static str,
    /// The names of the requests that it makes, in alphabetical order; `None` where it takes any.
    pub(crate) requests: Option<&'static [&'static str]>,
    /// What it adds to the arguments for its requests, besides those that the tool has.
    pub(crate) adds: &'static [&'static str],
    /// Checks what a document says to it besides its requests.
    pub(crate) check: fn(&Said<'_>) -> Result<(), Fault>,
    /// Runs it.
    pub(crate) run: for<'a> fn(&'a Requests<'a>) -> BoxFuture<'a, Result<Output, Failure>>,
}

/// What a function gives.
pub(crate) enum Output {
    /// A value for the `response` program, and about how many bytes it took.
    Value(Value, usize),
    /// A file: a text of introduction, and the contents.
    File(String, ResourceContents),
}

impl Function {
    /// The function of this name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|function| function.name == name)
    }

    /// All names.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|function| function.name)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// All that a function can do: send the document's requests with the call's arguments.
pub(crate) struct Requests<'a> {
    pub(crate) session: &'a Session<'a>,
    pub(crate) requests: &'a BTreeMap<String, Request>,
    pub(crate) arguments: &'a Map<String, Value>,
    /// What the document says to the function besides its requests.
    pub(crate) options: &'a Map<String, Value>,
    pub(crate) scopes: &'a [String],
}

impl Requests<'_> {
    /// Sends a request by its name.
    pub(crate) async fn send(&self, name: &str) -> Result<Reply, Failure> {
        self.session.send(self.request(name)?, self.arguments, self.scopes).await
    }

    /// Sends a request by its name, with values added to the arguments or put in their place.
    pub(crate) async fn send_with(&self, name: &str, values: &Map<String, Value>) -> Result<Reply, Failure> {
        let mut arguments = self.arguments.clone();
        arguments.extend(values.clone());
        self.session.send(self.request(name)?, &arguments, self.scopes).await
    }

    /// Sends a request by its name, with headers that a reply named.
    pub(crate) async fn send_with_headers(&self, name: &str, headers: &HeaderMap) -> Result<Reply, Failure> {
        let request = self.request(name)?;
        self.session.send_with_headers(request, self.arguments, headers, self.scopes).await
    }

    /// Gets a URL that a reply named, without the credential. Its host has to be declared.
    pub(crate) async fn fetch(&self, url: Url) -> Result<Reply, Failure> {
        self.session.fetch(url, self.scopes).await
    }

    /// An argument that is a text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.arguments.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn request(&self, name: &str) -> Result<&Request, Failure> {
        let request = self.requests.get(name);
        request.ok_or_else(|| Failure::new(format!("the connector has no request named {name}")))
    }
}
