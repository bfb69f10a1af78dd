//! Which report a call asks for.

use serde_json::{Map, Value};

use super::super::days;
use crate::failure::Failure;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Period {
    /// The last four weeks.
    Latest,
    /// Each of these days.
    Days(Vec<String>),
}

impl Period {
    /// The period of a call, given which of the requests the document has.
    pub(super) fn of(arguments: &Map<String, Value>, by_day: bool, latest: bool) -> Result<Self, Failure> {
        let text = |name: &str| arguments.get(name).and_then(Value::as_str);
        if !by_day {
            return Ok(Self::Latest);
        }
        let days = match (text("day"), text("since"), text("until")) {
            (Some(day), _, _) => days::of_period(day, day)?,
            (None, Some(since), Some(until)) => days::of_period(since, until)?,
            (None, Some(since), None) => days::of_period(since, &days::yesterday())?,
            (None, None, Some(until)) => days::of_period(until, until)?,
            (None, None, None) if latest => return Ok(Self::Latest),
            (None, None, None) => vec![days::yesterday()],
        };
        Ok(Self::Days(days))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn period(arguments: Value, by_day: bool, latest: bool) -> Result<Period, String> {
        let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        Period::of(&arguments, by_day, latest).map_err(|failure| failure.to_string())
    }

    #[test]
    fn arguments_choose_the_report() {
        let days = |days: &[&str]| Ok(Period::Days(days.iter().map(ToString::to_string).collect()));
        assert_eq!(period(json!({"day": "2026-03-02"}), true, false), days(&["2026-03-02"]));
        assert_eq!(period(json!({"until": "2026-03-02"}), true, true), days(&["2026-03-02"]));
        let both = json!({"since": "2026-03-01", "until": "2026-03-02"});
        assert_eq!(period(both.clone(), true, true), days(&["2026-03-01", "2026-03-02"]));
        assert_eq!(period(both, false, true), Ok(Period::Latest));
        assert_eq!(period(json!({}), true, true), Ok(Period::Latest));
        assert_eq!(period(json!({}), true, false), days(&[&days::yesterday()]));
        let since_yesterday = json!({"since": days::yesterday()});
        assert_eq!(period(since_yesterday, true, true), days(&[&days::yesterday()]));
        assert!(period(json!({"since": "2025-01-01"}), true, true).unwrap_err().contains("longer than"));
    }
}
