//! From a method to its handler.

use super::{
    error::RpcError,
    job::{Failure, Job, Outcome},
    result,
};

/// Methods of the legacy era that the modern one removed.
const LEGACY_ONLY: [&str; 4] = ["initialize", "ping", "logging/setLevel", "notifications/roots/list_changed"];
/// Methods that need a stream from the server outside of any request, which is not offered: nothing advertises them.
const NOT_OFFERED: [&str; 3] = ["resources/subscribe", "resources/unsubscribe", "subscriptions/listen"];

/// Answers a request: the JSON of its result, fitted to the client's era.
pub(super) async fn answer(job: &Job) -> Result<String, Failure> {
    let outcome = route(job).await?;
    match outcome {
        Outcome::Ready(json) => Ok(json),
        Outcome::Raw(raw) => {
            result::fit(raw.get(), job.era.is_modern(), &job.request.method).map_err(Failure::Rpc)
        }
    }
}

async fn route(job: &Job) -> Result<Outcome, Failure> {
    let method = job.request.method.as_str();
    let modern = job.era.is_modern();
    if (modern && LEGACY_ONLY.contains(&method)) || NOT_OFFERED.contains(&method) {
        return Err(RpcError::method_not_found(method).into());
    }
    match method {
        "initialize" => job.initialize().await,
        "server/discover" if modern => job.discover().await,
        "server/discover" => Err(RpcError::method_not_found(method).into()),
        "ping" => Ok(Outcome::Ready("{}".to_owned())),
        "tools/list" => job.list_tools().await,
        "tools/call" => job.call_tool().await,
        "prompts/list" | "resources/list" | "resources/templates/list" => job.list(method).await,
        "prompts/get" | "resources/read" | "completion/complete" => job.forward_routed().await,
        "logging/setLevel" => job.set_log_level().await,
        _ => job.forward_unknown().await,
    }
}

/// The methods that metrics tell apart; everything else is `other`, so that clients cannot make labels.
pub(super) fn metric_label(method: &str) -> &'static str {
    const KNOWN: [&str; 13] = [
        "initialize",
        "server/discover",
        "ping",
        "tools/list",
        "tools/call",
        "prompts/list",
        "prompts/get",
        "resources/list",
        "resources/templates/list",
        "resources/read",
        "completion/complete",
        "logging/setLevel",
        "subscriptions/listen",
    ];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}
