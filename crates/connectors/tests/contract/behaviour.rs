//! What tools do when a vendor does not do what was asked, and when there is more than one page.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connectors::egress::Timeouts;
use connectors::{CallTarget, Content, ToolListing, ToolResult};
use domain::document::ToolDocument;
use futures::future::join_all;
use serde_json::json;

use crate::bench::Bench;
use crate::check::Seen;
use crate::fault::{Fault, REASON};
use crate::reply::Replies;
use crate::survey::{Kind, Survey};

/// How often a request that is harmless to repeat is sent, as docs/connectors.md says.
const ATTEMPTS: usize = 4;

/// How long a client waits for a vendor that stays silent.
const PATIENCE: Duration = Duration::from_millis(400);

impl Bench<'_> {
    /// Every kind of refusal is an error in the vendor's words, and what changes something is sent once.
    pub(crate) async fn refusals(&self, tool: &ToolListing, survey: &mut Survey) {
        let required = self.arguments_of(tool).required();
        self.vendor.answer_with(Replies::Full);
        let (_, normal) = self.call(tool, &required).await;
        if normal.sent.is_empty() {
            return;
        }
        let mut faults: Vec<(Fault, &str)> =
            [401, 403, 404, 422, 500].map(|status| (Fault::Status(status), REASON)).to_vec();
        faults.push((Fault::Limited(0), REASON));
        faults.push((Fault::Limited(3600), "3600 s"));
        faults.push((Fault::Huge, "larger than"));
        // A file is whatever it is.
        if normal.json && self.tool_document(tool).file.is_none() {
            faults.push((Fault::Invalid, ""));
        }
        if self.document.failure.is_some() || is_graphql(self.tool_document(tool)) {
            faults.push((Fault::Reported, REASON));
            if self.document.failure.is_some() && self.fixture.reported.is_none() {
                let text = format!("arguments/{}.json has no `reported`", self.document.service);
                survey.findings.insert(self.finding(Kind::Behaviour, "", "", text));
                return;
            }
        }
        for (fault, words) in faults {
            self.vendor.answer_with(Replies::Fault(fault));
            let (result, record) = self.call(tool, &required).await;
            let sent: Vec<&Seen> = record.sent.iter().collect();
            let mut wrong = verdict(fault, words, &result);
            wrong.extend(repeats(tool, fault, &sent));
            for text in wrong {
                survey.findings.insert(self.finding(Kind::Behaviour, &tool.name, "", text));
            }
        }
    }

    /// A vendor that does not answer: all tools at once, as each waits. Who sent what is seen by the credential.
    pub(crate) async fn silence(&self, survey: &mut Survey) {
        let timeouts = Timeouts { total: Some(PATIENCE), ..Timeouts::default() };
        let client = self.vendor.client_with(timeouts);
        self.vendor.answer_with(Replies::Fault(Fault::Silent));
        let calls = self.connector.tools().iter().enumerate().map(|(number, tool)| {
            let (credential, marks) = self.credential(number);
            let target = CallTarget { credential: Some(credential.into()), ..self.target.clone() };
            let required = self.arguments_of(tool).required();
            let client = &client;
            async move {
                let result = self.connector.call(client, &target, &tool.name, &required).await.unwrap();
                (tool, marks, result)
            }
        });
        let results = join_all(calls).await;
        let record = self.vendor.take();
        for (tool, marks, result) in results {
            let own = record.sent.iter().filter(|seen| marks.iter().any(|mark| carries(seen, mark)));
            let own: Vec<&Seen> = own.collect();
            let local = own.is_empty() && !result.is_error;
            let mut wrong = if local { Vec::new() } else { verdict(Fault::Silent, "in time", &result) };
            wrong.extend(repeats(tool, Fault::Silent, &own));
            for text in wrong {
                survey.findings.insert(self.finding(Kind::Behaviour, &tool.name, "", text));
            }
        }
    }

    /// A credential of its own for a tool, and how it looks on the wire.
    fn credential(&self, number: usize) -> (String, Vec<String>) {
        let credential = format!("ada:credential-number-{number}-");
        let marks = vec![credential.clone(), STANDARD.encode(&credential)];
        (credential, marks)
    }

    /// With `max_pages`, pages are fetched by the argument that leads on, and their items are put together.
    pub(crate) async fn pages(&self, tool: &ToolListing, survey: &mut Survey) {
        let Some(paging) = &self.tool_document(tool).paging else { return };
        let arguments = self.arguments_of(tool);
        let mut required = arguments.required();
        required.extend(self.fixture.pages.get(arguments.short).cloned().unwrap_or_default());
        self.vendor.answer_with(Replies::Full);
        let (one, first) = self.call(tool, &required).await;
        required.insert("max_pages".to_owned(), json!(2));
        let (two, both) = self.call(tool, &required).await;
        let count = |result: &ToolResult| {
            let content = result.structured_content.as_ref();
            content.and_then(|value| value[paging.items.as_str()].as_array()).map_or(0, Vec::len)
        };
        let mut wrong = Vec::new();
        if both.sent.len() != 2 * first.sent.len() {
            wrong.push(format!(
                "{} requests for two pages, where one takes {}",
                both.sent.len(),
                first.sent.len()
            ));
        } else if first.sent.len() == 1 && both.sent[0].wire() == both.sent[1].wire() {
            wrong.push("the second page is asked for as the first is".to_owned());
        }
        if count(&one) == 0 || count(&two) != 2 * count(&one) {
            wrong.push(format!("{} items on two pages, where one has {}", count(&two), count(&one)));
        }
        for text in wrong {
            survey.findings.insert(self.finding(Kind::Behaviour, &tool.name, "", text));
        }
    }

    fn tool_document(&self, tool: &ToolListing) -> &ToolDocument {
        let named =
            |document: &&ToolDocument| format!("{}_{}", self.document.service, document.name) == tool.name;
        self.document.tools.iter().find(named).unwrap()
    }
}

