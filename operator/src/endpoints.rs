//! What clients call the gateway.

use url::Url;

/// Where the gateway is reached: at a URL with tenants as paths, or under a domain with tenants as hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    public_url: Option<Url>,
    base_domain: Option<String>,
}

impl Endpoints {
    /// Endpoints below a URL, as `https://mcp.example.com`, or as hosts of a domain, as `mcp.example.com`, or both.
    #[must_use]
    pub fn new(public_url: Option<Url>, base_domain: Option<String>) -> Self {
        Self { public_url, base_domain }
    }

    /// Where all of a tenant's tools are.
    #[must_use]
    pub fn tenant(&self, slug: &str) -> Option<String> {
        self.path(&["api", "v1", slug, "mcp"])
            .or_else(|| self.base_domain.as_ref().map(|domain| format!("https://{slug}.{domain}/mcp")))
    }

    /// Where one connector's tools are. A tenant's host serves its aggregate only.
    #[must_use]
    pub fn connector(&self, slug: &str, connector: &str) -> Option<String> {
        self.path(&["api", "v1", slug, "connectors", connector, "mcp"])
    }

    /// Where the platform is.
    #[must_use]
    pub fn platform(&self) -> Option<String> {
        self.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned())
    }

    fn path(&self, segments: &[&str]) -> Option<String> {
        let mut url = self.public_url.clone()?;
        url.path_segments_mut().ok()?.pop_if_empty().extend(segments);
        Some(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_gives_paths_and_a_base_domain_gives_hosts() {
        let by_path = Endpoints::new(Some(Url::parse("https://mcp.example.com/x/").unwrap()), None);
        assert_eq!(by_path.tenant("acme").unwrap(), "https://mcp.example.com/x/api/v1/acme/mcp");
        assert_eq!(
            by_path.connector("acme", "github").unwrap(),
            "https://mcp.example.com/x/api/v1/acme/connectors/github/mcp"
        );
        assert_eq!(by_path.platform().unwrap(), "https://mcp.example.com/x");
        let by_host = Endpoints::new(None, Some("mcp.example.com".into()));
        assert_eq!(by_host.tenant("acme").unwrap(), "https://acme.mcp.example.com/mcp");
        assert_eq!((by_host.connector("acme", "github"), by_host.platform()), (None, None));
        assert_eq!(Endpoints::default().tenant("acme"), None);
    }
}
