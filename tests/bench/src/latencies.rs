//! How long things took: percentiles of a sample.

use std::time::Duration;

use serde::Serialize;

/// A sample of durations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies(Vec<Duration>);

/// What a sample is told by.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) count: usize,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) max_us: f64,
}

impl Latencies {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The nearest-rank percentiles; zeros of an empty sample.
    pub(crate) fn summary(mut self) -> Summary {
        self.0.sort_unstable();
        let at = |share: f64| microseconds(nearest_rank(&self.0, share));
        Summary { count: self.0.len(), p50_us: at(0.5), p99_us: at(0.99), max_us: at(1.0) }
    }
}

/// The smallest value that at least this share of a sorted sample does not exceed.
fn nearest_rank(sorted: &[Duration], share: f64) -> Duration {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or_default()
}

/// Microseconds, with their fraction.
pub(crate) fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// The middle of some figures; the mean of the two middle ones of an even number, zero of none.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => 0.0,
        count if count % 2 == 1 => figures[middle],
        _ => f64::midpoint(figures[middle - 1], figures[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_of_the_sample() {
        let mut latencies = Latencies::default();
        for millis in (1..=200).rev() {
            latencies.add(Duration::from_millis(millis));
        }
        let summary = latencies.summary();
        assert_eq!((summary.count, summary.p50_us, summary.p99_us, summary.max_us), (200, 1e5, 1.98e5, 2e5));
    }

    #[test]
    fn an_empty_sample_says_nothing() {
        assert_eq!(Latencies::default().summary().p99_us.to_bits(), 0);
        assert_eq!(median(Vec::new()).to_bits(), 0);
    }

    #[test]
    fn a_median_is_the_middle() {
        assert_eq!([median(vec![3.0, 1.0, 9.0]), median(vec![4.0, 1.0])], [3.0, 2.5]);
    }
}
