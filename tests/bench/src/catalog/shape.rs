//! Shaping replies: calls of one tool with its `response` program and without, in turns, before the same loopback vendor.

use std::{hint::black_box, time::Instant};

use anyhow::{Context as _, anyhow, ensure};
use axum::{Router, http::header, routing::any};
use connectors::{
    CallTarget, Catalog, Connector, compile,
    egress::{EgressPolicy, GuardedClient, Timeouts},
};
use domain::document::ConnectorDocument;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::latencies::{Latencies, Summary};

/// Sizes of the reply: how many issues, of some 500 bytes each.
const SIZES: [usize; 2] = [4, 200];
/// Calls of each kind.
const TIMES: usize = 1_000;
const TOOL: &str = "github_list_issues";

/// One size of the reply.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) bytes: usize,
    /// Parsing the reply, and nothing else.
    pub(crate) parse: Summary,
    /// A call that gives the vendor's reply.
    pub(crate) as_it_came: Summary,
    /// A call that gives what the program makes of it.
    pub(crate) shaped: Summary,
}

impl Figure {
    /// What shaping adds to a call, in µs. A shaped result is smaller, so writing it takes less: that is taken off.
    pub(crate) fn shaping_us(&self) -> f64 {
        (self.shaped.p50_us - self.as_it_came.p50_us).max(0.0)
    }

    /// The share of it in the call.
    pub(crate) fn share(&self) -> f64 {
        self.shaping_us() / self.shaped.p50_us
    }
}

/// Calls with both sizes.
///
/// # Errors
/// If the document does not compile, or a call fails.
pub(super) async fn measure() -> anyhow::Result<Vec<Figure>> {
    let mut document = Catalog::new().document("github").context("no GitHub")??;
    let shaped = connector(&document)?;
    for tool in &mut document.tools {
        if TOOL.ends_with(&tool.name) {
            (tool.response, tool.output, tool.paging) = (None, None, None);
        }
    }
    let plain = connector(&document)?;
    let mut figures = Vec::new();
    for issues in SIZES {
        figures.push(measure_one(issues, &plain, &shaped).await?);
    }
    Ok(figures)
}

fn connector(document: &ConnectorDocument) -> anyhow::Result<Connector> {
    compile(document).map_err(|problems| anyhow!("{problems:?}"))
}

async fn measure_one(issues: usize, plain: &Connector, shaped: &Connector) -> anyhow::Result<Figure> {
    let items = Value::from_iter((1..=issues).map(issue));
    let reply = json!({"total_count": issues, "incomplete_results": false, "items": items}).to_string();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let body = reply.clone();
    let answer = move || async move { ([(header::CONTENT_TYPE, "application/json")], body) };
    let vendor =
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(answer))).await });
    let policy: EgressPolicy = [address.to_string().parse()?].into_iter().collect();
    let caller = Caller {
        client: GuardedClient::new(policy, Timeouts::default())?,
        target: CallTarget { base_url: Some(format!("http://{address}").parse()?), ..CallTarget::default() },
        arguments: Map::from_iter([("owner".to_owned(), json!("acme")), ("repo".to_owned(), json!("site"))]),
    };
    let (mut parse, mut as_it_came, mut with_program) = <(Latencies, Latencies, Latencies)>::default();
    for _ in 0..TIMES {
        let started = Instant::now();
        black_box(serde_json::from_str::<Value>(black_box(&reply))?);
        parse.add(started.elapsed());
        as_it_came.add(caller.call(plain).await?);
        with_program.add(caller.call(shaped).await?);
    }
    vendor.abort();
    Ok(Figure {
        bytes: reply.len(),
        parse: parse.summary(),
        as_it_came: as_it_came.summary(),
        shaped: with_program.summary(),
    })
}

struct Caller {
    client: GuardedClient,
    target: CallTarget,
    arguments: Map<String, Value>,
}

impl Caller {
    async fn call(&self, connector: &Connector) -> anyhow::Result<std::time::Duration> {
        let started = Instant::now();
        let result = connector.call(&self.client, &self.target, TOOL, &self.arguments).await?;
        // What the gateway does with it.
        let text = serde_json::to_string(&result)?;
        let took = started.elapsed();
        ensure!(!result.is_error, "{text}");
        Ok(took)
    }
}

/// An issue, cut to what fits 500 bytes.
fn issue(number: usize) -> Value {
    json!({
        "number": number,
        "title": format!("The form loses the address of order {number}"),
        "state": "open",
        "user": {"login": "alice", "id": 42, "type": "User"},
        "labels": [{"id": 7, "name": "bug", "color": "d73a4a"}],
        "assignees": [{"login": "bob", "id": 43}],
        "comments": number,
        "created_at": "2026-01-15T09:30:00Z",
        "updated_at": "2026-02-01T17:05:00Z",
        "html_url": format!("https://github.com/acme/site/issues/{number}"),
        "body": "Open the form, fill in the address, go back one page.",
    })
}
