//! `gather`: sends all requests at once and puts their replies into one object, by the requests' names. The `response`
//! program makes one result of them.

use futures::future::try_join_all;
use serde_json::{Map, Value};

use super::{Function, Output, Requests, options};
use crate::failure::Failure;
use crate::session::parse;

pub(super) const FUNCTION: Function = Function {
    name: "gather",
    requests: None,
    adds: &[],
    check: options::none,
    run: |requests| Box::pin(run(requests)),
};

async fn run(requests: &Requests<'_>) -> Result<Output, Failure> {
    let (gathered, size) = replies(requests, requests.requests.keys()).await?;
    Ok(Output::Value(Value::Object(gathered), size))
}

/// Sends these requests at once, and gives their replies by name and how many bytes they took.
pub(super) async fn replies<'r>(
    requests: &Requests<'_>,
    names: impl Iterator<Item = &'r String>,
) -> Result<(Map<String, Value>, usize), Failure> {
    let sent = names.map(async |name| {
        let reply = requests.send(name).await?;
        let length = reply.body.len();
        Ok::<_, Failure>((name.clone(), parse(reply)?, length))
    });
    let (mut replies, mut size) = (Map::new(), 0);
    for (name, body, length) in try_join_all(sent).await? {
        replies.insert(name, body);
        size += length;
    }
    Ok((replies, size))
}
