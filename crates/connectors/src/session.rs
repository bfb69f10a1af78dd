//! A connector and a call target together: what sends a request of the document and reads the reply.

use std::sync::Arc;

use domain::document::Method;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value, json};
use url::Url;

use crate::connector::Connector;
use crate::egress::GuardedClient;
use crate::failure::Failure;
use crate::http::{Links, Reply, Wire};
use crate::jq::Program;
use crate::refusal;
use crate::request::{Rendered, Request};
use crate::target::CallTarget;

/// Variables of the programs that shape a reply; their input is the reply's JSON.
pub(crate) const VARIABLES: &[&str] = &["$args", "$settings", "$status", "$headers", "$links", "$next_page"];

/// Replies above this size, in bytes, are shaped on a blocking thread.
const INLINE: usize = 128 * 1024;

/// One call's way to the vendor.
pub(crate) struct Session<'a> {
    connector: &'a Connector,
    wire: Wire<'a>,
    target: &'a CallTarget,
    settings: Value,
}

/// What the reply was besides its body, for the programs that shape it.
#[derive(Debug, Default)]
pub(crate) struct Envelope {
    status: Value,
    headers: Value,
    links: Value,
    next_page: Value,
}

impl<'a> Session<'a> {
    /// Prepares a call, unless a credential is missing.
    pub(crate) fn new(
        connector: &'a Connector,
        client: &'a GuardedClient,
        target: &'a CallTarget,
    ) -> Result<Self, Failure> {
        let base: &Url = target.base_url.as_ref().unwrap_or(&connector.base);
        let credential = connector.authentication.header(target.credential.as_ref())?;
        let wire = Wire { client, hosts: &connector.hosts, base, headers: &connector.headers, credential };
        Ok(Self { connector, wire, target, settings: Value::Object(target.settings.clone()) })
    }

    /// Sends a request. A refusal of the vendor is a failure in its words.
    pub(crate) async fn send(
        &self,
        request: &Request,
        arguments: &Map<String, Value>,
        scopes: &[String],
    ) -> Result<Reply, Failure> {
        let rendered = request.render(self.wire.base, arguments, &self.settings)?;
        self.exchange(rendered, scopes).await
    }

    /// Gets a URL, without the credential unless it is of the base URL's origin.
    pub(crate) async fn fetch(&self, url: Url, scopes: &[String]) -> Result<Reply, Failure> {
        self.exchange(Rendered { method: Method::Get, url, headers: HeaderMap::new(), body: None }, scopes)
            .await
    }

    async fn exchange(&self, rendered: Rendered, scopes: &[String]) -> Result<Reply, Failure> {
        let reply = self.wire.exchange(rendered).await?;
        if (200..300).contains(&reply.status) {
            return Ok(reply);
        }
        let context = refusal::Context {
            title: &self.connector.title,
            authentication: &self.connector.authentication,
            error_message: self.connector.error_message.as_deref(),
            credential: self.target.credential.as_ref().filter(|_| self.wire.credential.is_some()),
            scopes,
        };
        Err(refusal::explain(&context, &reply))
    }

    /// Shapes a reply; without a program it stays as it came.
    pub(crate) async fn shape(
        &self,
        reply: Reply,
        program: Option<&Arc<Program>>,
        arguments: &Map<String, Value>,
    ) -> Result<Value, Failure> {
        // Only a program looks at it.
        let envelope = program.map(|_| Envelope::of(&reply)).unwrap_or_default();
        if reply.body.len() <= INLINE {
            let body = parse(&reply)?;
            return self.shape_value(body, program, envelope, arguments).await;
        }
        // Parsing a large reply takes as long as shaping it.
        let body = on_blocking_thread(move || parse(&reply)).await?;
        self.shape_large(body, program, envelope, arguments).await
    }

    /// Shapes what a function returned.
    pub(crate) async fn shape_output(
        &self,
        value: Value,
        size: usize,
        program: Option<&Arc<Program>>,
        arguments: &Map<String, Value>,
    ) -> Result<Value, Failure> {
        if size <= INLINE {
            self.shape_value(value, program, Envelope::default(), arguments).await
        } else {
            self.shape_large(value, program, Envelope::default(), arguments).await
        }
    }

    async fn shape_value(
        &self,
        value: Value,
        program: Option<&Arc<Program>>,
        envelope: Envelope,
        arguments: &Map<String, Value>,
    ) -> Result<Value, Failure> {
        let Some(program) = program else { return Ok(value) };
        run(program, &value, &json!(arguments), &self.settings, &envelope)
    }

    async fn shape_large(
        &self,
        value: Value,
        program: Option<&Arc<Program>>,
        envelope: Envelope,
        arguments: &Map<String, Value>,
    ) -> Result<Value, Failure> {
        let Some(program) = program.map(Arc::clone) else { return Ok(value) };
        let (arguments, settings) = (json!(arguments), self.settings.clone());
        on_blocking_thread(move || run(&program, &value, &arguments, &settings, &envelope)).await
    }

    /// A failure without the credential, should the vendor have repeated it.
    pub(crate) fn redact(target: &CallTarget, failure: Failure) -> Failure {
        use secrecy::ExposeSecret as _;
        match &target.credential {
            Some(credential) => failure.without(credential.expose_secret().trim()),
            None => failure,
        }
    }
}

impl Envelope {
    fn of(reply: &Reply) -> Self {
        let links = Links::of(&reply.headers);
        Self {
            status: Value::from(reply.status),
            headers: headers(&reply.headers),
            next_page: links.next_page(),
            links: links.to_json(),
        }
    }
}

fn headers(headers: &HeaderMap) -> Value {
    let pairs = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), json!(value.to_str().ok()?))));
    Value::Object(pairs.collect())
}

fn run(
    program: &Program,
    value: &Value,
    arguments: &Value,
    settings: &Value,
    envelope: &Envelope,
) -> Result<Value, Failure> {
    let Envelope { status, headers, links, next_page } = envelope;
    program.run(value, &[arguments, settings, status, headers, links, next_page]).map_err(|error| {
        Failure::new(format!("The reply does not have the form that the connector expects: {error}."))
    })
}

/// A reply's body as JSON; a text that is not JSON as a text; nothing as null.
pub(crate) fn parse(reply: &Reply) -> Result<Value, Failure> {
    if reply.body.is_empty() {
        return Ok(Value::Null);
    }
    if let Ok(value) = serde_json::from_slice(&reply.body) {
        return Ok(value);
    }
    let text = std::str::from_utf8(&reply.body);
    text.map(|text| Value::String(text.to_owned()))
        .map_err(|_| Failure::new("The vendor answered with neither JSON nor text."))
}

async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(Failure::new("The reply could not be processed.")))
}
