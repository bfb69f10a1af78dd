//! A connector in front of the servers of its vendor.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use connectors::egress::GuardedClient;
use connectors::{CallTarget, Connector, ToolListing, ToolResult};
use domain::document::ConnectorDocument;
use serde_json::{Map, Value};

use crate::arguments::Arguments;
use crate::fixture::Fixture;
use crate::survey::{Finding, Kind};
use crate::vendor::{Oracles, Record, Vendor};
use crate::{credential, document};

/// A connector in front of its servers.
pub(crate) struct Bench<'a> {
    pub(crate) document: &'a ConnectorDocument,
    pub(crate) connector: Connector,
    pub(crate) vendor: Vendor,
    pub(crate) client: GuardedClient,
    pub(crate) target: CallTarget,
    pub(crate) fixture: &'a Fixture,
    /// The doubts that were needed.
    pub(crate) doubts: RefCell<BTreeSet<usize>>,
    /// The entries of the fixture's `local`, `nulls` and `scopes` that were needed.
    pub(crate) excused: RefCell<BTreeSet<String>>,
    /// Whether there are oracles of our own, without which replies are empty.
    pub(crate) has_own: bool,
}

impl<'a> Bench<'a> {
    /// Compiles a document and starts its vendor.
    ///
    /// # Errors
    /// All problems of the document.
    pub(crate) async fn new(
        document: &'a ConnectorDocument,
        fixture: &'a Fixture,
        oracles: Oracles,
    ) -> Result<Self, String> {
        let has_own = !oracles.own.is_empty();
        let vendor = Vendor::start(document, Arc::new(oracles), fixture.clone()).await;
        let connector = document::compile_for(document, vendor.url(), vendor.elsewhere())?;
        let target = target(&connector, document, fixture);
        let client = vendor.client();
        let (doubts, excused) = (RefCell::default(), RefCell::default());
        Ok(Self { document, connector, vendor, client, target, fixture, doubts, excused, has_own })
    }

    /// Calls a tool, and says what it sent.
    pub(crate) async fn call(
        &self,
        tool: &ToolListing,
        arguments: &Map<String, Value>,
    ) -> (ToolResult, Record) {
        let result = self.connector.call(&self.client, &self.target, &tool.name, arguments).await.unwrap();
        (result, self.vendor.take())
    }

    pub(crate) fn finding(&self, kind: Kind, tool: &str, oracle: &str, text: String) -> Finding {
        Finding {
            kind,
            service: self.document.service.clone(),
            tool: tool.to_owned(),
            oracle: oracle.to_owned(),
            text,
        }
    }

    pub(crate) fn arguments_of<'t>(&'t self, tool: &'t ToolListing) -> Arguments<'t> {
        Arguments::new(self.document, tool, self.fixture)
    }

    /// Whether the fixture excuses something in one of its lists, under any of these keys.
    pub(crate) fn is_excused(&self, list: &BTreeMap<String, String>, keys: &[String]) -> bool {
        let known: Vec<&String> = keys.iter().filter(|key| list.contains_key(*key)).collect();
        self.excused.borrow_mut().extend(known.iter().map(|key| (*key).clone()));
        !known.is_empty()
    }

    /// Whether the fixture says that an oracle is wrong here.
    pub(crate) fn is_doubted(&self, tool: &str, oracle: &str, text: &str) -> bool {
        let known = self.fixture.doubts.iter().enumerate().filter(|(_, doubt)| {
            doubt.oracle == oracle
                && text.contains(&doubt.says)
                && doubt
                    .tool
                    .as_deref()
                    .is_none_or(|name| format!("{}_{name}", self.document.service) == tool)
        });
        let known: Vec<usize> = known.map(|(at, _)| at).collect();
        self.doubts.borrow_mut().extend(&known);
        !known.is_empty()
    }
}

fn target(connector: &Connector, document: &ConnectorDocument, fixture: &Fixture) -> CallTarget {
    let settings = if document.config.is_some() {
        connector.check_settings(&fixture.settings).unwrap()
    } else {
        Map::new()
    };
    let credential = credential::of(document.auth.scheme);
    CallTarget { credential: Some(credential.into()), settings, ..CallTarget::default() }
}
