//! Which era a request belongs to, and whether it keeps that era's rules.

use http::{HeaderMap, StatusCode};
use serde_json::value::RawValue;

use super::{
    ASSUMED_LEGACY_VERSION, LEGACY_VERSIONS, MODERN_VERSION,
    envelope::Request,
    error::{INVALID_PARAMS, INVALID_REQUEST, RpcError},
    headers,
    raw::Members,
};

const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const META_CLIENT: &str = "io.modelcontextprotocol/clientInfo";
const META_LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";

/// The era of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Era {
    /// `initialize` and what follows it.
    Legacy {
        /// The version its header names, or the one assumed.
        version: &'static str,
    },
    /// A request that describes itself.
    Modern {
        /// The least severe log message it wants, if it wants any.
        log_level: Option<String>,
    },
}

impl Era {
    /// Whether it is the modern one.
    #[must_use]
    pub fn is_modern(&self) -> bool {
        matches!(self, Self::Modern { .. })
    }

    /// The word for logs and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        if self.is_modern() { "modern" } else { "legacy" }
    }
}

/// A request that keeps no era's rules: the error, and the status it travels with.
#[derive(Debug)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// The error.
    pub error: RpcError,
}

impl Refusal {
    fn bad(error: RpcError) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error }
    }
}

/// Decides the era of a request.
///
/// # Errors
/// [`Refusal`] with the status and code of the specification.
pub fn classify(request: &Request, headers: &HeaderMap) -> Result<Era, Refusal> {
    if request.method == "initialize" {
        // A handshake is legacy whatever version it names; its answer settles the version.
        return Ok(Era::Legacy { version: LEGACY_VERSIONS[0] });
    }
    match meta(request.params.as_deref()).filter(|meta| meta.get(META_VERSION).is_some()) {
        Some(meta) => modern(request, &meta, headers).map_err(Refusal::bad),
        None => legacy_version(headers).map(|version| Era::Legacy { version }).map_err(Refusal::bad),
    }
}

/// The version that a legacy request's header names.
///
/// # Errors
/// −32602 for a modern version without the `_meta` that goes with it, −32600 for one nobody knows.
pub fn legacy_version(map: &HeaderMap) -> Result<&'static str, RpcError> {
    let Some(version) = headers::single(map, headers::VERSION)? else { return Ok(ASSUMED_LEGACY_VERSION) };
    if let Some(known) = LEGACY_VERSIONS.iter().find(|known| **known == version) {
        return Ok(known);
    }
    if version >= MODERN_VERSION && version.starts_with("20") {
        let message = format!("a request of version {MODERN_VERSION} needs params._meta[\"{META_VERSION}\"]");
        return Err(RpcError::new(INVALID_PARAMS, message));
    }
    Err(RpcError::new(INVALID_REQUEST, "header MCP-Protocol-Version names no version of the protocol"))
}

fn modern(request: &Request, meta: &Members<'_>, map: &HeaderMap) -> Result<Era, RpcError> {
    let version = meta
        .text(META_VERSION)
        .ok_or_else(|| RpcError::invalid_params(format!("_meta[\"{META_VERSION}\"] must be a text")))?;
    headers::matches(map, headers::VERSION, &version, false)?;
    if version != MODERN_VERSION {
        return Err(RpcError::unsupported_version(&version));
    }
    if !meta.get(META_CAPABILITIES).is_some_and(|capabilities| capabilities.starts_with('{')) {
        return Err(RpcError::invalid_params(format!("_meta[\"{META_CAPABILITIES}\"] must be an object")));
    }
    headers::matches(map, headers::METHOD, &request.method, false)?;
    if let Some(member) = named_by(&request.method) {
        let params = request.params.as_deref().and_then(|params| Members::parse(params.get()));
        let name = params
            .and_then(|params| params.text(member))
            .ok_or_else(|| RpcError::invalid_params(format!("params.{member} must be a text")))?;
        headers::matches(map, headers::NAME, &name, true)?;
    }
    Ok(Era::Modern { log_level: meta.text(META_LOG_LEVEL) })
}

/// Which parameter `Mcp-Name` mirrors, by method.
fn named_by(method: &str) -> Option<&'static str> {
    match method {
        "tools/call" | "prompts/get" => Some("name"),
        "resources/read" => Some("uri"),
        "tasks/get" | "tasks/update" | "tasks/cancel" => Some("taskId"),
        _ => None,
    }
}

fn meta(params: Option<&RawValue>) -> Option<Members<'_>> {
    let text = params?.get();
    // Most legacy requests have none: look before parsing.
    if !text.contains("\"_meta\"") {
        return None;
    }
    let params: MetaOnly<'_> = serde_json::from_str(text).ok()?;
    Members::parse(params.meta?.get())
}

#[derive(serde::Deserialize)]
struct MetaOnly<'a> {
    #[serde(borrow, rename = "_meta")]
    meta: Option<&'a RawValue>,
}

/// Takes out of a request's `_meta` what was said to this gateway and not to the server behind it.
pub fn strip_identity(meta: &mut Members<'_>) {
    meta.remove(|name| [META_VERSION, META_CAPABILITIES, META_CLIENT].contains(&name));
}

#[cfg(test)]
mod tests;
