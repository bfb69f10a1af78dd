//! A JSON object whose members stay raw: one of them can be changed and all others leave as they came, in their order,
//! with their number formats and unknown members.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// The members of one object, in order.
#[derive(Debug, Default)]
pub(super) struct Entries(Vec<(String, Box<RawValue>)>);

impl Entries {
    /// Reads an object; `None` if the text is another kind of JSON value.
    pub(super) fn parse(raw: &RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }

    pub(super) fn get(&self, key: &str) -> Option<&RawValue> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| &**value)
    }

    /// A member that is a string.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.get(key).and_then(|raw| serde_json::from_str(raw.get()).ok())
    }

    /// A member that is an object.
    pub(super) fn object(&self, key: &str) -> Option<Self> {
        self.get(key).and_then(Self::parse)
    }

    /// Sets a member where it stands, or at the end.
    pub(super) fn set(&mut self, key: &str, value: Box<RawValue>) {
        match self.0.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key.to_owned(), value)),
        }
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Box<RawValue>> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.remove(at).1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_raw(self) -> Box<RawValue> {
        raw(&self)
    }
}

/// Any of our own values as raw JSON.
pub(super) fn raw<T: Serialize + ?Sized>(value: &T) -> Box<RawValue> {
    to_raw_value(value).expect("strings, numbers and raw JSON under string keys always serialise")
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Entries;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    let value = map.next_value()?;
                    // As most readers do, the last of two equal names wins; two of them must not reach anyone.
                    match entries.iter_mut().find(|(name, _)| *name == key) {
                        Some((_, old)) => *old = value,
                        None => entries.push((key, value)),
                    }
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Entries {
        Entries::parse(&RawValue::from_string(text.to_owned()).unwrap()).unwrap()
    }

    #[test]
    fn everything_but_the_changed_member_stays_as_it_came() {
        let mut entries = parse(r#"{"z":1.10,"a":{"b" : [1e3, 9007199254740993]},"m":"\u00e9"}"#);
        entries.set("m", raw("new"));
        entries.set("end", raw(&true));
        let text = r#"{"z":1.10,"a":{"b" : [1e3, 9007199254740993]},"m":"new","end":true}"#;
        assert_eq!(entries.into_raw().get(), text);
    }

    #[test]
    fn a_name_given_twice_is_passed_on_once() {
        let mut entries = parse(r#"{"a":1,"a":2}"#);
        assert_eq!(entries.remove("a").unwrap().get(), "2");
        assert!(entries.is_empty());
    }
}
