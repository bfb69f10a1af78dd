//! The error output of a hosted server: to the log, and its end kept for error messages.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, BufReader};
use tokio::time::Instant;

use super::lines::{self, Line};
use crate::upstream::mask::Mask;

/// Lines kept for error messages.
const KEPT_LINES: usize = 50;
/// Lines shown in one error message.
const SHOWN_LINES: usize = 5;
/// Longer lines are cut; servers print whole stack traces of minified code.
const MAX_LINE_BYTES: usize = 2_000;
/// A server may log this many lines in [`FLOOD_WINDOW`]; more are counted only.
const FLOOD_LINES: u32 = 200;
const FLOOD_WINDOW: Duration = Duration::from_secs(10);

/// The last lines, masked. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail(Arc<Mutex<VecDeque<String>>>);

impl Tail {
    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// All lines kept, oldest first.
    pub(super) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The last lines as an addition to a sentence; empty if there are none.
    pub(super) fn shown(&self) -> String {
        let lines = self.lines();
        let shown: Vec<String> = lines[lines.len().saturating_sub(SHOWN_LINES)..]
            .iter()
            .map(|line| line.chars().take(300).collect())
            .collect();
        if shown.is_empty() {
            String::new()
        } else {
            format!("; last lines of its stderr: {}", shown.join(" | "))
        }
    }
}

/// Reads until the stream ends. Log lines carry the tenant and connector of the current span.
pub(super) async fn follow(stream: impl AsyncRead + Unpin, tail: &Tail, mask: &Mask) {
    let mut reader = BufReader::new(stream);
    let (mut window, mut logged) = (Instant::now(), 0_u32);
    loop {
        let text = match lines::next(&mut reader, MAX_LINE_BYTES).await {
            Ok(Line::Full(line)) => mask.apply(&String::from_utf8_lossy(&line)),
            Ok(Line::TooLong(mut line)) => {
                // The cut may go through a secret, whose two halves no mask would know.
                line.truncate(line.len().saturating_sub(mask.longest()));
                while let Ok(Line::TooLong(_)) = lines::next(&mut reader, MAX_LINE_BYTES).await {}
                format!("{} …", mask.apply(&String::from_utf8_lossy(&line)))
            }
            Ok(Line::End) | Err(_) => return,
        };
        if text.trim().is_empty() {
            continue;
        }
        if window.elapsed() > FLOOD_WINDOW {
            if logged > FLOOD_LINES {
                tracing::warn!(
                    lines = logged - FLOOD_LINES,
                    "the hosted server floods its stderr: lines not logged"
                );
            }
            (window, logged) = (Instant::now(), 0);
        }
        logged += 1;
        if logged <= FLOOD_LINES {
            tracing::info!(stderr = text, "hosted server");
        }
        tail.push(text);
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[tokio::test]
    async fn the_last_fifty_lines_are_kept_and_the_last_five_shown() {
        let text: String = (1..=60).map(|n| format!("line {n}\n")).collect();
        let tail = Tail::default();
        follow(text.as_bytes(), &tail, &Mask::default()).await;
        assert_eq!(tail.lines().len(), 50);
        assert_eq!(tail.lines()[0], "line 11");
        assert_eq!(
            tail.shown(),
            "; last lines of its stderr: line 56 | line 57 | line 58 | line 59 | line 60"
        );
    }

    #[tokio::test]
    async fn secrets_are_masked_before_anything_is_kept() {
        let tail = Tail::default();
        let secret = SecretString::from("ghp_planted");
        follow(&b"token ghp_planted refused\n"[..], &tail, &Mask::new([&secret])).await;
        assert_eq!(tail.lines(), ["token *** refused"]);
    }

    #[tokio::test]
    async fn a_secret_that_the_cut_of_a_long_line_goes_through_is_not_kept_in_halves() {
        let tail = Tail::default();
        let secret = SecretString::from("ghp_planted");
        let text = format!("{}ghp_planted and more\nnext\n", "x".repeat(MAX_LINE_BYTES - 5));
        follow(text.as_bytes(), &tail, &Mask::new([&secret])).await;
        assert!(!tail.lines()[0].contains("ghp"), "{:?}", tail.lines());
        assert_eq!(tail.lines()[1], "next");
    }
}
