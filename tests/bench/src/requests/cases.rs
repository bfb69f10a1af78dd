//! What is asked.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::load::Call;

const MODERN: &str = "2026-07-28";
const LEGACY: &str = "2025-11-25";

/// A request in one of the eras.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    ListModern,
    ListLegacy,
    ItemModern,
    ItemLegacy,
    PageModern,
}

impl Case {
    pub(super) const ALL: [Self; 5] =
        [Self::ListModern, Self::ListLegacy, Self::ItemModern, Self::ItemLegacy, Self::PageModern];

    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ListModern => "tools/list, modern",
            Self::ListLegacy => "tools/list, legacy",
            Self::ItemModern => "tools/call, one object, modern",
            Self::ItemLegacy => "tools/call, one object, legacy",
            Self::PageModern => "tools/call, a page shaped by jq, modern",
        }
    }

    /// What files and paths call it.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::ListModern => "list-modern",
            Self::ListLegacy => "list-legacy",
            Self::ItemModern => "item-modern",
            Self::ItemLegacy => "item-legacy",
            Self::PageModern => "page-modern",
        }
    }

    /// Where the vendor has what it takes; a list takes nothing.
    pub(super) fn vendor_path(self) -> Option<&'static str> {
        match self {
            Self::ListModern | Self::ListLegacy => None,
            Self::ItemModern | Self::ItemLegacy => Some("/item"),
            Self::PageModern => Some("/items"),
        }
    }

    fn tool(self) -> Option<(&'static str, Value)> {
        match self {
            Self::ListModern | Self::ListLegacy => None,
            Self::ItemModern | Self::ItemLegacy => Some(("bench_get_item", json!({"number": 1}))),
            Self::PageModern => Some(("bench_list_items", json!({"owner": "acme"}))),
        }
    }

    fn is_modern(self) -> bool {
        !matches!(self, Self::ListLegacy | Self::ItemLegacy)
    }

    /// The request, as a client of its era sends it to the gateway.
    ///
    /// # Errors
    /// If the key cannot be part of a header.
    pub(crate) fn to_gateway(self, address: SocketAddr, key: &SecretString) -> anyhow::Result<Call> {
        let tool = self.tool();
        let method = if tool.is_some() { "tools/call" } else { "tools/list" };
        let mut headers = HeaderMap::new();
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", key.expose_secret()))?;
        bearer.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, bearer);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        let mut params = match tool {
            Some((name, ref arguments)) => json!({"name": name, "arguments": arguments}),
            None => json!({}),
        };
        let version = if self.is_modern() { MODERN } else { LEGACY };
        headers.insert("mcp-protocol-version", HeaderValue::from_static(version));
        if self.is_modern() {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
            });
            headers.insert("mcp-method", HeaderValue::from_static(method));
            if let Some((name, _)) = tool {
                headers.insert("mcp-name", HeaderValue::from_static(name));
            }
        }
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let path = "/api/v1/acme/connectors/tool/mcp".to_owned();
        Ok(Call { address, path, headers, body: body.into() })
    }
}
