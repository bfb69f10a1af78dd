//! A connector and a call target together: what sends a request of the document and reads the reply.

use std::sync::Arc;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value};
use tokio::sync::OnceCell;
use url::Url;

use crate::connector::Connector;
use crate::egress::GuardedClient;
use crate::failure::Failure;
use crate::http::{Patience, Reply, Wire};
use crate::jq::Program;
use crate::refusal;
use crate::request::{Givens, Rendered, Request};
use crate::shape;
pub(crate) use crate::shape::parse;
use crate::target::CallTarget;

/// One call's way to the vendor.
pub(crate) struct Session<'a> {
    connector: &'a Connector,
    wire: Wire<'a>,
    target: &'a CallTarget,
    settings: Value,
    now: Value,
    /// The base URL in force, once a request has needed it.
    base: OnceCell<Url>,
}

impl<'a> Session<'a> {
    /// Prepares a call, unless a credential is missing.
    pub(crate) fn new(
        connector: &'a Connector,
        client: &'a GuardedClient,
        target: &'a CallTarget,
    ) -> Result<Self, Failure> {
        let wire = Wire {
            client,
            hosts: &connector.hosts,
            trusted: connector.hosts.trusted(target.base_url.as_ref()),
            headers: &connector.headers,
            credential: connector.authentication.credential(target.credential.as_ref())?,
            secret_headers: connector.secret_headers.values(&target.secret_headers)?,
            patience: Patience::new(),
        };
        let settings = Value::Object(target.settings.clone());
        let now = Value::from(Timestamp::now().as_second());
        Ok(Self { connector, wire, target, settings, now, base: OnceCell::new() })
    }

    /// On whose behalf the call is made.
    pub(crate) fn target(&self) -> &CallTarget {
        self.target
    }

    /// Whether the call has taken its time and begins no further page.
    pub(crate) fn is_over(&self) -> bool {
        self.wire.patience.is_over()
    }

    fn givens(&self) -> Givens<'_> {
        Givens { settings: &self.settings, now: &self.now }
    }

    /// Sends a request. A refusal of the vendor is a failure in its words.
    pub(crate) async fn send(
        &self,
        request: &Request,
        arguments: &Map<String, Value>,
        scopes: &[String],
    ) -> Result<Reply, Failure> {
        self.send_with_headers(request, arguments, &HeaderMap::new(), scopes).await
    }

    /// Sends a request with headers besides its own.
    pub(crate) async fn send_with_headers(
        &self,
        request: &Request,
        arguments: &Map<String, Value>,
        headers: &HeaderMap,
        scopes: &[String],
    ) -> Result<Reply, Failure> {
        if !request.uses_base() {
            return self.send_to(&self.elsewhere(request)?, request, arguments, headers, scopes).await;
        }
        let base = self.base.get_or_try_init(|| self.find_base()).await?;
        self.send_to(base, request, arguments, headers, scopes).await
    }

    /// Sends a request that goes to a server, or names its host.
    pub(crate) async fn send_without_base(
        &self,
        request: &Request,
        arguments: &Map<String, Value>,
    ) -> Result<Reply, Failure> {
        self.send_to(&self.elsewhere(request)?, request, arguments, &HeaderMap::new(), &[]).await
    }

    async fn send_to(
        &self,
        base: &Url,
        request: &Request,
        arguments: &Map<String, Value>,
        headers: &HeaderMap,
        scopes: &[String],
    ) -> Result<Reply, Failure> {
        let mut rendered = request.render(base, arguments, self.givens())?;
        rendered.headers.extend(headers.clone());
        let graphql = rendered.graphql;
        let reply = self.exchange(rendered, scopes).await?;
        if request.is_for_a_file() {
            return Ok(reply);
        }
        self.check(reply, graphql, scopes).await
    }

    /// The base URL of a request that does not use the document's.
    fn elsewhere(&self, request: &Request) -> Result<Url, Failure> {
        self.connector.place(request, self.target.base_url.as_ref())
    }

    async fn find_base(&self) -> Result<Url, Failure> {
        match (&self.target.base_url, &self.connector.lookup) {
            (Some(installation), _) => Ok(installation.clone()),
            (None, Some(lookup)) => lookup.find(&self.connector.base, self).await,
            (None, None) => self.connector.base.with(&Map::new()),
        }
    }

    /// Gets a URL that a reply named, without the credential: whoever wrote the reply may not spend it.
    pub(crate) async fn fetch(&self, url: Url, scopes: &[String]) -> Result<Reply, Failure> {
        self.exchange(Rendered::get(url), scopes).await
    }

    async fn exchange(&self, rendered: Rendered, scopes: &[String]) -> Result<Reply, Failure> {
        let reply = self.wire.exchange(rendered).await?;
        if (200..300).contains(&reply.status) {
            return Ok(reply);
        }
        Err(refusal::explain(&self.context(scopes), &reply))
    }

    /// A reply of success, unless it reports a failure.
    async fn check(&self, mut reply: Reply, graphql: bool, scopes: &[String]) -> Result<Reply, Failure> {
        let program = self.connector.failure.as_ref();
        if !graphql && program.is_none() {
            return Ok(reply);
        }
        let program = program.map(Arc::clone);
        let error_message = self.connector.error_message.clone();
        let body = reply.body.clone();
        let (json, words) = shape::anywhere(reply.body.len(), move || {
            // What is no JSON reports nothing.
            let Ok(json) = serde_json::from_slice::<Value>(&body) else { return Ok((None, None)) };
            let words = refusal::reported(&json, graphql, program.as_deref(), error_message.as_deref())?;
            Ok((Some(json), words))
        })
        .await?;
        reply.json = json;
        match words {
            Some(words) => Err(refusal::explain_reported(&self.context(scopes), &reply, &words)),
            None => Ok(reply),
        }
    }

    fn context<'s>(&'s self, scopes: &'s [String]) -> refusal::Context<'s> {
        refusal::Context {
            title: &self.connector.title,
            authentication: &self.connector.authentication,
            error_message: self.connector.error_message.as_deref(),
            has_credential: self.wire.credential.is_some(),
            secrets: self.target.secrets(),
            scopes,
        }
    }

    /// Shapes a reply; without a program it stays as it came.
    pub(crate) async fn shape(
        &self,
        reply: Reply,
        program: Option<&Arc<Program>>,
        arguments: &Map<String, Value>,
    ) -> Result<Value, Failure> {
        shape::reply(reply, program, arguments, self.givens()).await
    }

    /// Shapes what a function returned.
    pub(crate) async fn shape_output(
        &self,
        value: Value,
        size: usize,
        program: Option<&Arc<Program>>,
        arguments: &Map<String, Value>,
    ) -> Result<Value, Failure> {
        shape::value(value, size, program, arguments, self.givens()).await
    }

    /// A failure of this call without its secrets, for a function that does not fail with it.
    pub(crate) fn redacted(&self, failure: Failure) -> Failure {
        self.target.redact(failure)
    }
}
