//! `gather_then`: sends all requests but one at once, then that one, which sees their replies as the argument `replies`,
//! by name. It gives an object of all replies.
//!
//! ```yaml
//! options:
//!   then: insert               # the request that comes last
//!   when: initial_content      # an argument without which it is not sent, and its reply is null
//! ```

use serde_json::{Map, Value, json};

use super::options::Said;
use super::{Function, Output, Requests, gather};
use crate::failure::{Failure, shorten};
use crate::problem::Fault;
use crate::session::parse;

pub(super) const FUNCTION: Function = Function {
    name: "gather_then",
    requests: None,
    adds: &["replies"],
    check,
    run: |requests| Box::pin(run(requests)),
};

/// The most that is told of what was done before a failure, in bytes.
const MOST_TOLD: usize = 500;

fn check(said: &Said<'_>) -> Result<(), Fault> {
    said.only(&["then", "when"])?;
    said.names_a_request("then")?;
    said.may_name_an_argument("when")
}

async fn run(requests: &Requests<'_>) -> Result<Output, Failure> {
    let last = option(requests, "then")
        .filter(|name| requests.requests.contains_key(*name))
        .ok_or_else(|| Failure::new("the connector's option `then` names none of its requests"))?;
    let firsts = requests.requests.keys().filter(|name| *name != last);
    let (mut replies, mut size) = gather::replies(requests, firsts).await?;
    let wanted = option(requests, "when").is_none_or(|name| requests.arguments.contains_key(name));
    let mut answer = Value::Null;
    if wanted {
        let values = Map::from_iter([("replies".to_owned(), Value::Object(replies.clone()))]);
        let sent = requests.send_with(last, &values).await;
        let sent = sent.and_then(|reply| Ok((reply.body.len(), parse(reply)?)));
        let (length, reply) = sent.map_err(|failure| with_what_was_done(failure, requests, &replies))?;
        size += length;
        answer = reply;
    }
    replies.insert(last.to_owned(), answer);
    Ok(Output::Value(Value::Object(replies), size))
}

fn option<'a>(requests: &'a Requests<'_>, name: &str) -> Option<&'a str> {
    requests.options.get(name).and_then(Value::as_str)
}

/// A failure that also tells what had been changed by then: whoever tries again should not do it twice.
fn with_what_was_done(failure: Failure, requests: &Requests<'_>, replies: &Map<String, Value>) -> Failure {
    let changed = replies
        .iter()
        .filter(|(name, _)| requests.requests.get(*name).is_some_and(|request| !request.is_read_only()));
    let done: Map<String, Value> = changed.map(|(name, reply)| (name.clone(), reply.clone())).collect();
    if done.is_empty() {
        return failure;
    }
    let told = shorten(json!(done).to_string(), MOST_TOLD);
    failure.with(&format!("What was done before stays: {told}"))
}
