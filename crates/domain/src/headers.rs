//! Which HTTP headers a connector may not set on the requests to its remote server.

/// Headers that say where a message goes, how it travels or what its body is, and those that keep state between requests.
const RESERVED: [&str; 13] = [
    "accept",
    "accept-encoding",
    "connection",
    "cookie",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "last-event-id",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Families of them: the body's, those of MCP, and those for a proxy on the way.
const RESERVED_PREFIXES: [&str; 3] = ["content-", "mcp-", "proxy-"];

/// Whether a header is the gateway's own to set, in whatever case it is written. `Authorization` is not: a remote
/// server's credential may come from a Secret.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    RESERVED.contains(&name.as_str()) || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_transport_and_the_protocol_are_reserved_in_any_case() {
        for name in [
            "Host",
            "Content-Length",
            "content-type",
            "CONTENT-ENCODING",
            "Transfer-Encoding",
            "Connection",
            "Keep-Alive",
            "Proxy-Authorization",
            "TE",
            "Trailer",
            "Upgrade",
            "Expect",
            "Cookie",
            "Accept",
            "Accept-Encoding",
            "Last-Event-ID",
            "Mcp-Session-Id",
            "mcp-protocol-version",
            "Mcp-Method",
        ] {
            assert!(is_reserved(name), "{name}");
        }
    }

    #[test]
    fn headers_of_the_server_are_the_connectors_to_set() {
        for name in ["Authorization", "X-Api-Key", "User-Agent", "X-Host", "Accept-Language", "Team"] {
            assert!(!is_reserved(name), "{name}");
        }
    }
}
