//! From a reply to a value: parsed, then shaped by the document's program. What is large goes to a blocking thread.

use std::sync::Arc;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::http::{Links, Reply};
use crate::jq::{Program, RunError};
use crate::request::Givens;

/// Variables of the programs that shape a reply; their input is the reply's JSON.
pub(crate) const VARIABLES: &[&str] =
    &["$args", "$settings", "$now", "$status", "$headers", "$links", "$next_page"];

/// Replies above this size, in bytes, are shaped on a blocking thread.
const INLINE: usize = 128 * 1024;

/// What the reply was besides its body.
#[derive(Debug, Default)]
struct Envelope {
    status: Value,
    headers: Value,
    links: Value,
    next_page: Value,
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

/// Shapes a reply; without a program it stays as it came.
pub(crate) async fn reply(
    reply: Reply,
    program: Option<&Arc<Program>>,
    arguments: &Map<String, Value>,
    givens: Givens<'_>,
) -> Result<Value, Failure> {
    // Only a program looks at it.
    let envelope = program.map(|_| Envelope::of(&reply)).unwrap_or_default();
    let size = reply.body.len();
    // Parsing a large reply takes as long as shaping it.
    let body = match reply.json {
        Some(json) => json,
        None => anywhere(size, move || parse(reply)).await?,
    };
    shape(body, size, program, envelope, arguments, givens).await
}

/// Shapes what a function returned.
pub(crate) async fn value(
    value: Value,
    size: usize,
    program: Option<&Arc<Program>>,
    arguments: &Map<String, Value>,
    givens: Givens<'_>,
) -> Result<Value, Failure> {
    shape(value, size, program, Envelope::default(), arguments, givens).await
}

async fn shape(
    value: Value,
    size: usize,
    program: Option<&Arc<Program>>,
    envelope: Envelope,
    arguments: &Map<String, Value>,
    givens: Givens<'_>,
) -> Result<Value, Failure> {
    let Some(program) = program else { return Ok(value) };
    if size <= INLINE {
        return run(program, &value, &json!(arguments), givens, &envelope);
    }
    let (program, arguments) = (Arc::clone(program), json!(arguments));
    let (settings, now) = (givens.settings.clone(), givens.now.clone());
    anywhere(size, move || {
        run(&program, &value, &arguments, Givens { settings: &settings, now: &now }, &envelope)
    })
    .await
}

fn run(
    program: &Program,
    value: &Value,
    arguments: &Value,
    givens: Givens<'_>,
    envelope: &Envelope,
) -> Result<Value, Failure> {
    let Envelope { status, headers, links, next_page } = envelope;
    let values = [arguments, givens.settings, givens.now, status, headers, links, next_page];
    program.run(value, &values).map_err(|error| match error {
        RunError::Said(words) => Failure::new(format!("The reply gives no result: {words}.")),
        error => {
            Failure::new(format!("The reply does not have the form that the connector expects: {error}."))
        }
    })
}

fn headers(headers: &HeaderMap) -> Value {
    let pairs = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), json!(value.to_str().ok()?))));
    Value::Object(pairs.collect())
}

/// A reply's body as JSON; a text that does not claim to be JSON as a text; nothing as null.
pub(crate) fn parse(reply: Reply) -> Result<Value, Failure> {
    if let Some(json) = reply.json {
        return Ok(json);
    }
    if reply.body.is_empty() {
        return Ok(Value::Null);
    }
    if let Ok(value) = serde_json::from_slice(&reply.body) {
        return Ok(value);
    }
    if claims_json(&reply) {
        return Err(Failure::new(
            "The vendor's reply is not the JSON that it claims to be; try again later.",
        ));
    }
    let text = std::str::from_utf8(&reply.body);
    text.map(|text| Value::String(text.to_owned()))
        .map_err(|_| Failure::new("The vendor answered with neither JSON nor text."))
}

/// Whether a reply says that its body is JSON.
fn claims_json(reply: &Reply) -> bool {
    let name = reply.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = name.split(';').next().unwrap_or_default().trim();
    name == "application/json" || name.ends_with("+json")
}

/// Does work on data of some size: here where it is little, else on a blocking thread.
pub(crate) async fn anywhere<T: Send + 'static>(
    size: usize,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    if size <= INLINE {
        return work();
    }
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(Failure::new("The reply could not be processed.")))
}
