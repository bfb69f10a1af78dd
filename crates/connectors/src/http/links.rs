//! `Link` headers (RFC 8288): where the next page is.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, LINK};
use serde_json::{Value, json};
use url::Url;

/// The links of a reply, by relation.
#[derive(Debug, Default)]
pub(crate) struct Links(BTreeMap<String, String>);

impl Links {
    /// Reads the links of a reply. What is not well-formed is passed over.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut links = BTreeMap::new();
        for value in headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()) {
            // A URL in angle brackets may hold commas, so links are cut at `<`.
            for part in value.split('<').skip(1) {
                let Some((url, parameters)) = part.split_once('>') else { continue };
                let relation =
                    parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("rel="));
                let Some(relation) = relation else { continue };
                for name in relation.trim_end_matches([',', ' ']).trim_matches('"').split_ascii_whitespace() {
                    links.insert(name.to_owned(), url.to_owned());
                }
            }
        }
        Self(links)
    }

    /// All links: relation to URL.
    pub(crate) fn to_json(&self) -> Value {
        json!(self.0)
    }

    /// The number of the next page, where the next link has one.
    pub(crate) fn next_page(&self) -> Value {
        let url = self.0.get("next").and_then(|next| Url::parse(next).ok());
        let page = url.and_then(|url| {
            let (_, page) = url.query_pairs().find(|(name, _)| name == "page")?;
            page.parse::<u64>().ok()
        });
        page.map_or(Value::Null, Value::from)
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn links(value: &'static str) -> Links {
        Links::of(&HeaderMap::from_iter([(LINK, HeaderValue::from_static(value))]))
    }

    #[test]
    fn the_next_page_is_read_from_the_link_header() {
        let some = links(
            r#"<https://a.test/x?a=1,2&page=3&per_page=2>; rel="next", <https://a.test/x?page=9>; rel="last""#,
        );
        assert_eq!(some.next_page(), json!(3));
        assert_eq!(some.to_json()["last"], json!("https://a.test/x?page=9"));
        let cursor = links("<https://a.test/x?after=abc>; title=\"x\"; rel=next");
        assert_eq!(cursor.next_page(), Value::Null);
        assert_eq!(cursor.to_json(), json!({"next": "https://a.test/x?after=abc"}));
        assert_eq!(links("nonsense, <x; rel=next").next_page(), Value::Null);
    }
}
