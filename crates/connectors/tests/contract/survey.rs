//! Calls every tool of a connector against its vendor's description and notes what is wrong. One survey is made per
//! process; tests look at what it found.

use std::collections::{BTreeMap, BTreeSet};

use connectors::ToolListing;
use domain::document::{AuthScheme, ConnectorDocument};
use serde_json::Value;

use crate::bench::Bench;
use crate::check::Seen;
use crate::document;
use crate::fixture::Fixture;
use crate::reply::Replies;
use crate::results;
use crate::vendor::{Oracles, Record};

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The vendor would not understand a request.
    Request,
    /// A call that should succeed does not.
    Call,
    /// An argument reaches nobody.
    Argument,
    /// A result is not what its schema promises.
    Result,
    /// A program reads a path that does not exist, or a result has a key that its schema has not.
    Path,
    /// The scopes do not suffice.
    Scope,
    /// Something else than is right happens when the vendor refuses, or on the second page.
    Behaviour,
    /// An operation, a doubt or another entry that nothing needs.
    Unused,
    /// A tool that no oracle describes, for no reason.
    Undescribed,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) kind: Kind,
    pub(crate) service: String,
    pub(crate) tool: String,
    /// Who says so: an oracle's name, `reference`, or nobody in particular.
    pub(crate) oracle: String,
    pub(crate) text: String,
}

/// What was found about one connector.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    pub(crate) findings: BTreeSet<Finding>,
    pub(crate) tools: usize,
    /// Tools of which an oracle of ours describes all requests, and their replies.
    pub(crate) described: BTreeSet<String>,
    /// The other tools, each with the reason.
    pub(crate) undescribed: BTreeMap<String, String>,
}

/// Surveys a connector. A document or a fixture that cannot be read, or does not compile, is a finding.
pub(crate) async fn survey(service: &str, oracles: Oracles) -> Survey {
    let read = document::read(service).and_then(|document| Ok((document, Fixture::load(service)?)));
    let surveyed = match read {
        Ok((document, fixture)) => survey_document(&document, &fixture, oracles, true).await,
        Err(problem) => Err(problem),
    };
    surveyed.unwrap_or_else(|text| {
        let (service, tool) = (service.to_owned(), String::new());
        let finding = Finding { kind: Kind::Call, service, tool, oracle: String::new(), text };
        Survey { findings: BTreeSet::from([finding]), ..Survey::default() }
    })
}

/// Surveys a document, if it compiles; `silence`: also with a vendor that never answers, which takes seconds.
pub(crate) async fn survey_document(
    document: &ConnectorDocument,
    fixture: &Fixture,
    oracles: Oracles,
    silence: bool,
) -> Result<Survey, String> {
    let has_reference = !oracles.reference.is_empty();
    let bench = Bench::new(document, fixture, oracles).await?;
    let mut survey = Survey { tools: bench.connector.tools().len(), ..Survey::default() };
    for tool in bench.connector.tools() {
        bench.requests(tool, &mut survey).await;
        bench.arguments(tool, &mut survey).await;
        if bench.has_own {
            bench.results(tool, &mut survey).await;
            bench.pages(tool, &mut survey).await;
            bench.refusals(tool, &mut survey).await;
        }
    }
    bench.resources(&mut survey).await;
    if bench.has_own && silence {
        bench.silence(&mut survey).await;
    }
    bench.header_scopes(&mut survey);
    bench.undescribed(&mut survey);
    bench.unused(has_reference, &mut survey);
    Ok(survey)
}

/// The scope that brings refresh tokens, which no operation needs.
const REFRESH: &str = "offline_access";

