//! `/info`: an endpoint described for people and scripts, from what is known without asking any server.

use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use super::reply::json_bytes;
use crate::{
    access::{Access, Target},
    app::App,
    mcp::{LEGACY_VERSIONS, MODERN_VERSION, server_name},
};

pub(super) fn describe(app: &App, access: &Access) -> Response {
    let connectors: Vec<_> = match &access.target {
        Target::One(connector) => vec![connector],
        Target::All => access.tenant.enabled().filter(|connector| access.may_use(connector)).collect(),
    };
    let connectors: Vec<_> = connectors
        .into_iter()
        .map(|connector| {
            json!({
                "name": connector.name,
                "displayName": connector.config.display_name,
                "kind": connector.config.backend.kind(),
                "tools": app.pool.known(connector).and_then(|instance| instance.known_tools()).map(|known| known.index.tools().len()),
                "userCredentials": connector.takes_user_credentials(),
            })
        })
        .collect();
    let versions: Vec<_> = std::iter::once(MODERN_VERSION).chain(LEGACY_VERSIONS).collect();
    let body = json!({
        "name": server_name(access),
        "tenant": access.tenant.slug,
        "transport": "streamable-http",
        "protocolVersions": versions,
        "sessions": app.sessions.is_enabled(),
        "connectors": connectors,
    });
    json_bytes(StatusCode::OK, body.to_string())
}
