//! Editing JSON objects without understanding them: members keep their order, their spelling and every digit.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// The members of an object, in order, each value as it was written.
#[derive(Default)]
pub struct Members<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    members.push((name, Cow::Borrowed(value.get())));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

impl<'a> Members<'a> {
    /// Reads an object; `None` if the JSON is something else.
    #[must_use]
    pub fn parse(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// A member's JSON. Of two with one name the last counts, as for any JSON reader.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }

    /// A member that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(|json| serde_json::from_str(json).ok())
    }

    /// The names and JSON texts, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Replaces a member's JSON where it stands, or adds it at the end.
    pub fn set(&mut self, name: &'a str, json: impl Into<Cow<'a, str>>) {
        let json = json.into();
        match self.0.iter_mut().rev().find(|(key, _)| key == name) {
            Some(member) => member.1 = json,
            None => self.0.push((Cow::Borrowed(name), json)),
        }
    }

    /// Takes members out by name.
    pub fn remove(&mut self, unwanted: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| !unwanted(name));
    }

    /// Whether two have the same name.
    #[must_use]
    pub fn has_doubles(&self) -> bool {
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| &**name).collect();
        names.sort_unstable();
        names.windows(2).any(|pair| pair[0] == pair[1])
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The object as text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let size = self.0.iter().map(|(name, value)| name.len() + value.len() + 4).sum::<usize>() + 2;
        let mut json = String::with_capacity(size);
        json.push('{');
        for (index, (name, value)) in self.0.iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            json.push_str(&quoted(name));
            json.push(':');
            json.push_str(value);
        }
        json.push('}');
        json
    }
}

/// The elements of an array, each as it was written; `None` if the JSON is something else.
#[must_use]
pub fn elements(json: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json).ok()
}

/// A text as a JSON string.
#[must_use]
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text serialises")
}

/// Takes over JSON that was composed of valid parts.
#[must_use]
pub fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).expect("composed of valid JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_touched_stays_as_it_was() {
        let json = r#"{"z":1.00,"a":{"b":[1e400,"\u00e9"]},"name":"x","\"q":null,"big":123456789012345678901234567890}"#;
        let mut members = Members::parse(json).unwrap();
        assert_eq!(members.to_json(), json);
        members.set("name", quoted("y"));
        members.set("new", "true");
        members.remove(|name| name == "z");
        assert_eq!(
            members.to_json(),
            r#"{"a":{"b":[1e400,"\u00e9"]},"name":"y","\"q":null,"big":123456789012345678901234567890,"new":true}"#
        );
    }

    #[test]
    fn other_json_is_no_object() {
        for json in ["[]", "1", "null", "{", ""] {
            assert!(Members::parse(json).is_none(), "{json}");
        }
    }

    #[test]
    fn the_last_of_two_members_counts() {
        assert_eq!(Members::parse(r#"{"a":1,"a":2}"#).unwrap().get("a"), Some("2"));
    }
}
