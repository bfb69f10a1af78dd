//! What a document says to `gather_pages`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::failure::Failure;

/// All of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Options {
    /// How the pages of a request are followed.
    pub(super) pages: BTreeMap<String, Pages>,
    /// Which requests are sent for every day of a period.
    pub(super) days: BTreeMap<String, Days>,
    /// Which requests may fail.
    optional: Vec<String>,
}

/// How pages are followed. Exactly one of `next`, `last` and `size` is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pages {
    /// The argument that says which page.
    pub(super) argument: String,
    /// The field of the reply that lists the items.
    pub(super) items: String,
    /// The field that holds the argument of the next page, null on the last.
    next: Option<String>,
    /// The field that holds the number of the last page.
    last: Option<String>,
    /// The number of items on every page but the last.
    size: Option<usize>,
}

/// A request that is about one day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Days {
    /// The argument that says which day.
    pub(super) argument: String,
    /// The tool's argument that holds the first day.
    pub(super) from: String,
    /// The tool's argument that holds the last day.
    pub(super) to: String,
}

impl Options {
    pub(super) fn read(options: &Map<String, Value>) -> Result<Self, Failure> {
        let read: Self = serde_json::from_value(Value::Object(options.clone())).map_err(|error| {
            Failure::new(format!("The connector's options of gather_pages are not valid: {error}."))
        })?;
        let ways = |pages: &Pages| [pages.next.is_some(), pages.last.is_some(), pages.size.is_some()];
        if read.pages.values().any(|pages| ways(pages).into_iter().filter(|given| *given).count() != 1) {
            return Err(Failure::new(
                "The connector gives not exactly one of next, last and size for its pages.",
            ));
        }
        if read.days.keys().any(|name| !read.pages.contains_key(name)) {
            return Err(Failure::new(
                "The connector repeats a request for every day and does not say its items.",
            ));
        }
        Ok(read)
    }

    pub(super) fn is_optional(&self, name: &str) -> bool {
        self.optional.iter().any(|optional| optional == name)
    }
}

impl Pages {
    /// The argument of the page after this one, which is the `number`th; `None` after the last.
    pub(super) fn after(&self, reply: &Value, number: usize) -> Option<Value> {
        if let Some(field) = &self.next {
            return field_of(reply, field).filter(|next| !next.is_null()).cloned();
        }
        let more = match (&self.last, self.size) {
            (Some(field), _) => {
                let last = field_of(reply, field).and_then(Value::as_u64);
                last.is_some_and(|last| (number as u64) < last)
            }
            (None, size) => {
                let items = reply.get(&self.items).and_then(Value::as_array);
                items.is_some_and(|items| !items.is_empty() && size.is_some_and(|size| items.len() >= size))
            }
        };
        more.then(|| Value::from(number + 1))
    }
}

/// A field, of an object within where the name holds dots.
fn field_of<'a>(reply: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(reply, |value, name| value.get(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pages(options: Value) -> Pages {
        serde_json::from_value(options).unwrap()
    }

    fn read(options: Value) -> Result<Options, String> {
        let Value::Object(options) = options else { panic!("options are an object") };
        Options::read(&options).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_field_leads_on_until_it_is_null() {
        let pages = pages(json!({"argument": "page", "items": "data", "next": "next_page"}));
        assert_eq!(pages.after(&json!({"data": [], "next_page": "p2"}), 1), Some(json!("p2")));
        assert_eq!(pages.after(&json!({"data": [1], "next_page": null}), 1), None);
        assert_eq!(pages.after(&json!({"data": [1]}), 1), None);
        assert_eq!(pages.after(&Value::Null, 1), None);
    }

    #[test]
    fn numbered_pages_end_with_the_last() {
        let pages = pages(json!({"argument": "page", "items": "rows", "last": "pagination.totalPages"}));
        let reply = json!({"rows": [1], "pagination": {"totalPages": 3}});
        assert_eq!(pages.after(&reply, 2), Some(json!(3)));
        assert_eq!(pages.after(&reply, 3), None);
        assert_eq!(pages.after(&json!({"rows": [1]}), 1), None);
    }

    #[test]
    fn numbered_pages_without_a_last_end_with_one_that_is_not_full() {
        let pages = pages(json!({"argument": "page", "items": "seats", "size": 2}));
        assert_eq!(pages.after(&json!({"seats": [1, 2]}), 1), Some(json!(2)));
        assert_eq!(pages.after(&json!({"seats": [1]}), 2), None);
        assert_eq!(pages.after(&json!({"seats": []}), 2), None);
        assert_eq!(pages.after(&json!({}), 2), None);
    }

    #[test]
    fn options_that_say_too_little_or_too_much_are_refused() {
        let good =
            json!({"pages": {"a": {"argument": "page", "items": "data", "next": "n"}}, "optional": ["a"]});
        let read_good = read(good).unwrap();
        assert!(read_good.is_optional("a") && !read_good.is_optional("b"));
        for (options, word) in [
            (json!({"pages": {"a": {"argument": "page", "items": "data"}}}), "exactly one"),
            (
                json!({"pages": {"a": {"argument": "page", "items": "d", "next": "n", "size": 1}}}),
                "exactly one",
            ),
            (json!({"days": {"a": {"argument": "day", "from": "f", "to": "t"}}}), "does not say its items"),
            (json!({"page": {}}), "not valid"),
        ] {
            let problem = read(options.clone()).unwrap_err();
            assert!(problem.contains(word), "{options}: {problem}");
        }
    }
}
