//! Base URLs that are looked up: asked for once per secrets and settings, then kept for a while.

use std::sync::Arc;
use std::time::Duration;

use domain::document::LookupDocument;
use moka::future::Cache;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use crate::base::Base;
use crate::failure::Failure;
use crate::hosts::Hosts;
use crate::jq::Program;
use crate::problem::Report;
use crate::request::{Request, without_base};
use crate::session::Session;
use crate::shape::VARIABLES;
use crate::target::CallTarget;

/// How long what was found counts.
const KEPT: Duration = Duration::from_secs(600);
/// The most base URLs that are kept: each is a few hundred bytes.
const MOST: u64 = 10_000;

/// How to find a base URL, and those that were found.
#[derive(Debug)]
pub(crate) struct Lookup {
    request: Request,
    response: Arc<Program>,
    found: Cache<[u8; 32], Url>,
}

impl Lookup {
    /// Compiles `baseVariables`, with what is wrong noted.
    pub(crate) fn compile(document: &LookupDocument, hosts: &Hosts, report: &mut Report<'_>) -> Option<Self> {
        let request = Request::compile(&document.request, &|_| false, hosts, &mut report.at("request"));
        if let Some(request) = &request {
            report.at("request").keep(without_base(request));
            if !request.is_read_only() {
                report.at("request").push("looking up would change something", "use GET");
            }
        }
        let response = report.at("response").keep(Program::compile(&document.response, VARIABLES));
        let found = Cache::builder().max_capacity(MOST).time_to_live(KEPT).build();
        Some(Self { request: request?, response: Arc::new(response?), found })
    }

    /// The request that it sends.
    pub(crate) fn request(&self) -> &Request {
        &self.request
    }

    /// The base URL for a call. Calls that need the same one at the same time ask once; a failure is not kept.
    pub(crate) async fn find(&self, base: &Base, session: &Session<'_>) -> Result<Url, Failure> {
        let key = key(session.target());
        let found = self.found.try_get_with(key, self.ask(base, session)).await;
        found.map_err(|failure| Failure::clone(&failure))
    }

    async fn ask(&self, base: &Base, session: &Session<'_>) -> Result<Url, Failure> {
        let none = Map::new();
        let reply = session.send_without_base(&self.request, &none).await?;
        match session.shape(reply, Some(&self.response), &none).await? {
            Value::Object(values) => {
                if let Some(name) = base.variables().iter().find(|name| !is_given(&values, name)) {
                    return Err(Failure::new(format!(
                        "The connector's baseVariables give no `{name}`, which its base URL needs."
                    )));
                }
                base.with(&values)
            }
            Value::String(reason) => Err(Failure::new(reason)),
            _ => Err(Failure::new("The connector's baseVariables give neither an object nor a text.")),
        }
    }
}

fn is_given(values: &Map<String, Value>, name: &str) -> bool {
    matches!(values.get(name), Some(Value::String(_) | Value::Number(_)))
}

/// Stands for the secrets and the settings of a call. Of a secret every byte counts: tokens of different users share
/// prefixes.
fn key(target: &CallTarget) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    };
    add(target.credential.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default());
    for (name, secret) in &target.secret_headers {
        add(name);
        add(secret.expose_secret());
    }
    add(&json!(target.settings).to_string());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(credential: &str, second: &str, site: &str) -> [u8; 32] {
        let credential = Some(credential.into()).filter(|_| !credential.is_empty());
        let mut target = CallTarget { credential, ..CallTarget::default() };
        if !second.is_empty() {
            target.secret_headers.insert("X-Second-Key".to_owned(), second.into());
        }
        target.settings.insert("site".to_owned(), json!(site));
        key(&target)
    }

    #[test]
    fn every_byte_of_every_secret_and_every_setting_counts() {
        let long = "a".repeat(4_000);
        let one = of(&format!("{long}1"), "", "x");
        assert_eq!(one, of(&format!("{long}1"), "", "x"));
        assert_ne!(one, of(&format!("{long}2"), "", "x"));
        assert_ne!(one, of(&format!("{long}1"), "", "y"));
        assert_ne!(of("", "k1", "x"), of("", "k2", "x"), "without a credential the second key tells apart");
        assert_ne!(of("a", "b", "x"), of("ab", "", "x"), "where one ends counts");
    }
}
