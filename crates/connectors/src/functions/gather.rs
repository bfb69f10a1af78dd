//! `gather`: sends all requests at once and puts their replies into one object, by the requests' names. The `response`
//! program makes one result of them.

use futures::future::try_join_all;
use serde_json::{Map, Value};

use super::{Function, Output, Requests};
use crate::failure::Failure;
use crate::session::parse;

pub(super) const FUNCTION: Function =
    Function { name: "gather", requests: None, adds: &[], run: |requests| Box::pin(run(requests)) };

async fn run(requests: &Requests<'_>) -> Result<Output, Failure> {
    let replies = requests.requests.keys().map(async |name| {
        let reply = requests.send(name).await?;
        Ok::<_, Failure>((name.clone(), parse(&reply)?, reply.body.len()))
    });
    let mut gathered = Map::new();
    let mut size = 0;
    for (name, body, length) in try_join_all(replies).await? {
        gathered.insert(name, body);
        size += length;
    }
    Ok(Output::Value(Value::Object(gathered), size))
}