fn is_graphql(tool: &ToolDocument) -> bool {
    tool.request.as_ref().is_some_and(|request| request.graphql.is_some())
}

/// What is wrong with the result of a call that a vendor refused.
fn verdict(fault: Fault, words: &str, result: &ToolResult) -> Vec<String> {
    let said = match result.content.as_slice() {
        [Content::Text { text }] => text.as_str(),
        _ => "",
    };
    if !result.is_error {
        return vec![format!("with {fault:?} the call succeeds: {said}")];
    }
    let mut wrong = Vec::new();
    if !said.contains(words) {
        wrong.push(format!("with {fault:?} the message lacks {words:?}: {said}"));
    }
    let status = match fault {
        Fault::Status(status) => Some(status),
        Fault::Limited(_) => Some(429),
        _ => None,
    };
    if result.vendor_status != status {
        wrong.push(format!("with {fault:?} the vendor's status is {:?}", result.vendor_status));
    }
    wrong
}

/// What is wrong with how often requests were sent.
fn repeats(tool: &ToolListing, fault: Fault, sent: &[&Seen]) -> Vec<String> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for seen in sent {
        *times.entry(seen.wire()).or_default() += 1;
    }
    let harmless = |wire: &str| {
        tool.annotations.read_only_hint || !(wire.starts_with("POST") || wire.starts_with("PATCH"))
    };
    let temporary = matches!(fault, Fault::Limited(0) | Fault::Silent);
    let too_often =
        times.iter().filter(|(wire, times)| **times > if temporary && harmless(wire) { ATTEMPTS } else { 1 });
    let mut wrong: Vec<String> =
        too_often.map(|(wire, times)| format!("with {fault:?} sent {times} times: {wire}")).collect();
    if fault == Fault::Limited(0)
        && tool.annotations.read_only_hint
        && !times.values().any(|times| *times == ATTEMPTS)
    {
        wrong.push(format!("with {fault:?} a read is not repeated {ATTEMPTS} times: {times:?}"));
    }
    wrong
}

/// Whether a request carries a credential, in whatever way.
fn carries(seen: &Seen, mark: &str) -> bool {
    seen.headers.values().any(|value| String::from_utf8_lossy(value.as_bytes()).contains(mark))
        || String::from_utf8_lossy(&seen.body).contains(mark)
}
