//! Rate limits as vendors tell them: whether a reply is one, and how long until the next try. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;

use super::Reply;

/// Numbers from here on are a time in milliseconds since 1970, as Linear writes it.
const MILLISECONDS: f64 = 1e11;
/// Numbers from here on are a time in seconds since 1970; below, a number of seconds.
const SECONDS: f64 = 1e9;

/// A rate limit that a request ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    /// How long until it makes sense to try again, where the vendor says so.
    pub(crate) wait: Option<Duration>,
}

/// The limit that a reply tells of, if it does. `now` counts where the reply does not say what time it is.
pub(crate) fn of(reply: &Reply, now: Timestamp) -> Option<Limit> {
    let exhausted = exhausted(&reply.headers).next().is_some();
    match reply.status {
        429 => {}
        // 403 is how GitHub answers bursts, 400 how Linear answers whoever has used up a quota.
        403 if exhausted || reply.headers.contains_key(RETRY_AFTER) => {}
        400 if exhausted => {}
        _ => return None,
    }
    Some(Limit { wait: wait(reply, now) })
}

/// How long the vendor asks to wait, wherever it says so.
pub(crate) fn wait(reply: &Reply, now: Timestamp) -> Option<Duration> {
    let headers = &reply.headers;
    let asked = retry_after(headers, now);
    let now = date(headers).unwrap_or(now);
    asked
        .or_else(|| named_in_body(reply))
        .or_else(|| named(headers, "x-ratelimit-reset-after", now))
        // Of several quotas, those that are used up count.
        .or_else(|| exhausted(headers).filter_map(|reset| named(headers, &reset, now)).max())
        .or_else(|| {
            ["ratelimit-reset", "x-ratelimit-reset"].iter().find_map(|name| named(headers, name, now))
        })
}

/// `Retry-After`: seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return from_seconds(seconds);
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(until_then(until, date(headers).unwrap_or(now)))
}

/// The names of the headers that say when used-up quotas start anew: `…-remaining: 0` goes with `…-reset`.
fn exhausted(headers: &HeaderMap) -> impl Iterator<Item = String> {
    headers.iter().filter_map(|(name, value)| {
        let is_quota = name.as_str().contains("ratelimit") && name.as_str().contains("remaining");
        (is_quota && value == "0").then(|| name.as_str().replace("remaining", "reset"))
    })
}

/// Discord says it in the body, to the millisecond.
fn named_in_body(reply: &Reply) -> Option<Duration> {
    if reply.status != 429 {
        return None;
    }
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    from_seconds(body.get("retry_after")?.as_f64()?)
}

/// The wait that a header says: seconds, a time in seconds or milliseconds, a date, or a duration such as `6m0s`.
fn named(headers: &HeaderMap, name: &str, now: Timestamp) -> Option<Duration> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    if let Ok(number) = text.parse::<f64>() {
        let seconds = if number >= MILLISECONDS { number / 1e3 } else { number };
        return if number < SECONDS {
            from_seconds(number)
        } else {
            let until = Timestamp::from_duration(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()?;
            Some(until_then(until, now))
        };
    }
    let until = text.parse::<Timestamp>().ok().map(|until| until_then(until, now));
    until.or_else(|| Duration::try_from(text.parse::<SignedDuration>().ok()?).ok())
}

/// The vendor's own clock.
fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let zoned = jiff::fmt::rfc2822::parse(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some(zoned.timestamp())
}

fn from_seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds.max(0.0)).ok()
}

fn until_then(until: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    /// 2026-11-25T00:00:00Z.
    const NOW: i64 = 1_795_564_800;

    fn limit(status: u16, headers: &[(&'static str, &str)], body: &str) -> Option<Option<f64>> {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::try_from(*value).unwrap())
        };
        let headers = headers.iter().map(pair).collect();
        let reply = Reply { body: body.as_bytes().to_vec().into(), ..Reply::new(status, headers) };
        of(&reply, Timestamp::from_second(NOW).unwrap())
            .map(|limit| limit.wait.map(|wait| wait.as_secs_f64()))
    }

    #[test]
    fn each_vendors_way_to_say_how_long_is_read() {
        let (later, millis) = ((NOW + 42).to_string(), format!("{}", (NOW + 42) * 1000));
        for (vendor, status, headers, body, seconds) in [
            ("Slack", 429, vec![("retry-after", "30")], "{}", 30.0),
            ("GitHub's bursts", 403, vec![("retry-after", "60")], "", 60.0),
            (
                "GitHub",
                403,
                vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", later.as_str())],
                "",
                42.0,
            ),
            (
                "GitLab",
                429,
                vec![("ratelimit-remaining", "0"), ("ratelimit-reset", later.as_str())],
                "",
                42.0,
            ),
            ("the IETF's draft", 429, vec![("ratelimit-reset", "7")], "", 7.0),
            ("Discord", 429, vec![("x-ratelimit-reset-after", "1.5")], "", 1.5),
            ("Discord's body", 429, vec![("x-ratelimit-reset-after", "9")], r#"{"retry_after": 0.25}"#, 0.25),
            (
                "Linear",
                400,
                vec![
                    ("x-ratelimit-requests-remaining", "0"),
                    ("x-ratelimit-requests-reset", millis.as_str()),
                    ("x-ratelimit-complexity-remaining", "9"),
                    ("x-ratelimit-complexity-reset", "99999"),
                ],
                "",
                42.0,
            ),
            ("Jira", 429, vec![("x-ratelimit-reset", "2026-11-25T00:00:42Z")], "", 42.0),
            (
                "OpenAI",
                429,
                vec![("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "6m2s")],
                "",
                362.0,
            ),
            (
                "a date, by the vendor's clock",
                429,
                vec![
                    ("retry-after", "Wed, 21 Oct 2026 07:28:05 GMT"),
                    ("date", "Wed, 21 Oct 2026 07:28:00 GMT"),
                ],
                "",
                5.0,
            ),
            ("a time that is over", 429, vec![("x-ratelimit-reset", "1700000000")], "", 0.0),
        ] {
            assert_eq!(limit(status, &headers, body), Some(Some(seconds)), "{vendor}");
        }
    }

    #[test]
    fn what_is_no_limit_is_none_and_what_is_unreadable_says_nothing() {
        assert_eq!(limit(403, &[], ""), None);
        assert_eq!(limit(403, &[("x-ratelimit-remaining", "12"), ("x-ratelimit-reset", "5")], ""), None);
        assert_eq!(limit(400, &[("retry-after", "5")], ""), None);
        assert_eq!(limit(200, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "5")], ""), None);
        for (name, value) in [("retry-after", "soon"), ("retry-after", "NaN"), ("x-ratelimit-reset", "1e300")]
        {
            assert!(
                matches!(limit(429, &[(name, value)], "not JSON"), Some(None | Some(0.0))),
                "{name}: {value}"
            );
        }
        assert_eq!(limit(429, &[], r#"{"retry_after": "soon"}"#), Some(None));
    }
}
