//! `tools/call`: which server means, whether it may be called, and the call itself.

use std::{borrow::Cow, sync::Arc, time::Instant};

use serde_json::{json, value::RawValue};

use super::{
    era::strip_identity,
    error::RpcError,
    job::{Failure, Job, Outcome},
    raw::{Members, quoted, raw},
};
use crate::{
    access::Target,
    metrics::{CallLabels, KindLabels},
    pool::Instance,
    snapshot::Connector,
    tools::{fetch, mirrored},
    upstream::UpstreamError,
};

/// A tool that was found.
pub(super) struct Route {
    pub(super) connector: Arc<Connector>,
    pub(super) instance: Arc<Instance>,
    /// The server's name for the tool.
    pub(super) tool: String,
}

impl Job {
    /// Calls a tool.
    pub(super) async fn call_tool(&self) -> Result<Outcome, Failure> {
        let params = self.request.params.as_deref().ok_or_else(|| needs("name"))?;
        let members = Members::parse(params.get()).ok_or_else(|| needs("name"))?;
        // Of two members with one name, we and the server behind us could mean different ones.
        if members.has_doubles() {
            return Err(RpcError::invalid_params("params has a member twice").into());
        }
        let name = members.text("name").ok_or_else(|| needs("name"))?;
        if members.get("arguments").is_some_and(|arguments| !arguments.starts_with('{')) {
            return Err(RpcError::invalid_params("params.arguments must be an object").into());
        }
        let route = match &self.access.target {
            Target::One(connector) => self.route_in(connector, &name).await,
            Target::All => self.route_in_all(&name).await,
        };
        let route = match route {
            Ok(route) => route,
            Err(Missed::Unknown) => return Err(RpcError::unknown_tool(&name).into()),
            Err(Missed::Failed { connector, error }) => return self.tool_failure(&connector, error),
        };
        self.check(&route, &name, &members).await?;
        let (started, kind) = (Instant::now(), route.connector.config.backend.kind());
        let sent = self.upstream_params(params, members, &route.tool);
        let call = self.call(&route.connector);
        let answered = route.instance.upstream().request(&call, "tools/call", Some(&sent)).await;
        let metrics = &self.app.metrics;
        metrics
            .tool_call_duration
            .get_or_create(&KindLabels { kind })
            .observe(started.elapsed().as_secs_f64());
        let outcome = match &answered {
            Ok(result) if result.get().contains("\"isError\":true") => "tool_error",
            Ok(_) => "ok",
            Err(UpstreamError::Rpc(_) | UpstreamError::MethodNotFound(_)) => "rpc_error",
            Err(UpstreamError::Unavailable { .. }) => "unavailable",
        };
        metrics.tool_calls.get_or_create(&CallLabels { kind, outcome }).inc();
        match answered {
            Ok(result) => Ok(Outcome::Raw(result)),
            Err(error) => self.tool_failure(&route.connector, error),
        }
    }

