//! `with_details`: a list whose items are asked for one by one, for vendors that list ids only.
//!
//! ```yaml
//! options: {items: messages, id: id, when: details}
//! ```
//!
//! `list` gives a list in the field `items`. Where the argument `when` is true, `item` is sent for each of them with the
//! field `id` as the argument `item`, and its reply takes the item's place.

use futures::StreamExt as _;
use futures::TryStreamExt as _;
use futures::stream;
use serde_json::{Map, Value};

use super::options::Said;
use super::{Function, Output, Requests};
use crate::failure::Failure;
use crate::problem::Fault;
use crate::session::parse;

/// `list` asks for the list, `item` for one of its items.
pub(super) const FUNCTION: Function = Function {
    name: "with_details",
    requests: Some(&["item", "list"]),
    adds: &["item"],
    check,
    run: |requests| Box::pin(run(requests)),
};

/// The most items that are asked for one by one.
const MOST: usize = 100;
/// How many are asked for at a time: vendors limit this for each user.
const AT_A_TIME: usize = 8;

fn check(said: &Said<'_>) -> Result<(), Fault> {
    said.only(&["id", "items", "when"])?;
    ["id", "items", "when"].iter().try_for_each(|name| said.needs(name))?;
    said.may_name_an_argument("when")
}

async fn run(requests: &Requests<'_>) -> Result<Output, Failure> {
    let option = |name: &str| requests.options.get(name).and_then(Value::as_str).unwrap_or_default();
    let (field, id, when) = (option("items"), option("id"), option("when"));
    let reply = requests.send("list").await?;
    let mut size = reply.body.len();
    let mut list = parse(reply)?;
    let wanted = requests.arguments.get(when) == Some(&Value::Bool(true));
    if let Some(items) = list.get_mut(field).and_then(Value::as_array_mut).filter(|_| wanted) {
        if items.len() > MOST {
            return Err(Failure::new(format!(
                "Details are given for at most {MOST} at a time, and there are {}: ask for fewer, or without `{when}`.",
                items.len()
            )));
        }
        let ids: Vec<Value> = items.iter().map(|item| item.get(id).cloned().unwrap_or_default()).collect();
        let details = stream::iter(ids).map(async |id| {
            let values = Map::from_iter([("item".to_owned(), id)]);
            let reply = requests.send_with("item", &values).await?;
            let length = reply.body.len();
            Ok::<_, Failure>((parse(reply)?, length))
        });
        let details: Vec<(Value, usize)> = details.buffered(AT_A_TIME).try_collect().await?;
        size += details.iter().map(|(_, length)| length).sum::<usize>();
        *items = details.into_iter().map(|(detail, _)| detail).collect();
    }
    Ok(Output::Value(list, size))
}
