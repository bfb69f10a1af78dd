//! The days of a period, for vendors that report on one day at a time.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::failure::Failure;

/// The most days of a period: each is a request of its own.
pub(super) const MAX_DAYS: usize = 31;

/// Every day from one to another, both included, as `YYYY-MM-DD`. Times behind a date do not matter.
pub(super) fn of_period(from: &str, to: &str) -> Result<Vec<String>, Failure> {
    let (first, last) = (date(from)?, date(to)?);
    if last < first {
        return Err(Failure::new(format!("The period ends before it begins: {first} to {last}.")));
    }
    let days: Vec<String> = first
        .series(1.day())
        .take_while(|day| *day <= last)
        .take(MAX_DAYS + 1)
        .map(|day| day.to_string())
        .collect();
    if days.len() > MAX_DAYS {
        return Err(Failure::new(format!(
            "The period from {first} to {last} is longer than {MAX_DAYS} days; ask for a part of it at a time."
        )));
    }
    Ok(days)
}

/// The last day that is over, in UTC.
pub(super) fn yesterday() -> String {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    today.yesterday().unwrap_or(today).to_string()
}

fn date(text: &str) -> Result<Date, Failure> {
    let day = text.get(..10).unwrap_or(text);
    day.parse().map_err(|_| Failure::new(format!("{text:?} is no date; write it as YYYY-MM-DD.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_holds_both_of_its_ends() {
        assert_eq!(
            of_period("2026-02-27", "2026-03-01").unwrap(),
            ["2026-02-27", "2026-02-28", "2026-03-01"]
        );
        assert_eq!(of_period("2026-02-27T10:00:00Z", "2026-02-27").unwrap(), ["2026-02-27"]);
        assert_eq!(of_period("2026-01-01", "2026-01-31").unwrap().len(), MAX_DAYS);
    }

    #[test]
    fn a_period_that_cannot_be_asked_for_says_why() {
        for (from, to, word) in [
            ("2026-01-01", "2026-02-01", "longer than 31 days"),
            ("2026-01-02", "2026-01-01", "ends before it begins"),
            ("yesterday", "2026-01-01", "write it as YYYY-MM-DD"),
            ("2026-01-01", "2026-13-01", "write it as YYYY-MM-DD"),
            ("0001-01-01", "9999-12-31", "longer than 31 days"),
            ("ä123456789ü", "2026-01-01", "write it as YYYY-MM-DD"),
        ] {
            let failure = of_period(from, to).unwrap_err().to_string();
            assert!(failure.contains(word), "{from} {to}: {failure}");
        }
    }

    #[test]
    fn yesterday_is_a_date_in_the_past() {
        let today = Timestamp::now().to_string();
        assert!(yesterday().as_str() < &today[..10]);
        assert_eq!(of_period(&yesterday(), &yesterday()).unwrap(), [yesterday()]);
    }
}
