//! The pages of one request, of every day that it is sent for.

use futures::{StreamExt as _, stream};
use serde_json::{Map, Value, json};

use super::super::{Requests, days};
use super::options::Options;
use crate::failure::Failure;
use crate::session::parse;

/// The most pages that are fetched for a request, or for one day of it.
const MAX_PAGES: usize = 50;
/// The size of replies, in bytes, after which no further page is fetched.
const MAX_SIZE: usize = 16 * 1024 * 1024;
/// How many days are asked for at a time.
const AT_ONCE: usize = 4;

/// The pages of a request, put together.
#[derive(Debug, Default)]
pub(super) struct Collected {
    /// The last reply, with the items of all in its list.
    pub(super) reply: Value,
    /// About how many bytes all replies took.
    pub(super) size: usize,
    /// Whether there is more.
    pub(super) cut: bool,
}

/// Fetches what is to be had of a request.
pub(super) async fn collect(
    requests: &Requests<'_>,
    options: &Options,
    name: &str,
) -> Result<Collected, Failure> {
    let mut collected = Collected::default();
    let runs = runs(options, name, requests.arguments)?;
    let (planned, mut done) = (runs.len(), 0);
    let mut fetched =
        stream::iter(runs).map(|values| fetch(requests, options, name, values)).buffered(AT_ONCE);
    while let Some(run) = fetched.next().await {
        let items = options.pages.get(name).map(|pages| pages.items.as_str());
        collected.add(run?, items);
        done += 1;
        if collected.size > MAX_SIZE {
            collected.cut |= done < planned;
            break;
        }
    }
    Ok(collected)
}

/// The arguments of each run through the pages: one a day, or one.
fn runs(
    options: &Options,
    name: &str,
    arguments: &Map<String, Value>,
) -> Result<Vec<Map<String, Value>>, Failure> {
    let Some(period) = options.days.get(name) else { return Ok(vec![Map::new()]) };
    let text = |argument: &str| arguments.get(argument).and_then(Value::as_str).unwrap_or_default();
    let days = days::of_period(text(&period.from), text(&period.to))?;
    Ok(days.into_iter().map(|day| Map::from_iter([(period.argument.clone(), json!(day))])).collect())
}

/// Follows the pages of one run.
async fn fetch(
    requests: &Requests<'_>,
    options: &Options,
    name: &str,
    mut values: Map<String, Value>,
) -> Result<Collected, Failure> {
    let pages = options.pages.get(name);
    let mut collected = Collected::default();
    let mut number = 1;
    loop {
        let reply = requests.send_with(name, &values).await?;
        let size = reply.body.len();
        let reply = parse(reply)?;
        let next = pages.and_then(|pages| pages.after(&reply, number));
        collected.add(Collected { reply, size, cut: false }, pages.map(|pages| pages.items.as_str()));
        let (Some(pages), Some(next)) = (pages, next) else { return Ok(collected) };
        // A vendor that leads in a circle would have its figures added up again and again.
        let in_a_circle = values.get(&pages.argument) == Some(&next);
        if number == MAX_PAGES || collected.size > MAX_SIZE || in_a_circle {
            collected.cut = true;
            return Ok(collected);
        }
        values.insert(pages.argument.clone(), next);
        number += 1;
    }
}

impl Collected {
    /// Adds what came after it.
    fn add(&mut self, after: Self, items: Option<&str>) {
        self.size += after.size;
        self.cut |= after.cut;
        let mut before = std::mem::replace(&mut self.reply, after.reply);
        let Some(items) = items else { return };
        // An empty reply, as to a day without activity, has neither list nor fields.
        if !self.reply.is_object() {
            self.reply = before;
        } else if let Some(Value::Array(mut all)) = before.get_mut(items).map(Value::take) {
            if let Some(Value::Array(later)) = self.reply.get_mut(items) {
                all.append(later);
            }
            self.reply[items] = Value::Array(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put_together(replies: &[Value]) -> Value {
        let mut collected = Collected::default();
        for reply in replies {
            collected.add(Collected { reply: reply.clone(), size: 1, cut: false }, Some("data"));
        }
        assert_eq!(collected.size, replies.len());
        collected.reply
    }

    #[test]
    fn items_of_all_pages_are_in_one_list() {
        assert_eq!(
            put_together(&[
                json!({"data": [1], "next": 2}),
                json!({"data": []}),
                json!({"data": [2, 3], "next": null})
            ]),
            json!({"data": [1, 2, 3], "next": null})
        );
        assert_eq!(
            put_together(&[json!({"data": [1]}), json!({"error": null})]),
            json!({"error": null, "data": [1]})
        );
    }

    #[test]
    fn an_empty_reply_takes_nothing_away() {
        assert_eq!(put_together(&[json!({"data": [1]}), Value::Null]), json!({"data": [1]}));
        assert_eq!(put_together(&[Value::Null, json!({"data": [1]}), Value::Null]), json!({"data": [1]}));
        assert_eq!(put_together(&[Value::Null]), Value::Null);
    }

    #[test]
    fn a_request_about_one_day_runs_for_each() {
        let options = json!({
            "pages": {"a": {"argument": "page", "items": "data", "next": "n"}},
            "days": {"a": {"argument": "day", "from": "start", "to": "end"}},
        });
        let Value::Object(options) = options else { panic!("an object") };
        let options = Options::read(&options).unwrap();
        let Value::Object(arguments) = json!({"start": "2026-01-01", "end": "2026-01-02"}) else {
            panic!("an object")
        };
        let days = runs(&options, "a", &arguments).unwrap();
        assert_eq!(json!(days), json!([{"day": "2026-01-01"}, {"day": "2026-01-02"}]));
        assert_eq!(json!(runs(&options, "b", &arguments).unwrap()), json!([{}]));
        assert!(runs(&options, "a", &Map::new()).is_err());
    }
}
