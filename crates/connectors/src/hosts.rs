//! Hosts that a connector may reach: those of its base URLs, which get the credential, and those it declares.

use std::collections::BTreeMap;

use url::Url;

use crate::base::Base;
use crate::problem::Report;

/// The base URLs and the declared hosts, these in lower case; `*.` stands for any labels in front, and a port for exactly
/// that one.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    base: Option<Base>,
    servers: BTreeMap<String, Url>,
    declared: Vec<String>,
}

impl Hosts {
    /// Compiles the declaration, with what is wrong noted.
    pub(crate) fn compile(
        base: Option<Base>,
        servers: BTreeMap<String, Url>,
        declared: &[String],
        report: &mut Report<'_>,
    ) -> Self {
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
        Self { base, servers, declared }
    }

    /// The names of the servers.
    pub(crate) fn servers(&self) -> impl Iterator<Item = &str> {
        self.servers.keys().map(String::as_str)
    }

    /// The base URL of a server. A Connector with an installation of its own finds it there, under the same path: what
    /// opens a private installation must not go to the vendor's public one.
    pub(crate) fn server(&self, name: &str, installation: Option<&Url>) -> Option<Url> {
        let server = self.servers.get(name)?;
        Some(match installation {
            None => server.clone(),
            Some(own) => {
                let mut moved = own.clone();
                moved.set_path(server.path());
                moved
            }
        })
    }

    /// The URLs to whose origins the credential goes.
    pub(crate) fn trusted(&self, installation: Option<&Url>) -> Vec<Url> {
        match installation {
            Some(own) => vec![own.clone()],
            None => self.own().cloned().collect(),
        }
    }

    fn own(&self) -> impl Iterator<Item = &Url> {
        self.base.iter().map(Base::origin).chain(self.servers.values())
    }

    /// Whether requests may go to this URL. `trusted` are the origins in force, which a Connector may have replaced.
    pub(crate) fn admit(&self, trusted: &[Url], url: &Url) -> bool {
        is_trusted(trusted, url)
            || url.host_str().is_some_and(|host| match (url.port(), url.port_or_known_default()) {
                (None, _) => self.declares(host),
                (Some(port), _) => self.declares(&format!("{host}:{port}")),
            })
    }

    /// Whether this host, with its port if that is not the scheme's own, is that of a base URL or declared.
    pub(crate) fn declares(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.own().any(|own| own.host_str() == Some(&host) && own.port().is_none())
            || self.declared.iter().any(|declared| match declared.strip_prefix("*.") {
                Some(suffix) => {
                    host.strip_suffix(suffix).is_some_and(|front| front.len() > 1 && front.ends_with('.'))
                }
                None => *declared == host,
            })
    }
}

/// Whether a URL is of one of these origins: the only places where a credential may go.
pub(crate) fn is_trusted(origins: &[Url], url: &Url) -> bool {
    let same = |own: &Url| {
        own.scheme() == url.scheme()
            && own.host_str() == url.host_str()
            && own.port_or_known_default() == url.port_or_known_default()
    };
    origins.iter().any(same)
}
