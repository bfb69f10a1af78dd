//! Durations as people write them in manifests: `30d`, `12h`, `1h30m`, `45s`.

use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

/// The pattern of a duration in the CRD schema. It accepts nothing that [`Span`] refuses for its length: an object that
/// passed admission must be readable. Zero is left to a rule of the CRD.
pub const PATTERN: &str = "^([0-9]{1,5}d)?([0-9]{1,6}h)?([0-9]{1,8}m)?([0-9]{1,9}s)?$";

/// A span of time in whole seconds, written as days, hours, minutes and seconds (`7d`, `1h30m`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    text: String,
    secs: u64,
}

impl Span {
    /// The length.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_secs(self.secs)
    }
}

/// A text that is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no duration: write days, hours, minutes and seconds, as in 30d, 12h or 1h30m")]
pub struct InvalidSpan(String);

impl FromStr for Span {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Self, InvalidSpan> {
        let invalid = || InvalidSpan(text.chars().take(80).collect());
        let mut secs = 0_u64;
        let mut rest = text;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(invalid)?;
            let number: u64 = rest[..digits].parse().map_err(|_| invalid())?;
            let unit = match rest.as_bytes()[digits] {
                b'd' => 86_400,
                b'h' => 3_600,
                b'm' => 60,
                b's' => 1,
                _ => return Err(invalid()),
            };
            secs = number.checked_mul(unit).and_then(|part| secs.checked_add(part)).ok_or_else(invalid)?;
            rest = &rest[digits + 1..];
        }
        // A bound on every later sum with a time stamp, above all that the pattern lets through.
        if secs == 0 || secs > 1_000 * 366 * 86_400 {
            return Err(invalid());
        }
        Ok(Self { text: text.to_owned(), secs })
    }
}

impl TryFrom<String> for Span {
    type Error = InvalidSpan;

    fn try_from(text: String) -> Result<Self, InvalidSpan> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.text
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl schemars::JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 2, "pattern": PATTERN })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_add_up() {
        for (text, secs) in [("45s", 45), ("1h30m", 5_400), ("30d", 2_592_000), ("1d1h1m1s", 90_061)] {
            assert_eq!(text.parse::<Span>().unwrap().duration(), Duration::from_secs(secs), "{text}");
        }
    }

    #[test]
    fn the_longest_text_that_admission_lets_through_is_a_span() {
        assert!("99999d999999h99999999m999999999s".parse::<Span>().is_ok());
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in ["", "0s", "5", "5x", "h", "-1h", "1.5h", "99999999999999999999d", "999999d", "1h ", "é"]
        {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }
}
