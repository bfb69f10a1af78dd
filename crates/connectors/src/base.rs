//! Base URLs: written out, or with variables that are looked up.

use domain::document::LookupDocument;
use serde_json::{Map, Value};
use url::Url;

use crate::failure::Failure;
use crate::problem::Report;
use crate::template::UrlTemplate;

/// The base URL of a document.
#[derive(Clone, Debug)]
pub(crate) enum Base {
    /// Written out.
    Fixed(Url),
    /// An origin, and a path with variables.
    Looked {
        /// Scheme and host.
        origin: Url,
        /// The path.
        path: UrlTemplate,
    },
}

impl Base {
    /// Compiles `baseUrl`, with what is wrong noted.
    pub(crate) fn compile(
        text: &str,
        variables: Option<&LookupDocument>,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let Some(at) = text.find('{') else {
            if variables.is_some() {
                report.push("no variables, and `baseVariables` looks some up", "remove `baseVariables`");
            }
            return fixed(text, report).map(Self::Fixed);
        };
        if variables.is_none() {
            report
                .push("variables, and nothing gives their values", "say in `baseVariables` how to find them");
        }
        // The path starts at the third slash: what is before it has to be written out.
        let path = text.match_indices('/').nth(2).map(|(slash, _)| slash).filter(|slash| *slash < at);
        let Some(path) = path.filter(|_| !text.contains(['?', '#'])) else {
            report.push("a variable outside the path", "write out scheme and host, and leave the query away");
            return None;
        };
        let origin = fixed(&text[..path], report);
        let path = report.keep(UrlTemplate::compile(&text[path..]));
        Some(Self::Looked { origin: origin?, path: path? })
    }

    /// The URL whose scheme and host it has.
    pub(crate) fn origin(&self) -> &Url {
        match self {
            Self::Fixed(url) => url,
            Self::Looked { origin, .. } => origin,
        }
    }

    /// The base URL with these values of its variables.
    pub(crate) fn with(&self, values: &Map<String, Value>) -> Result<Url, Failure> {
        match self {
            Self::Fixed(url) => Ok(url.clone()),
            Self::Looked { origin, path } => path.expand(origin, values),
        }
    }

    /// The names of its variables.
    pub(crate) fn variables(&self) -> &[String] {
        match self {
            Self::Fixed(_) => &[],
            Self::Looked { path, .. } => path.variables(),
        }
    }
}

/// A base URL that is written out, with what is wrong noted.
pub(crate) fn fixed(text: &str, report: &mut Report<'_>) -> Option<Url> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http") && url.host_str().is_some())
        .filter(|_| !text.contains(['{', '}']));
    let Some(url) = url else {
        report.push("not an https URL", "write it as `https://api.example.com`");
        return None;
    };
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        report.push("more than scheme, host and path", "remove user, query and fragment");
    }
    Some(url)
}
