//! Which browsers may call: a check against DNS rebinding, and CORS for pages that may.

use http::{HeaderMap, HeaderValue, Method, header};
use url::Url;

use super::route::without_port;

/// The rules of this gateway. A tenant may allow more origins for itself, which count for callers that it knows only:
/// whoever is not authenticated must not learn from an answer which tenants there are.
#[derive(Clone, Debug, Default)]
pub struct OriginRules {
    /// Origins that may call, `*` for any: `MCP_ALLOWED_ORIGINS` and `CORS_ALLOWED_ORIGINS`.
    pub allowed: Vec<String>,
    /// The gateway's own URL, whose origin may call.
    pub public_url: Option<Url>,
    /// Whether it listens on loopback only. Then pages of this machine may call, and only names of this machine are
    /// answered to.
    pub loopback: bool,
    /// The domain of tenants' hosts.
    pub base_domain: Option<String>,
}

impl OriginRules {
    /// Where a request comes from, as far as that can be said before its tenant is known to be the caller's.
    ///
    /// # Errors
    /// The request must not be answered.
    pub fn check(&self, headers: &HeaderMap, host: Option<&str>) -> Result<Source, Forbidden> {
        if self.loopback && !host.is_some_and(|host| self.is_ours(without_port(host))) {
            return Err(Forbidden::Host);
        }
        let Some(value) = headers.get(header::ORIGIN) else { return Ok(Source::NoPage) };
        let origin = value.to_str().map_err(|_| Forbidden::Origin)?;
        let allowed = lists(&self.allowed, origin) || self.is_own(origin);
        Ok(if allowed { Source::Allowed(value.clone()) } else { Source::Other(value.clone()) })
    }

    fn is_own(&self, origin: &str) -> bool {
        let Ok(url) = Url::parse(origin) else { return false };
        let public = self.public_url.as_ref().is_some_and(|public| public.origin() == url.origin());
        public || (self.loopback && url.host_str().is_some_and(is_this_machine))
    }

    fn is_ours(&self, host: &str) -> bool {
        let public = self.public_url.as_ref().and_then(Url::host_str).is_some_and(|name| name == host);
        let below = |domain: &String| {
            host.len() > domain.len()
                && host.ends_with(domain.as_str())
                && host[..host.len() - domain.len()].ends_with('.')
        };
        is_this_machine(host)
            || public
            || self.base_domain.as_ref().is_some_and(|domain| below(domain) || domain == host)
    }
}

/// Where a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It names no origin, so it is no page's.
    NoPage,
    /// A page that may call any tenant.
    Allowed(HeaderValue),
    /// A page that may call if the tenant allows it: [`tenant_allows`].
    Other(HeaderValue),
}

/// Whether a tenant's list has an origin.
#[must_use]
pub fn tenant_allows(allowed: &[String], origin: &HeaderValue) -> bool {
    origin.to_str().is_ok_and(|origin| lists(allowed, origin))
}

fn lists(allowed: &[String], origin: &str) -> bool {
    allowed.iter().any(|entry| entry == "*" || entry == origin)
}

/// Why a browser's request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// The page may not call.
    #[error("this origin may not call: add it to MCP_ALLOWED_ORIGINS or to the tenant's spec.allowedOrigins")]
    Origin,
    /// The name is not one of this machine's, as in DNS rebinding.
    #[error("a gateway that listens on loopback answers to names of this machine only")]
    Host,
}

fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]" | "::1") || host.ends_with(".localhost")
}

/// Adds what lets a page read the answer.
pub fn allow(headers: &mut HeaderMap, origin: &HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Mcp-Session-Id, WWW-Authenticate, Retry-After, X-Request-Id"),
    );
}

/// Adds what lets a page send the request it asks for.
pub fn allow_preflight(headers: &mut HeaderMap, requested: &HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, GET, DELETE"));
    // Headers that mirror arguments have names of their own, so whatever is asked for is allowed: origins are what is
    // trusted here, and no cookie is ever read.
    let wanted = requested.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let usual = HeaderValue::from_static("Authorization, Content-Type, Mcp-Protocol-Version, Mcp-Session-Id");
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.unwrap_or(usual));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}

/// Whether a request is a preflight.
#[must_use]
pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(
        rules: &OriginRules,
        origin: Option<&str>,
        host: &str,
        tenant: &[String],
    ) -> Result<(), Forbidden> {
        let mut headers = HeaderMap::new();
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        match rules.check(&headers, Some(host))? {
            Source::Other(origin) if !tenant_allows(tenant, &origin) => Err(Forbidden::Origin),
            Source::NoPage | Source::Allowed(_) | Source::Other(_) => Ok(()),
        }
    }

    #[test]
    fn a_public_gateway_lets_listed_origins_in() {
        let rules = OriginRules {
            allowed: vec!["https://app.example".to_owned()],
            public_url: Some("https://gw.example/".parse().unwrap()),
            ..OriginRules::default()
        };
        let tenant = ["https://own.example".to_owned()];
        for (origin, fine) in [
            (None, true),
            (Some("https://app.example"), true),
            (Some("https://gw.example"), true),
            (Some("https://own.example"), true),
            (Some("http://gw.example"), false),
            (Some("https://evil.example"), false),
            (Some("http://localhost:3000"), false),
            (Some("null"), false),
        ] {
            assert_eq!(verdict(&rules, origin, "gw.example", &tenant).is_ok(), fine, "{origin:?}");
        }
    }

    #[test]
    fn a_loopback_gateway_answers_to_this_machine() {
        let rules = OriginRules { loopback: true, ..OriginRules::default() };
        assert_eq!(verdict(&rules, None, "localhost:8080", &[]), Ok(()));
        assert_eq!(verdict(&rules, Some("http://localhost:3000"), "127.0.0.1:8080", &[]), Ok(()));
        assert_eq!(
            verdict(&rules, Some("http://evil.example"), "localhost:8080", &[]),
            Err(Forbidden::Origin)
        );
        assert_eq!(verdict(&rules, None, "evil.example", &[]), Err(Forbidden::Host));
    }
}
