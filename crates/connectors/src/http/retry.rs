//! Whether to try again, and after how long. Pure: what happened goes in, a delay comes out.

use std::time::Duration;

use super::limit::Limit;

/// The most attempts of one request.
const MOST: u32 = 4;
/// The longest wait before the second attempt; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// How an attempt ended.
pub(super) enum Outcome {
    /// With a reply.
    Answered {
        /// Its status.
        status: u16,
        /// The rate limit that it tells of.
        limit: Option<Limit>,
        /// How long it asks to wait for another reason.
        retry_after: Option<Duration>,
    },
    /// The connection was never made.
    Unsent,
    /// The connection broke after it was made.
    Broken,
    /// In a way that another attempt would not change.
    Final,
}

/// The delay before the next attempt, `None` for none. A request that is not `repeatable` is repeated only if it was
/// never sent. `left` is how long the call may yet wait; `chance`, between 0 and 1, spreads clients out (full jitter).
pub(super) fn delay(
    attempt: u32,
    repeatable: bool,
    outcome: &Outcome,
    left: Duration,
    chance: f64,
) -> Option<Duration> {
    if attempt >= MOST {
        return None;
    }
    let jitter = FIRST_WAIT.saturating_mul(1 << attempt.min(8)).mul_f64(chance.clamp(0.0, 1.0));
    let wait = match outcome {
        Outcome::Unsent => jitter,
        Outcome::Broken if repeatable => jitter,
        Outcome::Answered { status, limit, retry_after } if repeatable => match (status, limit) {
            (_, Some(Limit { wait: Some(wait) })) => *wait,
            (429, _) => jitter,
            (502..=504, _) => retry_after.unwrap_or(jitter),
            _ => return None,
        },
        Outcome::Answered { .. } | Outcome::Broken | Outcome::Final => return None,
    };
    (wait <= left).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Duration = Duration::from_secs(30);

    fn answered(status: u16, limit: Option<Option<u64>>, retry_after: Option<u64>) -> Outcome {
        let limit = limit.map(|wait| Limit { wait: wait.map(Duration::from_secs) });
        Outcome::Answered { status, limit, retry_after: retry_after.map(Duration::from_secs) }
    }

    #[test]
    fn only_what_is_harmless_to_repeat_is_repeated() {
        for status in [429, 502, 503, 504] {
            let outcome = answered(status, (status == 429).then_some(None), None);
            assert_eq!(delay(1, true, &outcome, LEFT, 0.5), Some(FIRST_WAIT));
            assert_eq!(delay(1, false, &outcome, LEFT, 0.5), None);
        }
        for status in [200, 400, 401, 403, 404, 500, 501] {
            assert_eq!(delay(1, true, &answered(status, None, Some(1)), LEFT, 0.5), None);
        }
        assert_eq!(delay(1, false, &answered(429, Some(Some(1)), None), LEFT, 0.5), None);
        assert_eq!(delay(1, true, &answered(403, Some(None), None), LEFT, 0.5), None);
        assert_eq!(delay(1, false, &Outcome::Unsent, LEFT, 1.0), Some(FIRST_WAIT * 2));
        assert_eq!(delay(1, false, &Outcome::Broken, LEFT, 1.0), None);
        assert_eq!(delay(1, true, &Outcome::Broken, LEFT, 0.0), Some(Duration::ZERO));
        assert_eq!(delay(1, true, &Outcome::Final, LEFT, 1.0), None);
        assert_eq!(delay(MOST, true, &Outcome::Unsent, LEFT, 1.0), None);
    }

    #[test]
    fn the_vendor_says_how_long_and_the_call_how_long_at_most() {
        let second = Duration::from_secs(1);
        assert_eq!(delay(1, true, &answered(429, Some(Some(7)), None), LEFT, 0.5), Some(second * 7));
        assert_eq!(delay(1, true, &answered(403, Some(Some(30)), None), LEFT, 0.5), Some(second * 30));
        assert_eq!(delay(1, true, &answered(429, Some(Some(31)), None), LEFT, 0.5), None);
        assert_eq!(delay(1, true, &answered(429, Some(Some(7)), None), second * 6, 0.5), None);
        assert_eq!(delay(1, true, &answered(503, None, Some(5)), LEFT, 0.5), Some(second * 5));
        assert_eq!(delay(1, true, &answered(503, None, None), Duration::ZERO, 0.5), None);
    }
}
