//! What a URL means: by path on any host, or by host below the base domain.

use http::{HeaderMap, Uri, header};

use crate::access::EndpointName;

/// What a URL means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// An MCP endpoint.
    Mcp(EndpointName),
    /// Its description for people.
    Info(EndpointName),
    /// `/healthz`
    Health,
    /// Nothing here.
    None,
}

impl Route {
    /// The route of a URL.
    #[must_use]
    pub fn of(host: Option<&str>, path: &str, base_domain: Option<&str>) -> Self {
        match (base_domain.zip(host)).and_then(|(domain, host)| tenant_of_host(host, domain)) {
            Some(tenant) => Self::on_tenant_host(tenant, path),
            None => Self::by_path(path),
        }
    }

    /// On a tenant's own host nothing else exists: what one tenant's URL shows must not depend on other tenants' paths.
    fn on_tenant_host(tenant: &str, path: &str) -> Self {
        match path {
            "/mcp" => Self::Mcp(EndpointName { tenant: tenant.to_owned(), connector: None }),
            "/healthz" => Self::Health,
            _ => Self::None,
        }
    }

    fn by_path(path: &str) -> Self {
        if path == "/healthz" {
            return Self::Health;
        }
        let Some(rest) = path.strip_prefix("/api/v1/") else { return Self::None };
        let parts: Vec<&str> = rest.split('/').collect();
        let name = |tenant: &str, connector: Option<&str>| EndpointName {
            tenant: tenant.to_owned(),
            connector: connector.map(ToOwned::to_owned),
        };
        match parts[..] {
            [tenant, "mcp"] => Self::Mcp(name(tenant, None)),
            [tenant, "mcp", "info"] => Self::Info(name(tenant, None)),
            [tenant, "connectors", connector, "mcp"] => Self::Mcp(name(tenant, Some(connector))),
            [tenant, "connectors", connector, "mcp", "info"] => Self::Info(name(tenant, Some(connector))),
            _ => Self::None,
        }
    }
}

/// The slug in `{slug}.<domain>`, with or without a port.
fn tenant_of_host<'a>(host: &'a str, domain: &str) -> Option<&'a str> {
    let host = without_port(host);
    let (label, rest) = host.split_once('.')?;
    (rest.eq_ignore_ascii_case(domain) && !label.is_empty()).then_some(label)
}

/// A host without its port.
#[must_use]
pub fn without_port(host: &str) -> &str {
    if host.starts_with('[') {
        return host.split_once(']').map_or(host, |(address, _)| &host[..=address.len()]);
    }
    host.split_once(':').map_or(host, |(name, _)| name)
}

/// The host that a request names.
#[must_use]
pub fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).or_else(|| uri.host())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mcp(tenant: &str, connector: Option<&str>) -> Route {
        Route::Mcp(EndpointName { tenant: tenant.into(), connector: connector.map(Into::into) })
    }

    #[test]
    fn paths_lead_to_endpoints() {
        for (path, expected) in [
            ("/api/v1/acme/mcp", mcp("acme", None)),
            ("/api/v1/acme/connectors/gh/mcp", mcp("acme", Some("gh"))),
            ("/healthz", Route::Health),
            ("/mcp", Route::None),
            ("/api/v1/acme/mcp/", Route::None),
            ("/api/v1/acme/connectors/gh/mcp/sse", Route::None),
            ("/api/v1//mcp", mcp("", None)),
            ("/.well-known/oauth-protected-resource", Route::None),
            ("/", Route::None),
        ] {
            assert_eq!(Route::of(Some("gw.example"), path, Some("mcp.example")), expected, "{path}");
        }
    }

    #[test]
    fn a_tenants_host_has_its_endpoint_and_nothing_else() {
        let of = |host, path| Route::of(Some(host), path, Some("mcp.example"));
        assert_eq!(of("acme.mcp.example", "/mcp"), mcp("acme", None));
        assert_eq!(of("acme.MCP.example:8443", "/mcp"), mcp("acme", None));
        assert_eq!(of("acme.mcp.example", "/healthz"), Route::Health);
        assert_eq!(of("acme.mcp.example", "/api/v1/other/mcp"), Route::None);
        assert_eq!(of("a.b.mcp.example", "/mcp"), Route::None);
        assert_eq!(of("acme.evil.example", "/mcp"), Route::None);
        assert_eq!(of("mcp.example", "/api/v1/acme/mcp"), mcp("acme", None));
        assert_eq!(Route::of(Some("[::1]:80"), "/healthz", None), Route::Health);
    }
}
