//! What a hosted server writes to its standard output, message by message.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::link::Link;
use crate::upstream::changes::ListChanges;
use crate::upstream::mask::Mask;
use crate::upstream::message::{self, Incoming};

/// Gives each message to whom it concerns: answers and progress to the call they name, a log message, which names none, to
/// the one caller that waits. It is dropped where several do.
pub(super) struct Receiver {
    link: Arc<Link>,
    changes: ListChanges,
    mask: Mask,
    noise_seen: AtomicBool,
}

impl Receiver {
    pub(super) fn new(link: Arc<Link>, changes: ListChanges, mask: Mask) -> Self {
        Self { link, changes, mask, noise_seen: AtomicBool::new(false) }
    }

    /// Takes one line. What is no JSON-RPC is tolerated: many servers greet on standard output.
    pub(super) fn receive(&self, line: &[u8]) {
        let messages = std::str::from_utf8(line).ok().and_then(message::read);
        let Some(messages) = messages else { return self.noise(line) };
        for message in messages {
            self.handle(message);
        }
    }

    fn handle(&self, incoming: Incoming) {
        match incoming {
            Incoming::Reply { id: Some(id), outcome } => self.link.resolve(id, outcome),
            Incoming::Reply { id: None, .. } => tracing::debug!("a reply that names no request"),
            Incoming::Request { id, method } => self.link.try_send(message::answer(&id, &method)),
            Incoming::Notification { method, params, message } => match method.as_str() {
                "notifications/progress" => {
                    let token = params.as_ref().and_then(|params| params.get("progressToken"));
                    if let (Some(id), Some(params)) = (token.and_then(message::number), params) {
                        self.link.with_progress(id, |listener| listener.progress(&message, params));
                    }
                }
                "notifications/message" => {
                    self.link.with_only_listener(|listener| listener.log(&message, params.as_ref()));
                }
                method => self.changes.note(method),
            },
        }
    }

    fn noise(&self, line: &[u8]) {
        if line.trim_ascii().is_empty() {
            return;
        }
        if self.noise_seen.swap(true, Ordering::Relaxed) {
            tracing::debug!("more standard output that is not JSON-RPC");
            return;
        }
        let start: String = String::from_utf8_lossy(&line[..line.len().min(4_096)]).chars().collect();
        let start: String = self.mask.apply(&start).chars().take(200).collect();
        tracing::warn!(
            stdout = start,
            "the hosted server writes what is not JSON-RPC to its standard output"
        );
    }
}
