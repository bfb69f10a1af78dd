//! Every tool of every connector against its vendor's own description of the API (`contract/README.md`).
//!
//! Each tool is called for real, over HTTP, against a loopback server that knows the description: it notes each request
//! that the vendor would not understand, and answers with the vendor's examples and with replies made from its schemas.
//! `CONNECTOR=github` checks one document only.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

#[path = "contract/arguments.rs"]
mod arguments;
#[path = "contract/behaviour.rs"]
mod behaviour;
#[path = "contract/bench.rs"]
mod bench;
#[path = "contract/build.rs"]
mod build;
#[path = "contract/check.rs"]
mod check;
#[path = "contract/credential.rs"]
mod credential;
#[path = "contract/document.rs"]
mod document;
#[path = "contract/fault.rs"]
mod fault;
#[path = "contract/fixture.rs"]
mod fixture;
#[path = "contract/graphql.rs"]
mod graphql;
#[path = "contract/known.rs"]
mod known;
#[path = "contract/oracle.rs"]
mod oracle;
#[path = "contract/planted.rs"]
mod planted;
#[path = "contract/reference.rs"]
mod reference;
#[path = "contract/reply.rs"]
mod reply;
#[path = "contract/resources.rs"]
mod resources;
#[path = "contract/results.rs"]
mod results;
#[path = "contract/survey.rs"]
mod survey;
#[path = "contract/table.rs"]
mod table;
#[path = "contract/text.rs"]
mod text;
#[path = "contract/vendor.rs"]
mod vendor;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use self::survey::{Kind, Survey, survey};
use self::vendor::Oracles;

/// What was found about each connector: looked at by every test, made once.
fn surveys() -> &'static BTreeMap<String, Survey> {
    static SURVEYS: OnceLock<BTreeMap<String, Survey>> = OnceLock::new();
    SURVEYS.get_or_init(|| {
        let services = document::services();
        let own = build::oracles(&services);
        let work = services.into_iter().map(|service| {
            let entry = table::entry_of(&service);
            let built = entry.oracles.iter().filter_map(|name| own.get(*name).cloned()).collect();
            let oracles = Oracles { own: built, reference: reference::load(entry.reference) };
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let survey = runtime.block_on(survey(&service, oracles));
                (service, survey)
            })
        });
        let work: Vec<_> = work.collect();
        work.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Fails with every finding of these kinds.
fn assert_none(kinds: &[Kind]) {
    let all = surveys().values().flat_map(|survey| &survey.findings);
    let found: Vec<String> = all
        .filter(|finding| kinds.contains(&finding.kind))
        .map(|finding| {
            let place = if finding.tool.is_empty() { &finding.service } else { &finding.tool };
            let oracle =
                if finding.oracle.is_empty() { String::new() } else { format!(" [{}]", finding.oracle) };
            format!("  {place}{oracle}: {}", finding.text)
        })
        .collect();
    assert!(found.is_empty(), "{} findings:\n{}\n", found.len(), found.join("\n"));
}

#[test]
fn every_request_is_one_that_the_vendor_describes() {
    assert_none(&[Kind::Request, Kind::Call]);
}

#[test]
fn every_argument_reaches_the_vendor() {
    assert_none(&[Kind::Argument]);
}

#[test]
fn every_tool_asks_for_the_scopes_that_it_needs_and_the_connector_for_all_of_them() {
    assert_none(&[Kind::Scope]);
}

#[test]
fn results_conform_to_their_schemas_whatever_the_vendor_may_send() {
    assert_none(&[Kind::Result]);
}

#[test]
fn every_path_that_a_program_reads_exists_at_the_vendor() {
    assert_none(&[Kind::Path]);
}

#[test]
fn refusals_are_errors_in_the_vendors_words_and_changes_are_never_repeated() {
    assert_none(&[Kind::Behaviour]);
}

#[test]
fn nothing_is_described_in_vain() {
    assert_none(&[Kind::Unused]);
}

#[test]
fn every_tool_has_an_oracle_or_a_reason() {
    assert_none(&[Kind::Undescribed]);
}

/// Not a test of anything: the figures, for `make contracts`.
#[test]
fn totals() {
    let all = surveys().values();
    let count = |of: fn(&Survey) -> usize| surveys().values().map(of).sum::<usize>();
    let tools = count(|survey| survey.tools);
    println!("connectors {}, tools {tools}", surveys().len());
    println!("tools checked {}", count(|survey| survey.described.len()));
    println!("violations {}", count(|survey| survey.findings.len()));
    let undescribed: Vec<_> = all.flat_map(|survey| &survey.undescribed).collect();
    println!("tools without an oracle {}", undescribed.len());
    for (tool, reason) in undescribed {
        println!("  {tool}: {reason}");
    }
}
