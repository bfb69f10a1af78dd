//! Rendering requests of every kind.

use std::{hint::black_box, time::Instant};

use anyhow::{Context as _, anyhow, ensure};
use connectors::Catalog;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::load::connector;
use crate::latencies::{Latencies, Summary};

/// Requests of each kind.
const TIMES: usize = 5_000;

/// One kind of request.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) took: Summary,
}

/// A kind: what it is called, the connector, the tool and its arguments.
type Kind = (&'static str, &'static str, &'static str, Value);

/// Renders each kind of request again and again.
///
/// # Errors
/// If one cannot be rendered.
pub(super) fn measure() -> anyhow::Result<Vec<Figure>> {
    let catalog = Catalog::new();
    kinds().into_iter().map(|kind| measure_one(&catalog, kind)).collect()
}

fn kinds() -> [Kind; 5] {
    [
        (
            "a query",
            "github",
            "github_list_issues",
            json!({"owner": "acme", "repo": "site", "state": "open"}),
        ),
        (
            "a JSON body",
            "github",
            "github_create_issue",
            json!({"owner": "acme", "repo": "site", "title": "T"}),
        ),
        ("GraphQL", "linear", "linear_get_issue", json!({"id": "ENG-12"})),
        ("Markdown as ADF", "jira", "jira_add_comment", json!({"issue_key": "ABC-1", "body": markdown()})),
        (
            "a MIME message",
            "gmail",
            "gmail_send_message",
            json!({"to": "ada@example.com", "subject": "S", "body": markdown()}),
        ),
    ]
}

/// A text of about a page.
fn markdown() -> String {
    "## Steps\n\n- open the **form**\n- fill in the [address](https://example.com)\n\nThe address is gone.\n\n".repeat(16)
}

fn measure_one(catalog: &Catalog, (name, service, tool, arguments): Kind) -> anyhow::Result<Figure> {
    let connector = connector(catalog, service)?;
    let Value::Object(arguments) = arguments else { unreachable!("arguments are objects") };
    let settings = Map::new();
    let render =
        || connector.render(tool, black_box(&arguments), &settings, None).map_err(|error| anyhow!(error));
    let rendered = render().with_context(|| format!("render {tool}"))?;
    ensure!(rendered.iter().all(|request| request.message.is_ok()), "{tool}: {rendered:?}");
    let mut took = Latencies::default();
    for _ in 0..TIMES {
        let started = Instant::now();
        black_box(render()?);
        took.add(started.elapsed());
    }
    Ok(Figure { name, took: took.summary() })
}
