//! A server whose every word a test decides, at the seam between the gateway and the servers behind it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use connectors::egress::EgressPolicy;
use domain::config::Backend;
use gateway::{
    connect::Kinds,
    pool::{Connect, Connected},
    snapshot::Connector,
    upstream::{Call, Description, Upstream, UpstreamError},
};
use secrecy::ExposeSecret;
use serde_json::{Map, value::RawValue};
use tokio::sync::Notify;

/// Whether doubles stand in for hosted servers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Instead {
    Doubles,
    Nothing,
}

/// Makes real native connectors, and doubles for hosted ones.
pub(crate) struct Doubles {
    kinds: Mutex<(Arc<Kinds>, Instead)>,
    scripts: Mutex<HashMap<String, Arc<Script>>>,
}

impl Doubles {
    pub(crate) fn new(egress: EgressPolicy) -> Self {
        let kinds = Arc::new(Kinds::new(egress, None).unwrap());
        Self { kinds: Mutex::new((kinds, Instead::Doubles)), scripts: Mutex::default() }
    }

    /// Makes everything real from now on.
    pub(crate) fn replace(&self, kinds: Kinds) {
        *self.kinds.lock().unwrap() = (Arc::new(kinds), Instead::Nothing);
    }

    /// The script of the double behind a connector.
    pub(crate) fn script(&self, connector: &str) -> Arc<Script> {
        self.scripts.lock().unwrap().entry(connector.to_owned()).or_default().clone()
    }
}

#[async_trait]
impl Connect for Doubles {
    async fn connect(&self, connector: &Connector) -> Result<Connected, UpstreamError> {
        let (kinds, instead) = self.kinds.lock().unwrap().clone();
        if instead == Instead::Nothing || !matches!(connector.config.backend, Backend::Hosted { .. }) {
            return kinds.connect(connector).await;
        }
        let script = self.script(&connector.name);
        script.connected.fetch_add(1, Ordering::SeqCst);
        Ok(Connected::of(Arc::new(Double { script })))
    }
}

/// What a double says, and what was said to it.
#[derive(Default)]
pub(crate) struct Script {
    /// Results by method.
    results: Mutex<HashMap<String, String>>,
    /// Sent before the result of any `tools/call`.
    pub(crate) notifications: Mutex<Vec<String>>,
    /// If set, `tools/call` waits for `release`.
    pub(crate) held: Mutex<bool>,
    pub(crate) release: Notify,
    /// Method and parameters of each request.
    pub(crate) heard: Mutex<Vec<(String, String, Option<String>)>>,
    pub(crate) connected: AtomicUsize,
    pub(crate) shut_down: AtomicUsize,
    /// Calls dropped before their result.
    pub(crate) dropped: AtomicUsize,
}

impl Script {
    pub(crate) fn answer(&self, method: &str, result: &str) {
        self.results.lock().unwrap().insert(method.to_owned(), result.to_owned());
    }

    pub(crate) fn tools(&self, names: &[&str]) {
        let entries: Vec<_> = names
            .iter()
            .map(|name| format!(r#"{{"name":"{name}","inputSchema":{{"type":"object","properties":{{}}}}}}"#))
            .collect();
        self.answer("tools/list", &format!(r#"{{"tools":[{}]}}"#, entries.join(",")));
    }

    pub(crate) fn hold(&self) {
        *self.held.lock().unwrap() = true;
    }

    pub(crate) fn calls(&self) -> Vec<(String, String, Option<String>)> {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|(method, ..)| method == "tools/call").cloned().collect()
    }
}

struct Double {
    script: Arc<Script>,
}

/// Counts a call that is dropped before its end.
struct Dropped<'a>(Option<&'a Script>);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        if let Some(script) = self.0 {
            script.dropped.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[async_trait]
impl Upstream for Double {
    async fn describe(&self, _: &Call) -> Result<Description, UpstreamError> {
        let results = self.script.results.lock().unwrap();
        let capabilities = results.get("describe").map_or_else(
            || Map::from_iter([("tools".to_owned(), serde_json::json!({"listChanged": true}))]),
            |json| serde_json::from_str(json).unwrap(),
        );
        Ok(Description { capabilities, ..Description::default() })
    }

    async fn request(
        &self,
        call: &Call,
        method: &str,
        params: Option<&RawValue>,
    ) -> Result<Box<RawValue>, UpstreamError> {
        let credential = call.user_credential.as_ref().map(|secret| secret.expose_secret().to_owned());
        let params = params.map(|params| params.get().to_owned()).unwrap_or_default();
        self.script.heard.lock().unwrap().push((method.to_owned(), params, credential));
        let mut dropped = Dropped(Some(&self.script));
        if method == "tools/call" {
            let notifications = self.script.notifications.lock().unwrap().clone();
            for notification in notifications {
                if let Some(sender) = &call.notifications {
                    sender.send(RawValue::from_string(notification).unwrap()).await.ok();
                }
            }
            let held = *self.script.held.lock().unwrap();
            if held {
                self.script.release.notified().await;
            }
        }
        dropped.0 = None;
        let result = self.script.results.lock().unwrap().get(method).cloned();
        match result.as_deref() {
            Some(error) if error.starts_with("error:") => {
                Err(UpstreamError::Rpc(RawValue::from_string(error["error:".len()..].to_owned()).unwrap()))
            }
            Some("down") => {
                Err(UpstreamError::Unavailable { reason: "Exited", message: "the server exited".to_owned() })
            }
            Some(result) => Ok(RawValue::from_string(result.to_owned()).unwrap()),
            None => Err(UpstreamError::MethodNotFound(method.to_owned())),
        }
    }

    async fn shutdown(&self) {
        self.script.shut_down.fetch_add(1, Ordering::SeqCst);
    }
}