    /// The tool of a name at an endpoint of one connector.
    async fn route_in(&self, connector: &Arc<Connector>, exposed: &str) -> Result<Route, Missed> {
        let native = connector.is_native();
        let tool = match connector.config.tool_prefix.as_deref().filter(|_| !native) {
            Some(prefix) => exposed
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_prefix("__"))
                .ok_or(Missed::Unknown)?,
            None => exposed,
        };
        let instance = self.instance(connector).await.map_err(|error| Missed::failed(connector, error))?;
        let tool = instance.canonical(tool).to_owned();
        if !connector.config.tools.offers(&tool) {
            return Err(Missed::Unknown);
        }
        Ok(Route { connector: connector.clone(), instance, tool })
    }

    /// Whether this caller may call the tool, and whether the headers that mirror its arguments agree.
    async fn check(&self, route: &Route, name: &str, members: &Members<'_>) -> Result<(), Failure> {
        let connector = &route.connector;
        let native = connector.is_native();
        let read_only = self.access.caller.read_only();
        if read_only && !native {
            let correction = connector.config.tools.correction(&route.tool);
            if correction.and_then(|correction| correction.read_only) != Some(true) {
                return Err(not_for_read_only(name));
            }
        }
        let proves = read_only && native;
        if !proves && !self.era.is_modern() {
            return Ok(());
        }
        let call = self.quiet_call(connector);
        let index = match fetch::recent(connector, &route.instance, &call, &self.app.clock).await {
            Ok(index) => index,
            // A server without a readable list can still be called; no header mirrors what is not known.
            Err(error) if !native => {
                tracing::debug!(connector = connector.name, %error, "no list to check headers by");
                return Ok(());
            }
            Err(error) => return Err(self.failed(connector, error)),
        };
        let Some(listed) = index.tools().iter().find(|listed| listed.raw().name == route.tool) else {
            let answers = !native || route.instance.is_removed(&route.tool);
            return if answers { Ok(()) } else { Err(RpcError::unknown_tool(name).into()) };
        };
        if read_only && !listed.read_only {
            return Err(not_for_read_only(name));
        }
        if self.era.is_modern() {
            mirrored::check(&listed.raw().mirrored, members.get("arguments"), &self.headers)?;
        }
        Ok(())
    }

    /// The parameters for the server: its own name for the tool, arguments in any case, and of `_meta` what is not
    /// about this connection. Untouched where nothing of that changes anything.
    pub(super) fn upstream_params<'a>(
        &self,
        params: &'a RawValue,
        mut members: Members<'_>,
        tool: &str,
    ) -> Cow<'a, RawValue> {
        let mut changed = false;
        if members.text("name").as_deref() != Some(tool) {
            members.set("name", quoted(tool));
            changed = true;
        }
        if members.get("arguments").is_none() {
            members.set("arguments", "{}");
            changed = true;
        }
        changed |= self.strip_meta(&mut members);
        if changed { Cow::Owned(raw(members.to_json())) } else { Cow::Borrowed(params) }
    }

    /// Takes out of `_meta` what was said to the gateway. Returns whether anything changed.
    pub(super) fn strip_meta(&self, members: &mut Members<'_>) -> bool {
        if !self.era.is_modern() {
            return false;
        }
        let Some(rest) = members.get("_meta").and_then(Members::parse).map(|mut meta| {
            strip_identity(&mut meta);
            (!meta.is_empty()).then(|| meta.to_json())
        }) else {
            return false;
        };
        match rest {
            Some(json) => members.set("_meta", json),
            None => members.remove(|name| name == "_meta"),
        }
        true
    }

    /// A failed server is a failed tool, which the model can read; its own errors are passed on as they are.
    pub(super) fn tool_failure(
        &self,
        connector: &Connector,
        error: UpstreamError,
    ) -> Result<Outcome, Failure> {
        match error {
            UpstreamError::Unavailable { reason, message } => {
                self.count_failure(connector, reason, &message);
                let text = format!("{}: {message}", connector.name);
                let result = json!({"content": [{"type": "text", "text": text}], "isError": true});
                Ok(Outcome::Raw(raw(result.to_string())))
            }
            other => Err(self.failed(connector, other)),
        }
    }
}

/// Why an endpoint has no way to a tool.
pub(super) enum Missed {
    /// There is no such tool.
    Unknown,
    /// There is no server for its connector.
    Failed { connector: Arc<Connector>, error: UpstreamError },
}

impl Missed {
    pub(super) fn failed(connector: &Arc<Connector>, error: UpstreamError) -> Self {
        Self::Failed { connector: connector.clone(), error }
    }
}

fn needs(member: &str) -> RpcError {
    RpcError::invalid_params(format!("params.{member} must be a text"))
}

fn not_for_read_only(name: &str) -> Failure {
    let name = super::error::clip(name);
    RpcError::invalid_params(format!("tool {name} may change things and this key is read-only")).into()
}