impl Bench<'_> {
    /// Notes what is wrong with requests, and with the scopes that the tool asks for.
    fn note(&self, tool: &ToolListing, record: &Record, survey: &mut Survey) {
        for (oracle, text) in &record.wrong {
            if !self.is_doubted(&tool.name, oracle, text) {
                survey.findings.insert(self.finding(Kind::Request, &tool.name, oracle, text.clone()));
            }
        }
        if !matches!(self.document.auth.scheme, AuthScheme::Bearer | AuthScheme::BearerOrBasic) {
            return;
        }
        for (oracle, place, sets) in &record.scopes {
            let has = |scope: &String| tool.scopes.iter().any(|own| short(own) == short(scope));
            if sets.iter().any(|set| set.iter().all(has)) {
                continue;
            }
            let sets: Vec<String> = sets.iter().map(|set| set.join(" and ")).collect();
            let text = format!("{place} needs the scope {}", sets.join(", or "));
            if !self.is_doubted(&tool.name, oracle, &text) {
                survey.findings.insert(self.finding(Kind::Scope, &tool.name, oracle, text));
            }
        }
    }

    /// Calls with every sample of arguments.
    async fn requests(&self, tool: &ToolListing, survey: &mut Survey) {
        self.vendor.answer_with(Replies::Full);
        let mut described = self.has_own;
        for sample in self.arguments_of(tool).samples() {
            let (result, record) = self.call(tool, &sample.arguments).await;
            self.note(tool, &record, survey);
            described &= record.described == record.sent.len();
            // Without a description of replies, a reply can hardly be shaped.
            let failed = if self.has_own { result.is_error } else { record.sent.is_empty() };
            if failed && !sample.edge {
                let text = format!("{} gives {:?}", Value::from(sample.arguments), result.content);
                survey.findings.insert(self.finding(Kind::Call, &tool.name, "", text));
            }
        }
        if described {
            survey.described.insert(tool.name.clone());
        }
    }

    /// Every argument changes what is sent, unless the fixture says that it does not.
    async fn arguments(&self, tool: &ToolListing, survey: &mut Survey) {
        let arguments = self.arguments_of(tool);
        for name in arguments.names() {
            let mut reaches = name == "max_pages";
            for (one, other) in arguments.with_and_without(name) {
                if reaches {
                    break;
                }
                let sent = |record: &Record| record.sent.iter().map(Seen::wire).collect::<BTreeSet<_>>();
                let (_, first) = self.call(tool, &one).await;
                let (_, second) = self.call(tool, &other).await;
                let (first, second) = (sent(&first), sent(&second));
                // Nothing was sent where the arguments were refused, and that tells nothing.
                reaches = !first.is_empty() && !second.is_empty() && first != second;
            }
            let keys = [name.clone(), format!("{}.{name}", arguments.short)];
            if !reaches && !self.is_excused(&self.fixture.local, &keys) {
                let text = format!("the argument {name} does not reach the vendor");
                survey.findings.insert(self.finding(Kind::Argument, &tool.name, "", text));
            }
        }
    }

    /// Results with full, sparse and example replies.
    async fn results(&self, tool: &ToolListing, survey: &mut Survey) {
        let arguments = self.arguments_of(tool);
        let required = arguments.required();
        self.vendor.answer_with(Replies::Full);
        let (result, record) = self.call(tool, &required).await;
        let mut wrong = results::conformance(tool, &result, "a full reply");
        if let Some(value) = &result.structured_content {
            let keys = |place: &str| [arguments.short.to_owned(), format!("{}.{place}", arguments.short)];
            let excused = |place: &str| self.is_excused(&self.fixture.nulls, &keys(place));
            let paths = results::paths(tool, value).into_iter().filter(|(place, _)| !excused(place));
            for (_, text) in paths {
                survey.findings.insert(self.finding(Kind::Path, &tool.name, "", text));
            }
        }
        let examples = (0..record.examples).map(|at| (Replies::Example(at), format!("example {at}")));
        let least = [(Replies::Sparse, "a sparse reply"), (Replies::Empty, "an empty reply")];
        let least = least.map(|(replies, name)| (replies, name.to_owned()));
        for (replies, name) in least.into_iter().chain(examples) {
            self.vendor.answer_with(replies);
            let (result, _) = self.call(tool, &required).await;
            wrong.extend(results::conformance(tool, &result, &name));
        }
        for text in wrong {
            survey.findings.insert(self.finding(Kind::Result, &tool.name, "", text));
        }
    }

    /// The header asks for what tools need, and for nothing else.
    fn header_scopes(&self, survey: &mut Survey) {
        let mut needed: BTreeMap<&str, &str> = BTreeMap::new();
        for tool in &self.document.tools {
            needed.extend(tool.scopes.iter().map(|scope| (scope.as_str(), tool.name.as_str())));
        }
        let asked = &self.document.auth.scopes;
        for (scope, tool) in &needed {
            if !asked.iter().any(|one| one == scope) {
                let text = format!("auth.scopes lacks {scope}, which {tool} needs");
                survey.findings.insert(self.finding(Kind::Scope, tool, "", text));
            }
        }
        let extra = asked.iter().filter(|one| !needed.contains_key(one.as_str()) && *one != REFRESH);
        for scope in extra {
            if !self.is_excused(&self.fixture.scopes, std::slice::from_ref(scope)) {
                let text = format!("auth.scopes has {scope}, which no tool needs");
                survey.findings.insert(self.finding(Kind::Scope, "", "", text));
            }
        }
    }

    /// The tools that no oracle describes, and whether they are those that the fixture lists.
    fn undescribed(&self, survey: &mut Survey) {
        let listed = &self.fixture.undescribed;
        for tool in self.connector.tools() {
            let short = self.arguments_of(tool).short;
            let reason = listed.get(short).or_else(|| listed.get("*"));
            match (survey.described.contains(&tool.name), reason) {
                (true, None) => {}
                (false, Some(reason)) => {
                    survey.undescribed.insert(tool.name.clone(), reason.clone());
                }
                (true, Some(_)) => {
                    let text = "is listed as undescribed, and an oracle describes it".to_owned();
                    survey.findings.insert(self.finding(Kind::Unused, &tool.name, "", text));
                }
                (false, None) => {
                    let text = "no oracle describes all of its requests and their replies".to_owned();
                    survey.undescribed.insert(tool.name.clone(), "no reason is given".to_owned());
                    survey.findings.insert(self.finding(Kind::Undescribed, &tool.name, "", text));
                }
            }
        }
    }

    /// Operations that no tool uses, and doubts that nothing raises.
    fn unused(&self, has_reference: bool, survey: &mut Survey) {
        for (oracle, id) in self.vendor.unused() {
            let text = format!("no tool uses the operation {id}");
            survey.findings.insert(self.finding(Kind::Unused, "", &oracle, text));
        }
        if self.has_own {
            for (list, key) in self.vain() {
                let text = format!("the entry {key} of {list} is not needed");
                survey.findings.insert(self.finding(Kind::Unused, "", "", text));
            }
        }
        for (at, doubt) in self.fixture.doubts.iter().enumerate() {
            let asked = if doubt.oracle == "reference" { has_reference } else { self.has_own };
            if asked && !self.doubts.borrow().contains(&at) {
                let text = format!("the doubt {:?} is not needed", doubt.says);
                survey.findings.insert(self.finding(Kind::Unused, "", &doubt.oracle, text));
            }
        }
    }
}

