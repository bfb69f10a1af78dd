//! How long ago something was, as `kubectl` prints it: two units at most, fewer as it grows.

use jiff::{SignedDuration, Timestamp};

/// The age of a timestamp in JSON; what is no timestamp is unknown.
pub(super) fn of(time: &str, now: Timestamp) -> String {
    time.parse::<Timestamp>().map_or_else(|_| "<unknown>".to_owned(), |time| short(now.duration_since(time)))
}

fn short(age: SignedDuration) -> String {
    let seconds = age.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let with = |big: i64, unit: char, rest: i64, small: char| {
        if rest == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{rest}{small}") }
    };
    match seconds {
        // A clock may be a second ahead; a time in the future is no age.
        ..=-2 => "<invalid>".to_owned(),
        -1..0 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        120..600 => with(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => with(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => with(days, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => with(days / 365, 'y', days % 365, 'd'),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_read_as_kubectl_prints_them() {
        let cases = [
            (0, "0s"),
            (119, "119s"),
            (125, "2m5s"),
            (180, "3m"),
            (3_660, "61m"),
            (3 * 3_600 + 60, "3h1m"),
            (20 * 3_600, "20h"),
            (50 * 3_600, "2d2h"),
            (30 * 86_400, "30d"),
            (800 * 86_400, "2y70d"),
            (-100, "<invalid>"),
        ];
        for (seconds, text) in cases {
            assert_eq!(short(SignedDuration::from_secs(seconds)), text);
        }
        assert_eq!(of("yesterday", Timestamp::UNIX_EPOCH), "<unknown>");
    }
}
