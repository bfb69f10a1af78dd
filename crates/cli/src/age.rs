//! Ages as kubectl writes them: `45s`, `5m12s`, `3h`, `12d`, `2y30d`.

use jiff::Timestamp;

/// How long ago `then` was, in at most two units.
pub(crate) fn since(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(then.as_second()).max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let two = |large: i64, large_unit: &str, small: i64, small_unit: &str| {
        if small == 0 {
            format!("{large}{large_unit}")
        } else {
            format!("{large}{large_unit}{small}{small_unit}")
        }
    };
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        () if hours < 3 => format!("{minutes}m"),
        () if hours < 8 => two(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if days < 8 => two(days, "d", hours % 24, "h"),
        () if days < 730 => format!("{days}d"),
        () if days < 8 * 365 => two(days / 365, "y", days % 365, "d"),
        () => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_at_most_two_units() {
        let age = |seconds| since(Timestamp::UNIX_EPOCH, Timestamp::from_second(seconds).unwrap());
        assert_eq!(age(0), "0s");
        assert_eq!(age(119), "119s");
        assert_eq!(age(312), "5m12s");
        assert_eq!(age(3_600), "60m");
        assert_eq!(age(3 * 3_600 + 120), "3h2m");
        assert_eq!(age(12 * 3_600), "12h");
        assert_eq!(age(3 * 86_400), "3d");
        assert_eq!(age(100 * 86_400), "100d");
        assert_eq!(age(800 * 86_400), "2y70d");
    }

    #[test]
    fn a_time_in_the_future_is_now() {
        assert_eq!(since(Timestamp::from_second(5).unwrap(), Timestamp::UNIX_EPOCH), "0s");
    }
}
