//! Notifications on their way to one client, without those that it did not ask for.

use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::era::Era;

/// RFC 5424 severities as MCP names them, least severe first.
const LEVELS: [&str; 8] = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/// The notifications of one request.
pub(super) struct Notices {
    receiver: mpsc::Receiver<Box<RawValue>>,
    logs: Logs,
}

/// Which log messages the client wants.
enum Logs {
    /// Whatever the server sends: a legacy client has set the level there.
    All,
    /// From this position in [`LEVELS`] on; none if it is past the end.
    From(usize),
}

impl Notices {
    pub(super) fn new(receiver: mpsc::Receiver<Box<RawValue>>, era: &Era) -> Self {
        let logs = match era {
            Era::Legacy { .. } => Logs::All,
            Era::Modern { log_level } => Logs::From(position(log_level.as_deref())),
        };
        Self { receiver, logs }
    }

    /// The next one; `None` when the server can send no more.
    pub(super) async fn recv(&mut self) -> Option<Box<RawValue>> {
        loop {
            let notice = self.receiver.recv().await?;
            if self.logs.want(&notice) {
                return Some(notice);
            }
        }
    }

    /// The next one that has come already.
    pub(super) fn try_recv(&mut self) -> Option<Box<RawValue>> {
        loop {
            let notice = self.receiver.try_recv().ok()?;
            if self.logs.want(&notice) {
                return Some(notice);
            }
        }
    }
}

fn position(level: Option<&str>) -> usize {
    level.and_then(|level| LEVELS.iter().position(|known| *known == level)).unwrap_or(LEVELS.len())
}

impl Logs {
    fn want(&self, notice: &RawValue) -> bool {
        #[derive(serde::Deserialize)]
        struct Notice<'a> {
            #[serde(borrow)]
            method: std::borrow::Cow<'a, str>,
            #[serde(default)]
            params: Params,
        }
        #[derive(Default, serde::Deserialize)]
        struct Params {
            level: Option<String>,
        }
        let Self::From(least) = self else { return true };
        if !notice.get().contains("notifications/message") {
            return true;
        }
        match serde_json::from_str::<Notice<'_>>(notice.get()) {
            Ok(notice) if notice.method == "notifications/message" => {
                let level = position(notice.params.level.as_deref());
                level < LEVELS.len() && level >= *least
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modern_client_gets_the_log_messages_it_asked_for() {
        let message = |level: &str| {
            let json =
                format!(r#"{{"method":"notifications/message","params":{{"level":"{level}","data":1}}}}"#);
            RawValue::from_string(json).unwrap()
        };
        let progress = RawValue::from_string(r#"{"method":"notifications/progress"}"#.to_owned()).unwrap();
        for (asked, info, error) in [
            (None, false, false),
            (Some("info"), true, true),
            (Some("error"), false, true),
            (Some("?"), false, false),
        ] {
            let logs = Logs::From(position(asked));
            assert_eq!(
                (logs.want(&message("info")), logs.want(&message("error"))),
                (info, error),
                "{asked:?}"
            );
            assert!(logs.want(&progress));
        }
        assert!(Logs::All.want(&message("debug")));
    }
}
