//! Asks a server for all of its tools.

use std::sync::Arc;

use super::{RawTool, ToolIndex};
use crate::{
    clock::Clock,
    mcp::raw::{Members, elements, quoted, raw},
    pool::{Instance, KnownTools},
    snapshot::Connector,
    upstream::{Call, UpstreamError},
};

/// Most pages of a list: beyond that a server is taken to be in a loop.
const MAX_PAGES: usize = 100;
/// How long a list serves calls that only look a tool up.
const FRESH_MS: i64 = 60_000;

/// The tools of a connector now. Asks the server, but for our own engine, whose tools are known.
///
/// # Errors
/// What the server said.
pub async fn current(
    connector: &Connector,
    instance: &Instance,
    call: &Call,
    clock: &Clock,
) -> Result<Arc<ToolIndex>, UpstreamError> {
    if let Some(fixed) = instance.fixed_tools() {
        if let Some(known) = instance.known_tools() {
            return Ok(known.index);
        }
        let index = Arc::new(ToolIndex::new(&connector.config, true, fixed, String::new()));
        instance.remember_tools(KnownTools { index: index.clone(), at_ms: clock.now_ms(), version: 0 });
        return Ok(index);
    }
    let version = instance.list_version();
    let (tools, extra) = pages(instance, call).await?;
    let index = Arc::new(ToolIndex::new(&connector.config, false, &tools, extra));
    // What one user's credential sees must not become what everybody sees.
    if call.user_credential.is_none() {
        instance.remember_tools(KnownTools { index: index.clone(), at_ms: clock.now_ms(), version });
    }
    Ok(index)
}

/// The tools of a connector, not older than a minute.
///
/// # Errors
/// What the server said.
pub async fn recent(
    connector: &Connector,
    instance: &Instance,
    call: &Call,
    clock: &Clock,
) -> Result<Arc<ToolIndex>, UpstreamError> {
    let fresh = |known: &KnownTools| {
        instance.fixed_tools().is_some()
            || (call.user_credential.is_none()
                && instance.is_current(known)
                && clock.now_ms() - known.at_ms < FRESH_MS)
    };
    match instance.known_tools().filter(fresh) {
        Some(known) => Ok(known.index),
        None => current(connector, instance, call, clock).await,
    }
}

async fn pages(instance: &Instance, call: &Call) -> Result<(Vec<Arc<RawTool>>, String), UpstreamError> {
    let mut tools = Vec::new();
    let mut extra = String::new();
    let mut cursor: Option<String> = None;
    for page in 0..MAX_PAGES {
        let params =
            raw(cursor
                .map_or_else(|| "{}".to_owned(), |cursor| format!("{{\"cursor\":{}}}", quoted(&cursor))));
        let result = instance.upstream().request(call, "tools/list", Some(&params)).await?;
        let members = Members::parse(result.get()).ok_or_else(|| not_a_list("the result is no object"))?;
        let entries = members
            .get("tools")
            .and_then(elements)
            .ok_or_else(|| not_a_list("the result has no array `tools`"))?;
        tools.extend(entries.into_iter().filter_map(RawTool::parse).map(Arc::new));
        if page == 0 {
            extra = others(&members);
        }
        cursor = members.text("nextCursor");
        if cursor.is_none() {
            return Ok((tools, extra));
        }
    }
    Err(not_a_list("the list does not end"))
}

/// The members that are neither the tools nor ours to say.
fn others(members: &Members<'_>) -> String {
    let ours = ["tools", "nextCursor", "resultType", "ttlMs", "cacheScope"];
    let kept = members.iter().filter(|(name, _)| !ours.contains(name));
    kept.map(|(name, json)| format!("{}:{json}", quoted(name))).collect::<Vec<_>>().join(",")
}

fn not_a_list(what: &str) -> UpstreamError {
    UpstreamError::Unavailable {
        reason: "NotMcp",
        message: format!("the server's tools/list cannot be read: {what}"),
    }
}
