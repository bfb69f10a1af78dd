//! A caller's parameters made ready for one server, and what comes back before the result made ready for the caller.
//!
//! The edge may pass on what its client sent: the identity in `_meta` is the gateway's own toward a modern server and absent
//! toward a legacy one, a progress token becomes one that no other caller of the same server has, W3C `baggage` is
//! dropped, a missing `arguments` becomes `{}`. All else leaves as it came.

use serde_json::json;
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::entries::{Entries, raw};
use super::era::{self, Era};
use super::{Call, UpstreamError};

/// Parameters for the wire, and how to speak to the caller until the result is there.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) params: Option<Box<RawValue>>,
    pub(super) listener: Option<Listener>,
}

/// A caller that wants to hear of its call.
#[derive(Debug)]
pub(super) struct Listener {
    sender: mpsc::Sender<Box<RawValue>>,
    /// The caller's own progress token, if it gave one.
    token: Option<Box<RawValue>>,
    /// The least severe log message it wants; `None`: none at all.
    log_level: Option<usize>,
}

const LOG_LEVELS: [&str; 8] =
    ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/// Prepares a call's parameters for a server of an era. `token` must be unique among the calls in flight at that server.
///
/// # Errors
/// The JSON-RPC error −32602 if the parameters are no object.
pub(super) fn prepare(
    era: Era,
    token: u64,
    call: &Call,
    method: &str,
    params: Option<&RawValue>,
) -> Result<Prepared, UpstreamError> {
    let mut params = match params.filter(|params| params.get() != "null") {
        Some(params) => Entries::parse(params).ok_or_else(|| {
            let error = json!({"code": -32602, "message": "params must be an object"});
            UpstreamError::Rpc(raw(&error))
        })?,
        None => Entries::default(),
    };
    if matches!(method, "tools/call" | "prompts/get")
        && params.get("arguments").is_none_or(|arguments| arguments.get() == "null")
    {
        params.set("arguments", raw(&json!({})));
    }
    let mut meta = params.object("_meta").unwrap_or_default();
    let listener = call.notifications.as_ref().map(|sender| Listener {
        sender: sender.clone(),
        token: meta.get("progressToken").map(ToOwned::to_owned),
        log_level: log_level(&meta),
    });
    identify(&mut meta, era);
    match &listener {
        Some(Listener { token: Some(_), .. }) => meta.set("progressToken", raw(&token)),
        _ => drop(meta.remove("progressToken")),
    }
    if meta.is_empty() {
        params.remove("_meta");
    } else {
        params.set("_meta", meta.into_raw());
    }
    Ok(Prepared { params: (!params.is_empty()).then(|| params.into_raw()), listener })
}

/// Says in `_meta` who asks, the way the era wants it.
fn identify(meta: &mut Entries, era: Era) {
    meta.remove("baggage");
    match era {
        Era::Modern => {
            meta.set(era::META_VERSION, raw(era::MODERN_VERSION));
            meta.set(era::META_CLIENT, raw(&era::client_info()));
            meta.set(era::META_CAPABILITIES, raw(&json!({})));
        }
        Era::Legacy => {
            for key in [era::META_VERSION, era::META_CLIENT, era::META_CAPABILITIES, era::META_LOG_LEVEL] {
                meta.remove(key);
            }
        }
    }
}

/// What a caller asked for: a modern one by `logLevel` or not at all, a legacy one hears whatever the server logs.
fn log_level(meta: &Entries) -> Option<usize> {
    match meta.text(era::META_LOG_LEVEL) {
        Some(level) => LOG_LEVELS.iter().position(|known| *known == level),
        None => meta.get(era::META_VERSION).is_none().then_some(0),
    }
}

/// `_meta` and nothing else, for a request of the gateway's own.
pub(super) fn own_params(era: Era) -> Option<Box<RawValue>> {
    let mut meta = Entries::default();
    identify(&mut meta, era);
    (!meta.is_empty()).then(|| raw(&json!({"_meta": meta})))
}

impl Listener {
    /// Passes on progress of this call under the caller's own token. A caller that does not read fast enough misses
    /// some: the server must not stand still for one slow caller.
    pub(super) fn progress(&self, message: &RawValue, mut params: Entries) {
        let (Some(token), Some(mut message)) = (&self.token, Entries::parse(message)) else { return };
        params.set("progressToken", token.clone());
        message.set("params", params.into_raw());
        self.send(message.into_raw());
    }

    /// Passes on a log message if the caller asked for its level.
    pub(super) fn log(&self, message: &RawValue, params: Option<&Entries>) {
        let level = params.and_then(|params| params.text("level"));
        let level = level.and_then(|level| LOG_LEVELS.iter().position(|known| *known == level));
        // A level that nobody knows is shown to those who asked for any.
        if self.log_level.is_some_and(|least| level.is_none_or(|level| level >= least)) {
            self.send(message.to_owned());
        }
    }

    fn send(&self, message: Box<RawValue>) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.sender.try_send(message) {
            tracing::debug!("a caller reads too slowly: one notification dropped");
        }
    }
}

#[cfg(test)]
mod tests;
