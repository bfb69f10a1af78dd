//! What a document cannot say: named functions, called from documents.
//!
//! A function never touches the network by itself. It gets the named requests of the document and may send these.

mod gather;
mod github_contents;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::http::Reply;
use crate::request::Request;
use crate::result::ResourceContents;
use crate::session::Session;

/// A function, by the name that documents use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    /// `gather`: all requests at once, their replies in one object.
    Gather,
    /// `github_contents`: a file or directory of a repository.
    GithubContents,
}

/// What a function gives.
pub(crate) enum Output {
    /// A value for the `response` program, and about how many bytes it took.
    Value(Value, usize),
    /// A file: a text of introduction, and the contents.
    File(String, ResourceContents),
}

impl Function {
    /// All functions.
    pub(crate) const ALL: [Self; 2] = [Self::Gather, Self::GithubContents];

    /// The name in documents.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gather => "gather",
            Self::GithubContents => "github_contents",
        }
    }

    /// The names of the requests it makes; `None` where it takes any.
    pub(crate) fn requests(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Gather => None,
            Self::GithubContents => Some(github_contents::REQUESTS),
        }
    }

    /// Runs it.
    pub(crate) async fn run(self, requests: &Requests<'_>) -> Result<Output, Failure> {
        match self {
            Self::Gather => gather::run(requests).await,
            Self::GithubContents => github_contents::run(requests).await,
        }
    }
}

/// All that a function can do: send the document's requests with the call's arguments.
pub(crate) struct Requests<'a> {
    pub(crate) session: &'a Session<'a>,
    pub(crate) requests: &'a BTreeMap<String, Request>,
    pub(crate) arguments: &'a Map<String, Value>,
    pub(crate) scopes: &'a [String],
}

impl Requests<'_> {
    /// Sends a request by its name.
    pub(crate) async fn send(&self, name: &str) -> Result<Reply, Failure> {
        let request = self.requests.get(name);
        let request =
            request.ok_or_else(|| Failure::new(format!("the connector has no request named {name}")))?;
        self.session.send(request, self.arguments, self.scopes).await
    }

    /// An argument that is a text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.arguments.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}
