//! Events: what people see in `kubectl describe`. Told when something changes, never on every pass.

use std::time::Duration;

use crds::v1alpha1::{names::OPERATOR, status::State};
use k8s_openapi::{api::core::v1::ObjectReference, apimachinery::pkg::apis::meta::v1::Condition};
use kube::{
    Client,
    runtime::events::{Event, EventType, Recorder, Reporter},
};

use crate::{kind::Managed, options::OperatorOptions};

/// Longest note that the API takes, in bytes.
const NOTE_LIMIT: usize = 1024;
/// How long telling may hold up a pass.
const LIMIT: Duration = Duration::from_secs(5);

/// Publishes Events. That one could not be published stops nothing.
pub(crate) struct Events(Recorder);

impl Events {
    pub(crate) fn new(client: Client, options: &OperatorOptions) -> Self {
        let reporter = Reporter { controller: OPERATOR.to_owned(), instance: Some(options.holder.clone()) };
        Self(Recorder::new(client, reporter))
    }

    /// Tells what a condition of an object says now.
    pub(crate) async fn tell<K: Managed>(&self, object: &K, news: &Condition) {
        let good = news.status == State::True.as_str();
        let type_ = if good { EventType::Normal } else { EventType::Warning };
        self.publish(type_, &news.reason, &news.message, &object.object_ref(&())).await;
    }

    /// Warns of something about any object.
    pub(crate) async fn warn(&self, reason: &str, note: &str, about: &ObjectReference) {
        self.publish(EventType::Warning, reason, note, about).await;
    }

    async fn publish(&self, type_: EventType, reason: &str, note: &str, about: &ObjectReference) {
        let event = Event {
            type_,
            reason: reason.to_owned(),
            note: Some(cut(note).to_owned()),
            action: "Reconcile".to_owned(),
            secondary: None,
        };
        match tokio::time::timeout(LIMIT, self.0.publish(&event, about)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(error = %error, reason, "an Event could not be published"),
            Err(_) => tracing::debug!(reason, "an Event was not published in time"),
        }
    }
}

/// At most [`NOTE_LIMIT`] bytes of a text, ending at a character.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(NOTE_LIMIT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_note_is_cut_at_a_character() {
        let long = format!("{}é", "x".repeat(NOTE_LIMIT - 1));
        assert_eq!(cut(&long).len(), NOTE_LIMIT - 1);
        assert_eq!(cut("short"), "short");
    }
}
