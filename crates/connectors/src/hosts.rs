//! Hosts that a connector may reach: that of its base URL and those it declares.

use url::Url;

use crate::problem::Report;

/// The declared hosts, in lower case; `*.` stands for any labels in front, and a port for exactly that one.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    base: Option<Url>,
    declared: Vec<String>,
}

impl Hosts {
    /// Compiles the declaration, with what is wrong noted.
    pub(crate) fn compile(base: Option<&Url>, declared: &[String], report: &mut Report<'_>) -> Self {
        for (index, host) in declared.iter().enumerate() {
            let name = host.strip_prefix("*.").unwrap_or(host);
            let parsed = Url::parse(&format!("https://{name}/")).ok();
            let whole = parsed.as_ref().and_then(|url| {
                let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
                Some(format!("{}{port}", url.host_str()?))
            });
            if whole.as_deref() != Some(&name.to_ascii_lowercase())
                || (host.starts_with("*.") && !name.contains('.'))
            {
                report.at(format!("[{index}]")).push(
                    format!("{host:?} is not a host"),
                    "write it as `uploads.example.com`, `*.example.com` or `example.com:8443`",
                );
            }
        }
        let declared = declared.iter().map(|host| host.to_ascii_lowercase()).collect();
        Self { base: base.cloned(), declared }
    }

    /// Whether requests may go to this URL. `base` is the base URL in force, which a Connector may have replaced.
    pub(crate) fn admit(&self, base: &Url, url: &Url) -> bool {
        same_origin(base, url)
            || url.host_str().is_some_and(|host| match (url.port(), url.port_or_known_default()) {
                (None, _) => self.declares(host),
                (Some(port), _) => self.declares(&format!("{host}:{port}")),
            })
    }

    /// Whether this host, with its port if that is not the scheme's own, is the base URL's or declared.
    pub(crate) fn declares(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let is_base =
            self.base.as_ref().is_some_and(|base| base.host_str() == Some(&host) && base.port().is_none());
        is_base
            || self.declared.iter().any(|declared| match declared.strip_prefix("*.") {
                Some(suffix) => {
                    host.strip_suffix(suffix).is_some_and(|front| front.len() > 1 && front.ends_with('.'))
                }
                None => *declared == host,
            })
    }
}

/// Whether two URLs share scheme, host and port: the only place where a credential may go.
pub(crate) fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}
