//! `look_up`: asks for a value first and sends a request with it then, unless an argument names the value already.
//!
//! ```yaml
//! options:
//!   argument: data_source_id          # the tool's argument that names the value, if it has one
//!   pointer: /data_sources/0/id       # where the reply to `lookup` has it (RFC 6901)
//!   missing: The database has no data source.     # what is said where it is not there
//! ```
//!
//! `request` sees the value as `{found}`. The result is `{lookup, reply}`: the replies to both, null for one not sent.

use serde_json::{Map, Value, json};

use super::options::Said;
use super::{Function, Output, Requests};
use crate::failure::Failure;
use crate::problem::Fault;
use crate::session::parse;

pub(super) const FUNCTION: Function = Function {
    name: "look_up",
    requests: Some(&["lookup", "request"]),
    adds: &["found"],
    check,
    run: |requests| Box::pin(run(requests)),
};

fn check(said: &Said<'_>) -> Result<(), Fault> {
    said.only(&["argument", "missing", "pointer"])?;
    said.needs("pointer")?;
    said.may_name_an_argument("argument")
}

async fn run(requests: &Requests<'_>) -> Result<Output, Failure> {
    let option = |name: &str| requests.options.get(name).and_then(Value::as_str).unwrap_or_default();
    let given = requests.arguments.get(option("argument")).filter(|value| is_value(value));
    let (lookup, found, mut size) = if let Some(given) = given {
        (Value::Null, given.clone(), 0)
    } else {
        let reply = requests.send("lookup").await?;
        let size = reply.body.len();
        let lookup = parse(reply)?;
        let found = found(&lookup, option("pointer"), option("missing"))?;
        (lookup, found, size)
    };
    let reply = requests.send_with("request", &Map::from_iter([("found".to_owned(), found)])).await?;
    size += reply.body.len();
    Ok(Output::Value(json!({"lookup": lookup, "reply": parse(reply)?}), size))
}

/// The value that a reply has at a place.
fn found(reply: &Value, pointer: &str, missing: &str) -> Result<Value, Failure> {
    let found = reply.pointer(pointer).filter(|found| is_value(found));
    found.cloned().ok_or_else(|| {
        Failure::new(if missing.is_empty() {
            "The value that the request needs was not found."
        } else {
            missing
        })
    })
}

/// Whether something is a text or a number, as values of requests are.
fn is_value(value: &Value) -> bool {
    value.is_number() || value.as_str().is_some_and(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::found;

    #[test]
    fn the_value_is_taken_from_its_place() {
        let reply = json!({"data_sources": [{"id": "a"}, {"id": "b"}], "title": []});
        assert_eq!(found(&reply, "/data_sources/0/id", "").unwrap(), "a");
        let failure =
            found(&json!({"data_sources": []}), "/data_sources/0/id", "There is none.").unwrap_err();
        assert_eq!(failure.to_string(), "There is none.");
        assert!(found(&reply, "/title", "").is_err());
    }
}
