//! News that a server's lists have changed, so that whoever caches them can drop them.

use tokio::sync::watch;

/// How often each list of a server has changed since the gateway knows it. Only differences mean something. A new start or
/// a new session counts as a change of all: the program may be another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListVersions {
    /// `tools/list`.
    pub tools: u64,
    /// `prompts/list`.
    pub prompts: u64,
    /// `resources/list` and `resources/templates/list`.
    pub resources: u64,
}

/// Counts the changes of one server. Clones count together.
#[derive(Clone, Debug)]
pub(super) struct ListChanges(watch::Sender<ListVersions>);

impl ListChanges {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(ListVersions::default()))
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<ListVersions> {
        self.0.subscribe()
    }

    /// Counts a notification, if it is one of these.
    pub(super) fn note(&self, method: &str) {
        let count: fn(&mut ListVersions) = match method {
            "notifications/tools/list_changed" => |versions| versions.tools += 1,
            "notifications/prompts/list_changed" => |versions| versions.prompts += 1,
            "notifications/resources/list_changed" => |versions| versions.resources += 1,
            _ => return,
        };
        self.0.send_modify(count);
    }

    /// Counts a change of everything.
    pub(super) fn note_all(&self) {
        self.0.send_modify(|versions| {
            versions.tools += 1;
            versions.prompts += 1;
            versions.resources += 1;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_is_counted_for_itself_and_a_restart_counts_for_all() {
        let changes = ListChanges::new();
        let seen = changes.subscribe();
        changes.note("notifications/tools/list_changed");
        changes.note("notifications/resources/updated");
        assert_eq!(*seen.borrow(), ListVersions { tools: 1, ..ListVersions::default() });
        changes.note_all();
        assert_eq!(*seen.borrow(), ListVersions { tools: 2, prompts: 1, resources: 1 });
    }
}
