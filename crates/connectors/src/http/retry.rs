//! Whether to try again, and after how long. Pure: what happened goes in, a delay comes out.

use std::time::Duration;

use domain::document::Method;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::MAX_WAIT;

/// The most attempts of one request.
const MOST: u32 = 4;
/// The longest wait before the second attempt; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// How an attempt ended.
pub(super) enum Outcome<'a> {
    /// With a reply.
    Answered {
        /// Its status.
        status: u16,
        /// Its headers.
        headers: &'a HeaderMap,
    },
    /// The connection was never made.
    Unsent,
    /// The connection broke after it was made.
    Broken,
    /// In a way that another attempt would not change.
    Final,
}

/// The delay before the next attempt, `None` for none. `chance`, between 0 and 1, spreads clients out (full jitter). A
/// request that is not idempotent is repeated only if it was never sent.
pub(super) fn delay(attempt: u32, method: Method, outcome: &Outcome<'_>, chance: f64) -> Option<Duration> {
    if attempt >= MOST {
        return None;
    }
    let jitter = FIRST_WAIT.saturating_mul(1 << attempt.min(8)).min(MAX_WAIT).mul_f64(chance.clamp(0.0, 1.0));
    match outcome {
        Outcome::Unsent => Some(jitter),
        Outcome::Broken if method.is_idempotent() => Some(jitter),
        Outcome::Answered { status, headers } if method.is_idempotent() => {
            match (status, retry_after(headers)) {
                // 403 with Retry-After is how GitHub answers bursts.
                (403 | 429 | 502 | 503 | 504, Some(wait)) => (wait <= MAX_WAIT).then_some(wait),
                (429 | 502 | 503 | 504, None) => Some(jitter),
                _ => None,
            }
        }
        Outcome::Answered { .. } | Outcome::Broken | Outcome::Final => None,
    }
}

/// How long the vendor asks to wait: seconds, or a date measured against the vendor's own clock.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp());
    let until = date(text)?;
    let now = date(headers.get(DATE)?.to_str().ok()?)?;
    Some(Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn after(method: Method, status: u16, pairs: &[(HeaderName, &'static str)]) -> Option<Duration> {
        let headers =
            pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        delay(1, method, &Outcome::Answered { status, headers: &headers }, 0.5)
    }

    #[test]
    fn only_what_is_harmless_to_repeat_is_repeated() {
        for status in [429, 502, 503, 504] {
            assert_eq!(after(Method::Get, status, &[]), Some(FIRST_WAIT));
            assert_eq!(after(Method::Put, status, &[]), Some(FIRST_WAIT));
            assert_eq!(after(Method::Post, status, &[]), None);
            assert_eq!(after(Method::Patch, status, &[(RETRY_AFTER, "1")]), None);
        }
        for status in [200, 400, 401, 403, 404, 500, 501] {
            assert_eq!(after(Method::Get, status, &[]), None);
        }
        assert_eq!(delay(1, Method::Post, &Outcome::Unsent, 1.0), Some(FIRST_WAIT * 2));
        assert_eq!(delay(1, Method::Post, &Outcome::Broken, 1.0), None);
        assert_eq!(delay(1, Method::Get, &Outcome::Broken, 0.0), Some(Duration::ZERO));
        assert_eq!(delay(1, Method::Get, &Outcome::Final, 1.0), None);
        assert_eq!(delay(MOST, Method::Get, &Outcome::Unsent, 1.0), None);
    }

    #[test]
    fn the_vendor_says_how_long_within_reason() {
        let second = Duration::from_secs(1);
        assert_eq!(after(Method::Get, 429, &[(RETRY_AFTER, "7")]), Some(second * 7));
        assert_eq!(after(Method::Get, 403, &[(RETRY_AFTER, "30")]), Some(second * 30));
        assert_eq!(after(Method::Get, 429, &[(RETRY_AFTER, "31")]), None);
        let date = [(RETRY_AFTER, "Wed, 21 Oct 2026 07:28:05 GMT"), (DATE, "Wed, 21 Oct 2026 07:28:00 GMT")];
        assert_eq!(after(Method::Get, 503, &date), Some(second * 5));
        let past = [(RETRY_AFTER, "Wed, 21 Oct 2026 07:27:05 GMT"), (DATE, "Wed, 21 Oct 2026 07:28:00 GMT")];
        assert_eq!(after(Method::Get, 503, &past), Some(Duration::ZERO));
    }
}
