//! `gather_pages`: sends all requests at once, follows the pages of each, and repeats those that report on a single day
//! for every day of a period. It gives an object of the replies by the requests' names, each with the items of all its
//! pages in one list.
//!
//! What its options say is in the guide (`docs/connectors.md`).
//!
//! Besides the replies there are `incomplete`, the names of requests with more pages than were fetched, and `problems`,
//! the reasons for which optional requests failed, by name.

mod options;
mod pages;

use futures::future::join_all;
use serde_json::{Map, Value, json};

use self::options::Options;
use self::pages::collect;
use super::options::Said;
use super::{Function, Output, Requests};
use crate::failure::Failure;
use crate::problem::Fault;

pub(super) const FUNCTION: Function = Function {
    name: "gather_pages",
    requests: None,
    adds: &["day", "page"],
    check,
    run: |requests| Box::pin(run(requests)),
};

fn check(said: &Said<'_>) -> Result<(), Fault> {
    Options::read(said.options).map(drop).map_err(|failure| Fault::new(failure.to_string(), "correct it"))
}

async fn run(requests: &Requests<'_>) -> Result<Output, Failure> {
    let options = Options::read(requests.options)?;
    let names = requests.requests.keys();
    let collected = join_all(names.map(async |name| (name, collect(requests, &options, name).await))).await;
    // Where nothing at all was to be had there is no result, whatever the options say.
    let all_failed = collected.iter().all(|(_, collected)| collected.is_err());
    let (mut gathered, mut problems) = (Map::new(), Map::new());
    let (mut incomplete, mut size) = (Vec::new(), 0);
    for (name, collected) in collected {
        match collected {
            Ok(collected) => {
                if collected.cut {
                    incomplete.push(name.clone());
                }
                size += collected.size;
                gathered.insert(name.clone(), collected.reply);
            }
            Err(failure) if options.is_optional(name) && !all_failed => {
                gathered.insert(name.clone(), Value::Null);
                // It goes into the result, where nobody takes out a credential that a vendor has repeated.
                let failure = requests.session.redacted(failure);
                problems.insert(name.clone(), json!(failure.to_string()));
            }
            Err(failure) => return Err(failure),
        }
    }
    gathered.insert("incomplete".to_owned(), json!(incomplete));
    gathered.insert("problems".to_owned(), Value::Object(problems));
    Ok(Output::Value(Value::Object(gathered), size))
}
