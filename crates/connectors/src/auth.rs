//! Credentials on requests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::document::{Auth, AuthScheme};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::failure::Failure;
use crate::headers;
use crate::problem::Report;

/// How a connector's requests are authenticated.
#[derive(Debug)]
pub(crate) struct Authentication {
    scheme: AuthScheme,
    header: HeaderName,
    optional: bool,
    title: String,
}

impl Authentication {
    /// Compiles the description, with what is wrong noted.
    pub(crate) fn compile(auth: &Auth, title: &str, report: &mut Report<'_>) -> Self {
        let mut header = AUTHORIZATION;
        match (auth.scheme, &auth.header) {
            (AuthScheme::Header, Some(name)) => match HeaderName::try_from(name) {
                Ok(name) if name == AUTHORIZATION || !headers::is_reserved(&name) => header = name,
                _ => report.at("header").push("not a header that may hold a credential", "name another"),
            },
            (AuthScheme::Header, None) => {
                report.at("header").push("missing, and the scheme is `header`", "name the header");
            }
            (_, Some(_)) => {
                report.at("header").push("given, and the scheme is not `header`", "remove one of them");
            }
            (_, None) => {}
        }
        Self { scheme: auth.scheme, header, optional: auth.optional, title: title.to_owned() }
    }

    /// The header that carries the credential; `None` where the request goes without.
    pub(crate) fn header(
        &self,
        credential: Option<&SecretString>,
    ) -> Result<Option<(HeaderName, HeaderValue)>, Failure> {
        if matches!(self.scheme, AuthScheme::None | AuthScheme::Body) {
            return Ok(None);
        }
        let Some(credential) =
            credential.map(|secret| secret.expose_secret().trim()).filter(|secret| !secret.is_empty())
        else {
            return if self.optional { Ok(None) } else { Err(Failure::new(self.missing())) };
        };
        let value = match self.scheme {
            AuthScheme::Bearer => format!("Bearer {credential}"),
            AuthScheme::Basic => format!("Basic {}", STANDARD.encode(credential)),
            AuthScheme::Bot => format!("Bot {credential}"),
            AuthScheme::Header | AuthScheme::Body | AuthScheme::None => credential.to_owned(),
        };
        let mut value = HeaderValue::try_from(value).map_err(|_| {
            Failure::new(format!(
                "The credential for {} holds characters that no header may hold; store it again without line breaks.",
                self.title
            ))
        })?;
        value.set_sensitive(true);
        Ok(Some((self.header.clone(), value)))
    }

    /// What to do where no credential is set.
    pub(crate) fn missing(&self) -> String {
        format!(
            "{} needs a credential and this connector has none: set `spec.credentials` of its Connector to a Secret or \
             an OAuth app, or send the user's own token in the X-User-OAuth-Token header.",
            self.title
        )
    }
}