impl Bench<'_> {
    /// Entries of the fixture that nothing needed, each with the list that it is in.
    fn vain(&self) -> Vec<(&'static str, String)> {
        let Fixture { local, nulls, scopes, arguments, pages, replies, headers, .. } = self.fixture;
        let (excused, answered) = (self.excused.borrow(), self.vendor.answered());
        let is_tool = |name: &str| self.document.tools.iter().any(|tool| tool.name == name);
        let mut vain = Vec::new();
        for (list, entries) in [("local", local), ("nulls", nulls), ("scopes", scopes)] {
            vain.extend(entries.keys().filter(|key| !excused.contains(*key)).map(|key| (list, key)));
        }
        vain.extend(arguments.keys().filter(|key| !is_tool(key)).map(|key| ("arguments", key)));
        vain.extend(pages.keys().filter(|key| !is_tool(key)).map(|key| ("pages", key)));
        vain.extend(replies.keys().filter(|key| !answered.contains(*key)).map(|key| ("replies", key)));
        vain.extend(headers.keys().filter(|key| !answered.contains(*key)).map(|key| ("headers", key)));
        vain.into_iter().map(|(list, key)| (list, key.clone())).collect()
    }
}

/// A scope without the URL that some vendors put in front.
fn short(scope: &str) -> &str {
    let prefixes = ["https://www.googleapis.com/auth/", "https://graph.microsoft.com/"];
    prefixes.iter().find_map(|prefix| scope.strip_prefix(prefix)).unwrap_or(scope)
}
